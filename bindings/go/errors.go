package certpush

// #include <certpush.h>
import "C"

import (
	"encoding/json"
	"errors"
	"strings"
)

// Error is the error of every call that fails, with every member of its report. errors.Is knows its status:
//
//	errors.Is(err, certpush.StatusTimeout)
type Error struct {
	Report
	// Reports has a report for each target of a batch push or of a list, if the call came so far.
	Reports []Report `json:"results,omitempty"`

	cause error
}

func (e *Error) Error() string {
	if e.cause == nil || strings.Contains(e.Message, e.cause.Error()) {
		return e.Message
	}
	return e.Message + " (" + e.cause.Error() + ")"
}

// Unwrap is what ended the call from outside, if anything: the context's error, that of the token source or of
// Progress, a [Panic].
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare a [Status].
func (e *Error) Is(target error) bool {
	status, is := target.(Status)
	return is && status == e.Status
}

// MayHavePushed is false if, and only if, err tells that the certificate was not pushed: an error that is none of
// certpush's says nothing of that.
func MayHavePushed(err error) bool {
	var failed *Error
	return !errors.As(err, &failed) || failed.OutcomeUnknown || failed.Status == StatusOK
}

// Error is what the status means.
func (status Status) Error() string { return C.GoString(C.certpush_status_message(C.int32_t(status))) }

// What a report says that was lost, in whole or in part.
var lost = Report{
	Status:         StatusInternal,
	StatusName:     "CERTPUSH_INTERNAL",
	Message:        "the report was lost; the certificate may have been pushed",
	Phase:          "start",
	OutcomeUnknown: true,
	RetryAfterMS:   -1,
}

// A report as encoding/json reads it by itself.
type plain Report

// UnmarshalJSON takes what is not there for lost.
func (report *Report) UnmarshalJSON(text []byte) error {
	*report = lost
	return json.Unmarshal(text, (*plain)(report))
}

// UnmarshalJSON takes what is not there for lost.
func (e *Error) UnmarshalJSON(text []byte) error {
	told := struct {
		plain
		Reports []Report `json:"results"`
	}{plain: plain(lost)}
	err := json.Unmarshal(text, &told)
	*e = Error{Report: Report(told.plain), Reports: told.Reports}
	return err
}

func decoded(text string) Report {
	report := plain(lost)
	if json.Unmarshal([]byte(text), &report) != nil {
		return lost
	}
	return Report(report)
}

// failure is the error of a call, nil if it succeeded.
func failure(report Report, reports []Report, cause error) error {
	if report.Status == StatusOK && cause == nil {
		return nil
	}
	return &Error{Report: report, Reports: reports, cause: cause}
}

// refused is the error of a call that was not made.
func refused(status Status, phase, message string) *Error {
	name := C.GoString(C.certpush_status_name(C.int32_t(status)))
	report := Report{Status: status, StatusName: name, Phase: phase, Message: message, RetryAfterMS: -1}
	return &Error{Report: report}
}
