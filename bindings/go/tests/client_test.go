package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"certpush"
)

var ctx = context.Background()

func TestAPushTellsEveryMember(t *testing.T) {
	reset(t)
	report, err := open(t, config(nil)).Push(ctx, certificate, project, "ELB")
	if err != nil {
		t.Fatal(err)
	}
	same(t, []any{report.Status, report.HTTPStatus, report.Attempts}, []any{certpush.StatusOK, 204, 1})
	same(t, []any{report.CertificateID, report.TargetProject, report.TargetService}, []any{certificate, project, "ELB"})
	same(t, received(t), 1)
	text, _ := json.Marshal(report)
	var members map[string]any
	json.Unmarshal(text, &members)
	var known struct {
		ReportFields []struct{ Name string } `json:"report_fields"`
	}
	description, _ := os.ReadFile("../../../include/certpush.json")
	if err := json.Unmarshal(description, &known); err != nil {
		t.Fatal(err)
	}
	for _, field := range known.ReportFields {
		if _, is := members[field.Name]; !is {
			t.Errorf("%s is missing", field.Name)
		}
	}
	same(t, len(members), len(known.ReportFields))
}

func TestAFailureThatIsKnownIsNoDoubt(t *testing.T) {
	report, err := open(t, config(nil)).Push(ctx, certificate, "no-such-project", "ELB")
	error := failed(t, fmt.Errorf("renewal: %w", err))
	same(t, report, error.Report)
	same(t, []any{error.ServiceCode, error.Error(), error.OutcomeUnknown}, []any{"SCM.0069", report.Message, false})
	if !errors.Is(err, certpush.StatusBadRequest) || errors.Is(err, certpush.StatusTimeout) {
		t.Error("the status is not that of errors.Is")
	}
	same(t, certpush.StatusBadRequest.Error(), "the service answered 400")
	same(t, certpush.MayHavePushed(err), false)
	same(t, certpush.MayHavePushed(errors.New("something else")), true)
}

func TestATimeOutMayHavePushed(t *testing.T) {
	client := open(t, config(certpush.Options{"endpoint": beSilent(t).endpoint, "timeout_ms": 200 * time.Millisecond}))
	_, err := client.Push(ctx, certificate, "p", "ELB")
	error := failed(t, err)
	same(t, []any{error.Status, error.OutcomeUnknown, errors.Unwrap(err)}, []any{certpush.StatusTimeout, true, nil})
	same(t, certpush.MayHavePushed(err), true)

	text, _ := json.Marshal(error)
	var rebuilt certpush.Error
	if err := json.Unmarshal(text, &rebuilt); err != nil {
		t.Fatal(err)
	}
	same(t, rebuilt, *error)
}

func TestWhatIsLostMayHavePushed(t *testing.T) {
	lost := []string{`{}`, `{"status":12}`, `{"outcome_unknown":null}`, `{"message":"m"}`, `{"results":[{}]}`}
	for _, text := range lost {
		var report certpush.Report
		var error certpush.Error
		if json.Unmarshal([]byte(text), &report) != nil || json.Unmarshal([]byte(text), &error) != nil {
			t.Fatal(text)
		}
		for _, report := range append(error.Reports, error.Report, report) {
			if !report.OutcomeUnknown || report.Status == certpush.StatusOK {
				t.Errorf("%s: %+v", text, report)
			}
		}
	}
	same(t, certpush.MayHavePushed(&certpush.Error{}), true)
}

func TestTextIsStrict(t *testing.T) {
	reset(t)
	client := open(t, config(nil))
	for _, text := range []string{"caf\xe9", "a\x00b", "\xed\xa0\x80", "p\x00"} {
		_, err := client.Push(ctx, certificate, text, "ELB")
		same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
		_, err = client.BatchPush(ctx, certificate, []string{project, text}, "ELB")
		same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
		_, err = client.PushAll(ctx, certpush.List{Targets: []certpush.Target{to(text, "ELB")}})
		same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
		_, region := certpush.New(certpush.Config{Options: certpush.Options{"region": text}})
		_, name := certpush.New(certpush.Config{Options: certpush.Options{text: "1"}})
		for _, err := range []error{region, name, certpush.Settle(text, certificate, "p", "ELB", true)} {
			if !errors.Is(err, certpush.StatusInvalidArgument) && !errors.Is(err, certpush.StatusInvalidConfig) {
				t.Error(err)
			}
		}
	}
	same(t, received(t), 0)
}

