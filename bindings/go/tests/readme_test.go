package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The blocks of README are functions of one program, which has a main that picks one.
const program = `package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"

	"certpush"
)

var _ = []any{context.Canceled, errors.New, fmt.Println, log.Println, os.Args, signal.Notify, certpush.New}

func main() {
	ctx := context.Background()
	client, err := certpush.New(certpush.Config{LoadEnv: true})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	switch os.Args[1] {
	case "many":
		MANY
		fmt.Println(len(reports), err)
	case "settle":
		SETTLE
		fmt.Println(len(unsettled), err)
	case "error":
		ERROR
	case "context":
		CONTEXT
	case "callbacks":
		CALLBACKS
		if err == nil {
			_, err = client.Push(ctx, "scs1600313391074", "ap-southeast-3", "ELB")
		}
		fmt.Println(err)
	}
}
`

func blocks(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, found := range regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllSubmatch(page, -1) {
		blocks = append(blocks, string(found[1]))
	}
	same(t, len(blocks), 6)
	return blocks
}

// built is a program in a module of its own, which README says how to make.
func built(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	home, _ := filepath.Abs("..")
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	page, _ := os.ReadFile("../README.md")
	edit := regexp.MustCompile(`\$ (go mod edit .*)`).FindSubmatch(page)[1]
	words := strings.Fields(strings.ReplaceAll(string(edit), "/path/to/certpush/bindings/go", home))
	commands := [][]string{{"go", "mod", "init", "renewal"}, words, {"go", "vet", "."}, {"go", "build", "-o", "renewal"}}
	for _, command := range commands {
		made := exec.Command(command[0], command[1:]...)
		made.Dir = folder
		if told, err := made.CombinedOutput(); err != nil {
			t.Fatalf("%s", told)
		}
	}
	return filepath.Join(folder, "renewal")
}

// ran is what a program printed on standard output, with the options of a client of the service in its environment.
func ran(t *testing.T, variables []string, command ...string) (output string, status int) {
	t.Helper()
	run := exec.Command(command[0], command[1:]...)
	t.Setenv("CERTPUSH_TOKEN", TOKEN)
	run.Env = append(append(os.Environ(), "CERTPUSH_ENDPOINT="+endpoint, "CERTPUSH_RETRIES=0"), variables...)
	run.Dir = t.TempDir()
	told, err := run.Output()
	if failed, is := err.(*exec.ExitError); is {
		keep(string(failed.Stderr))
	} else if err != nil {
		t.Fatal(err)
	}
	keep(string(told))
	return string(told), run.ProcessState.ExitCode()
}

func TestTheFirstPushOfREADME(t *testing.T) {
	renewal := built(t, blocks(t)[0])
	output, status := ran(t, nil, renewal)
	same(t, output, "scs1600313391074 was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)\n")
	same(t, status, 0)
	output, status = ran(t, []string{"CERTPUSH_ENDPOINT=http://127.0.0.1:1"}, renewal)
	same(t, []any{output, status}, []any{"", 1})
}

func TestTheOtherBlocksOfREADME(t *testing.T) {
	found := blocks(t)
	folder := t.TempDir()
	token, journal := filepath.Join(folder, "token"), filepath.Join(folder, "renewal.journal")
	for path, text := range map[string]string{
		token: TOKEN,
		journal: `{"certpush_journal":1,"endpoint":"` + endpoint + `"}
{"event":"begin","time":"2026-11-24T03:00:00Z","certificate_id":"` + certificate +
			`","target_project":"p","target_service":"ELB"}` + "\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	callbacks := strings.NewReplacer(
		"/run/secrets/token", token,
		`"region": "ap-southeast-1"`, `"endpoint": "`+endpoint+`"`,
	).Replace(found[5])
	text := strings.NewReplacer(
		"MANY", found[1],
		"SETTLE", strings.ReplaceAll(found[2], "renewal.journal", journal),
		"ERROR", found[3],
		"CONTEXT", found[4],
		"CALLBACKS", callbacks,
	).Replace(program)
	renewal := built(t, text)
	for name, wanted := range map[string]string{
		"many":      "\n2 <nil>\n",
		"settle":    "1 <nil>\n",
		"error":     "It was not pushed: ",
		"context":   "",
		"callbacks": "<nil>\n",
	} {
		output, status := ran(t, nil, renewal, name)
		same(t, status, 0)
		if !strings.Contains(output, wanted) {
			t.Errorf("%s: %s", name, output)
		}
	}
	unsettled, _ := ran(t, nil, renewal, "settle")
	same(t, unsettled, "0 <nil>\n")
}

func TestTheExampleTellsSuccessFromRefusalAndDoubt(t *testing.T) {
	example := os.Getenv("CERTPUSH_EXAMPLE")
	doubt := []string{"CERTPUSH_ENDPOINT=" + beSilent(t).endpoint, "CERTPUSH_TIMEOUT_MS=200"}
	for outcome, run := range map[string]struct {
		variables []string
		project   string
		status    int
	}{
		"it was pushed":           {nil, project, 0},
		"it was not pushed":       {nil, "no-such-project", 20},
		"it may have been pushed": {doubt, project, 64 + 14},
	} {
		output, status := ran(t, run.variables, example, certificate, run.project, "ELB")
		same(t, status, run.status)
		same(t, strings.HasPrefix(output, "outcome         "+outcome+"\n"), true)
	}
}

func TestCtrlCEndsTheExampleAtOnceAndTellsItsOutcome(t *testing.T) {
	service := beSilent(t)
	example := exec.Command(os.Getenv("CERTPUSH_EXAMPLE"), certificate, project, "ELB")
	t.Setenv("CERTPUSH_TOKEN", TOKEN)
	example.Env = append(os.Environ(), "CERTPUSH_ENDPOINT="+service.endpoint)
	var output strings.Builder
	example.Stdout = &output
	if err := example.Start(); err != nil {
		t.Fatal(err)
	}
	<-service.requests
	began := time.Now()
	example.Process.Signal(os.Interrupt)
	example.Wait()
	within(t, 200*time.Millisecond, began)
	keep(output.String())
	same(t, example.ProcessState.ExitCode(), 64+17)
	same(t, strings.Contains(output.String(), "it may have been pushed"), true)
}
