package tests

import (
	"context"
	"errors"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"certpush"
)

func logging(log func(certpush.LogLevel, string)) certpush.Config {
	logged := config(nil)
	logged.Log = log
	return logged
}

func giving(token func(context.Context) (string, error)) certpush.Config {
	given := config(certpush.Options{"token": nil})
	given.Token = token
	return given
}

func TestTheLogGetsALineForEachPush(t *testing.T) {
	var lines []string
	client := open(t, logging(func(level certpush.LogLevel, line string) {
		lines = append(lines, strconv.Itoa(int(level))+" "+line)
	}))
	client.Push(ctx, certificate, project, "ELB")
	client.Push(ctx, certificate, "no-such-project", "ELB")
	keep(lines)
	same(t, len(lines), 2)
	for i, pattern := range []string{`^1 .*outcome=pushed`, `^[23] .*SCM\.0069`} {
		same(t, regexp.MustCompile(pattern).MatchString(lines[i]), true)
	}
}

func TestATokenSourceIsAskedBeforeEachPushWithTheCallsContext(t *testing.T) {
	type key struct{}
	var asked []any
	client := open(t, giving(func(ctx context.Context) (string, error) {
		asked = append(asked, ctx.Value(key{}))
		return TOKEN, nil
	}))
	for i := 0; i < 2; i++ {
		if _, err := client.Push(context.WithValue(ctx, key{}, i), certificate, project, "ELB"); err != nil {
			t.Fatal(err)
		}
	}
	same(t, asked, []any{0, 1})
}

// An error that panics when it is asked what it says.
type broken struct{}

func (broken) Error() string { panic("broken") }

func TestATokenSourceThatGivesNoneFailsThePush(t *testing.T) {
	reset(t)
	sealed := errors.New("the vault is sealed\x00\xff")
	sources := map[string]func(context.Context) (string, error){
		"error":  func(context.Context) (string, error) { return TOKEN, sealed },
		"late":   func(context.Context) (string, error) { return "", broken{} },
		"panic":  func(context.Context) (string, error) { panic(sealed) },
		"Goexit": func(context.Context) (string, error) { runtime.Goexit(); return TOKEN, nil },
		"empty":  func(context.Context) (string, error) { return "", nil },
		"NUL":    func(context.Context) (string, error) { return TOKEN + "\x00", nil },
	}
	for name, source := range sources {
		_, err := open(t, giving(source)).Push(ctx, certificate, project, "ELB")
		error := failed(t, err)
		same(t, []any{name, error.OutcomeUnknown, error.Attempts}, []any{name, false, 0})
		var panicked *certpush.Panic
		same(t, errors.Is(err, sealed), name == "error")
		same(t, errors.As(err, &panicked), name == "late" || name == "panic" || name == "Goexit")
		if name == "error" && !strings.Contains(error.Message, "the vault is sealed") {
			t.Error(error.Message)
		}
	}
	same(t, received(t), 0)
}

func TestAPanicLeavesNoCallbackAndComesWithTheOutcome(t *testing.T) {
	full := errors.New("the disk is full")
	client := open(t, logging(func(certpush.LogLevel, string) { panic(full) }))
	statuses := map[string]certpush.Status{project: certpush.StatusOK, "no-such-project": certpush.StatusBadRequest}
	for target, status := range statuses {
		_, err := client.Push(ctx, certificate, target, "ELB")
		var panicked *certpush.Panic
		if !errors.As(err, &panicked) {
			t.Fatal(err)
		}
		same(t, failed(t, err).Status, status)
		same(t, panicked.Value, any(full))
		same(t, strings.Contains(string(panicked.Stack), "callbacks_test.go"), true)
		same(t, strings.Contains(err.Error(), "the disk is full"), true)
		same(t, certpush.MayHavePushed(err), status == certpush.StatusOK)
	}
}

func TestACallbackThatEndsItsGoroutineEndsNoPush(t *testing.T) {
	client := open(t, logging(func(certpush.LogLevel, string) { runtime.Goexit() }))
	report, err := client.Push(ctx, certificate, project, "ELB")
	same(t, []any{report.Status, failed(t, err).Status}, []any{certpush.StatusOK, certpush.StatusOK})
}

func TestProgressStopsARun(t *testing.T) {
	enough := errors.New("enough")
	client := open(t, config(certpush.Options{"jobs": 1}))
	var targets []certpush.Target
	for i := 0; i < 50; i++ {
		targets = append(targets, to(project, "S"+strconv.Itoa(i)))
	}
	for _, progress := range []func(int, certpush.Report) error{
		func(int, certpush.Report) error { return enough },
		func(int, certpush.Report) error { panic(enough) },
	} {
		reports, err := client.PushAll(ctx, certpush.List{Targets: targets, Progress: progress})
		same(t, failed(t, err).Status, certpush.StatusIncomplete)
		same(t, reports[49].Status, certpush.StatusNotTried)
		same(t, strings.Contains(err.Error(), "enough"), true)
	}
}

func TestACallbackMayPushAndCloseTheClient(t *testing.T) {
	reset(t)
	var client *certpush.Client
	depth := 0
	client = open(t, logging(func(certpush.LogLevel, string) {
		depth++
		switch depth {
		case 1:
			_, err := client.Push(ctx, certificate, "no-such-project", "ELB")
			same(t, failed(t, err).Status, certpush.StatusBadRequest)
			panic("outer")
		case 2:
			panic("inner")
		case 3:
			client.Close()
		}
	}))
	_, err := client.Push(ctx, certificate, project, "ELB")
	same(t, failed(t, err).Status, certpush.StatusOK)
	same(t, errors.Unwrap(err).Error(), "a callback panicked: outer")
	if _, err = client.Push(ctx, certificate, project, "ELB"); err != nil {
		t.Fatal(err)
	}
	_, err = client.Push(ctx, certificate, project, "ELB")
	same(t, errors.Is(err, os.ErrClosed), true)
	same(t, received(t), 3)
}

func TestATokenSourceEndsWithTheContext(t *testing.T) {
	client := open(t, giving(func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}))
	short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := client.Push(short, certificate, project, "ELB")
	within(t, 300*time.Millisecond, began)
	same(t, []bool{errors.Is(err, context.DeadlineExceeded), failed(t, err).OutcomeUnknown}, []bool{true, false})
}