func TestOptionsAreTextsNumbersTruthValuesAndDurations(t *testing.T) {
	reset(t)
	good := certpush.Options{"timeout_ms": int64(30000), "idle_timeout_ms": time.Minute, "allow_http": true, "proxy": nil}
	if _, err := open(t, config(good)).Push(ctx, certificate, project, "ELB"); err != nil {
		t.Fatal(err)
	}
	bad := certpush.Options{"timeout_ms": 30000.5, "no_such_option": 1, "token": "a\x00b", "jobs": []int{1}, "retries": -1}
	for name, value := range bad {
		_, err := certpush.New(config(certpush.Options{name: value}))
		error := failed(t, err)
		same(t, error.OutcomeUnknown, false)
		if !strings.Contains(error.Message, name) {
			t.Errorf("%s: %s", name, error.Message)
		}
	}
	t.Setenv("CERTPUSH_ENDPOINT", endpoint)
	t.Setenv("CERTPUSH_TOKEN", TOKEN)
	if _, err := open(t, certpush.Config{LoadEnv: true}).Push(ctx, certificate, project, "ELB"); err != nil {
		t.Fatal(err)
	}
	same(t, received(t), 2)
}

func TestATokenIsNowhereInWhatIsShown(t *testing.T) {
	secret := config(certpush.Options{"no_such_option": 1})
	_, err := certpush.New(secret)
	shown := fmt.Sprintf("%v %+v %s %v %+v %v", secret, secret, secret.Options, err, failed(t, err), open(t, config(nil)))
	shown += fmt.Sprintf("%#v %x", secret, secret.Options)
	keep(shown)
	if strings.Contains(shown, TOKEN) {
		t.Error("it is shown")
	}
}

func TestAClosedClientRefusesCalls(t *testing.T) {
	reset(t)
	client := open(t, config(nil))
	client.Close()
	client.Close()
	_, err := client.Push(ctx, certificate, project, "ELB")
	error := failed(t, err)
	same(t, []any{error.StatusName, error.OutcomeUnknown}, []any{"CERTPUSH_CANCELLED", false})
	same(t, errors.Is(err, os.ErrClosed), true)
	_, err = client.PushAll(ctx, certpush.List{Targets: []certpush.Target{to(project, "ELB")}})
	same(t, errors.Is(err, os.ErrClosed), true)
	_, err = new(certpush.Client).Push(ctx, certificate, project, "ELB")
	same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
	same(t, new(certpush.Client).Close(), nil)
	same(t, received(t), 0)
}

func TestAClientThatNobodyHasIsFreed(t *testing.T) {
	descriptors := func() int {
		all, _ := os.ReadDir("/proc/self/fd")
		return len(all)
	}
	push := func() {
		client, err := certpush.New(config(nil))
		if err == nil {
			_, err = client.Push(ctx, certificate, project, "ELB")
		}
		if err != nil {
			t.Error(err)
		}
	}
	before := descriptors()
	for i := 0; i < 100; i++ {
		push()
	}
	for limit := time.Now().Add(20 * time.Second); descriptors() > before+5; runtime.Gosched() {
		runtime.GC()
		if time.Now().After(limit) {
			t.Fatalf("%d descriptors are open, and were %d", descriptors(), before)
		}
	}
}

func TestABatchPushTellsOfEachProject(t *testing.T) {
	client := open(t, config(nil))
	reports, err := client.BatchPush(ctx, certificate, []string{"cn-north-4", project}, "ELB")
	if err != nil {
		t.Fatal(err)
	}
	same(t, []string{reports[0].TargetProject, reports[1].TargetProject}, []string{"cn-north-4", project})
	reports, err = client.BatchPush(ctx, certificate, []string{"cn-north-4", "no-such-1"}, "ELB")
	error := failed(t, err)
	same(t, error.Status, certpush.StatusIncomplete)
	same(t, reports, error.Reports)
	same(t, reports[0].Status, certpush.StatusOK)
	same(t, reports[1].Status, certpush.StatusTargetRefused)
	for _, projects := range [][]string{nil, {"a,b"}} {
		_, err = client.BatchPush(ctx, certificate, projects, "ELB")
		same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
	}
}

