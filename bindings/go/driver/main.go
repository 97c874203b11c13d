// The conformance driver: pushes what five percent-encoded arguments say, or each line of standard input that has them,
// and prints what is known as a line of JSON. tests/conformance/README.md says what a driver must do.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"certpush"
)

// What is printed: a batch push has results, if only none.
type told struct {
	certpush.Report
	Results *[]certpush.Report `json:"results,omitempty"`
}

func main() {
	isBatch := false
	switch operation := os.Getenv("CERTPUSH_DRIVER_OPERATION"); operation {
	case "", "push":
	case "batch_push":
		isBatch = true
	default:
		fail("the operation " + operation + " is not known")
	}
	if len(os.Args) > 1 {
		answer(os.Args[1:], isBatch)
		return
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		answer(strings.Split(strings.TrimSuffix(line, "\n"), " "), isBatch)
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "driver:", why)
	os.Exit(2)
}

func answer(arguments []string, isBatch bool) {
	if len(arguments) != 5 {
		fail("not five arguments")
	}
	for i, argument := range arguments {
		decoded, err := url.PathUnescape(argument)
		if err != nil {
			fail(err.Error())
		}
		arguments[i] = decoded
	}
	report, results := pushed(arguments, isBatch)
	line := told{Report: report}
	if isBatch {
		if results == nil {
			results = []certpush.Report{}
		}
		line.Results = &results
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(line); err != nil {
		fail(err.Error())
	}
	os.Stdout.Write(text.Bytes())
}

func pushed(arguments []string, isBatch bool) (report certpush.Report, results []certpush.Report) {
	options := certpush.Options{}
	for i, name := range []string{"endpoint", "token_file"} {
		if arguments[i] != "" {
			options[name] = arguments[i]
		}
	}
	client, err := certpush.New(certpush.Config{Options: options, LoadEnv: true})
	if err != nil {
		return failed(err)
	}
	defer client.Close()
	repeat, _ := strconv.Atoi(os.Getenv("CERTPUSH_DRIVER_REPEAT"))
	for i := 0; i == 0 || i < repeat; i++ {
		if isBatch {
			results, err = client.BatchPush(context.Background(), arguments[2], strings.Split(arguments[3], ","), arguments[4])
		} else {
			report, err = client.Push(context.Background(), arguments[2], arguments[3], arguments[4])
		}
		if err != nil {
			report, results = failed(err)
		} else if isBatch {
			// A batch push that reached all has no report of the whole: what is not one project's is alike.
			report = results[0]
			report.TargetProject, report.TargetCertificateID, report.ServiceMessage = arguments[3], "", ""
		}
		if i%10 == 9 {
			debug.FreeOSMemory() // What is garbage is no leak.
		}
	}
	return report, results
}

func failed(err error) (certpush.Report, []certpush.Report) {
	var known *certpush.Error
	if !errors.As(err, &known) {
		fail(err.Error())
	}
	return known.Report, known.Reports
}
