// Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus 64 if the
// certificate may have been pushed. The options are in the environment. Ctrl-C ends the push, and the outcome is shown.
//
// Usage: push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"certpush"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: push CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	report, err := push(ctx, os.Args[1], os.Args[2], os.Args[3])
	stop()

	outcome, status := "it was pushed", int(report.Status)
	if report.OutcomeUnknown {
		outcome, status = "it may have been pushed", status+64
	} else if err != nil {
		outcome = "it was not pushed"
	}
	fmt.Println("outcome        ", outcome)
	fmt.Println("status         ", report.StatusName)
	fmt.Println("message        ", report.Message)
	fmt.Println("http_status    ", report.HTTPStatus)
	fmt.Println("service_code   ", report.ServiceCode)
	fmt.Println("service_message", report.ServiceMessage)
	fmt.Println("request_id     ", report.RequestID)
	fmt.Println("hint           ", report.Hint)
	os.Exit(status)
}

func push(ctx context.Context, certificateID, targetProject, targetService string) (certpush.Report, error) {
	client, err := certpush.New(certpush.Config{LoadEnv: true})
	if err != nil {
		var failed *certpush.Error
		errors.As(err, &failed)
		return failed.Report, err
	}
	defer client.Close()
	return client.Push(ctx, certificateID, targetProject, targetService)
}