func TestAListIsPushedAsItIsGiven(t *testing.T) {
	reset(t)
	client := open(t, config(nil))
	seen := map[int]string{}
	reports, err := client.PushAll(ctx, certpush.List{
		Text:    []byte("certificate_id,target_project,target_service\n" + certificate + ",cn-north-4,WAF\n"),
		Targets: []certpush.Target{to(project, "ELB"), to("", "CDN")},
		Progress: func(index int, report certpush.Report) error {
			seen[index] = report.TargetService
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, service := range []string{"WAF", "ELB", "CDN"} {
		same(t, []string{reports[i].TargetService, seen[i]}, []string{service, service})
	}
	reports, err = client.PushAll(ctx, certpush.List{Targets: []certpush.Target{to("no-such-project", "ELB")}})
	same(t, failed(t, err).Status, certpush.StatusIncomplete)
	same(t, reports[0].ServiceCode, "SCM.0069")
	for _, text := range []string{"", "certificate_id,target_project\n"} {
		_, err = client.PushAll(ctx, certpush.List{Text: []byte(text)})
		same(t, failed(t, err).Status, certpush.StatusInvalidConfig)
	}
	_, err = client.PushAll(ctx, certpush.List{Targets: []certpush.Target{to("p", " ELB")}})
	same(t, failed(t, err).Status, certpush.StatusInvalidArgument)
	same(t, received(t), 4)
}

func TestAJournalRemembersAndIsSettled(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "journal")
	options := certpush.Options{"endpoint": beSilent(t).endpoint, "journal": journal, "timeout_ms": 200}
	client := open(t, config(options))
	_, err := client.Push(ctx, certificate, "p", "ELB")
	same(t, failed(t, err).Status, certpush.StatusTimeout)
	_, err = client.Push(ctx, certificate, "p", "ELB")
	same(t, []any{failed(t, err).Status, failed(t, err).OutcomeUnknown}, []any{certpush.StatusUnsettled, true})
	client.Close()
	unsettled, err := certpush.Unsettled(journal)
	same(t, []any{len(unsettled), unsettled[0].TargetProject, err}, []any{1, "p", nil})
	same(t, certpush.Settle(journal, certificate, "p", "ELB", true), nil)
	unsettled, err = certpush.Unsettled(journal)
	same(t, []any{len(unsettled), err}, []any{0, nil})
	client = open(t, config(options))
	report, err := client.Push(ctx, certificate, "p", "ELB")
	same(t, []any{report.Attempts, err}, []any{0, nil})
	_, err = client.PushAgain(ctx, certificate, "p", "ELB")
	same(t, failed(t, err).Status, certpush.StatusTimeout)
}

// Many calls leave as little as the first ones, whatever they come to: in Go to the byte, in C but for what its
// allocator keeps, and in no case a report for each.
func TestMemoryDoesNotGrow(t *testing.T) {
	client := open(t, config(nil))
	logged := config(nil)
	logged.Log = func(certpush.LogLevel, string) {}
	list := certpush.List{
		Targets:  []certpush.Target{to(project, "ELB")},
		Progress: func(int, certpush.Report) error { return nil },
	}
	for name, many := range map[string]struct {
		times int
		call  func()
	}{
		"pushes":   {10000, func() { client.Push(ctx, certificate, project, "ELB") }},
		"failures": {10000, func() { client.Push(ctx, certificate, "no-such-project", "ELB") }},
		"batches":  {3000, func() { client.BatchPush(ctx, certificate, []string{"p", "no-such-project"}, "ELB") }},
		"lists":    {3000, func() { client.PushAll(ctx, list) }},
		"clients": {3000, func() {
			if client, err := certpush.New(logged); err == nil {
				client.Push(ctx, certificate, "\xff", "ELB")
				client.Close()
			}
		}},
	} {
		for i := 0; i < many.times/10; i++ {
			many.call()
		}
		all, own := kilobytes(t)
		for i := 0; i < many.times; i++ {
			many.call()
		}
		allThen, ownThen := kilobytes(t)
		if allThen-all > 1500 || ownThen-own > 50 {
			t.Errorf("%s: %d KB more, %d KB of it in Go", name, allThen-all, ownThen-own)
		}
	}
}

func TestWhatIsGeneratedIsWhatTheDescriptionSays(t *testing.T) {
	if os.Getenv("CERTPUSH_UPDATE") == "1" {
		if err := exec.Command("python3", "../generate.py", "--write").Run(); err != nil {
			t.Fatal(err)
		}
	}
	made, err := exec.Command("python3", "../generate.py").Output()
	committed, _ := os.ReadFile("../constants.go")
	if err != nil || !reflect.DeepEqual(made, committed) {
		t.Error("CERTPUSH_UPDATE=1 writes constants.go", err)
	}
}
