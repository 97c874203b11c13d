// Package certpush pushes SSL certificates that Huawei Cloud's certificate manager holds to a load balancer (ELB), a
// web application firewall (WAF) or the CDN, through the C library certpush.
//
//	client, err := certpush.New(certpush.Config{LoadEnv: true})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	report, err := client.Push(ctx, "scs1600313391074", "ap-southeast-3", "ELB")
//
// A push is not idempotent. After any failure the [Error] tells whether the certificate may have been pushed all the
// same: OutcomeUnknown. Since 0.2.0.
package certpush

/*
#cgo LDFLAGS: -lcertpush
#include <certpush.h>

// The handle of the call that this thread makes. The library calls back on no other thread.
static __thread uintptr_t running;

extern void certpushGoLog(uintptr_t call, int32_t level, char *line);
extern void certpushGoToken(uintptr_t call, certpush_token_request *request);
extern int32_t certpushGoProgress(uintptr_t call, size_t index, certpush_report *report);

static void tell(void *user, int32_t level, const char *line) { certpushGoLog(running, level, (char *)line); }
static void ask(void *user, certpush_token_request *request) { certpushGoToken(running, request); }
static int32_t go_on(void *user, size_t index, const certpush_report *report) {
	return certpushGoProgress(running, index, (certpush_report *)report);
}

// What a call has written.
typedef struct {
	certpush_client *client;
	certpush_report *report;
	certpush_report_list *list;
} told;

#define TEXT(text) _GoStringPtr(text), _GoStringLen(text)
#define TARGET(id, project, service) TEXT(id), TEXT(project), TEXT(service)
#define TOLD(call) told told = {0}; call; return told

static told set(certpush_config *config, _GoString_ key, _GoString_ value) {
	TOLD(certpush_config_set_n(config, TEXT(key), TEXT(value), &told.report));
}

static told load_env(certpush_config *config) {
	TOLD(certpush_config_load_env(config, &told.report));
}

static told client_new(uintptr_t call, certpush_config *config, int log, int token) {
	running = call;
	certpush_config_set_log(config, log ? tell : NULL, NULL, NULL);
	certpush_config_set_token_source(config, token ? ask : NULL, NULL, NULL);
	TOLD(certpush_client_new(config, &told.client, &told.report));
}

static void give(certpush_token_request *request, _GoString_ token) {
	certpush_token_request_give(request, TEXT(token));
}

static told push(uintptr_t call, certpush_client *client, certpush_cancel *cancel, _GoString_ id, _GoString_ project,
                 _GoString_ service, int again) {
	running = call;
	TOLD((again ? certpush_push_again_n : certpush_push_n)(
		client, TARGET(id, project, service), 0, cancel, &told.report));
}

static told batch_push(uintptr_t call, certpush_client *client, certpush_cancel *cancel, _GoString_ id,
                       _GoString_ projects, _GoString_ service) {
	running = call;
	TOLD(certpush_batch_push_n(client, TARGET(id, projects, service), 0, cancel, &told.list, &told.report));
}

static told add(certpush_push_list *all, _GoString_ id, _GoString_ project, _GoString_ service) {
	TOLD(certpush_push_list_add_n(all, TARGET(id, project, service), &told.report));
}

static told add_text(certpush_push_list *all, _GoString_ text) {
	TOLD(certpush_push_list_read_n(all, TEXT(text), &told.report));
}

static told push_all(uintptr_t call, certpush_client *client, certpush_cancel *cancel, certpush_push_list *all,
                     int64_t timeout_ms, int progress, int again) {
	running = call;
	TOLD((again ? certpush_push_all_again : certpush_push_all)(
		client, all, timeout_ms, progress ? go_on : NULL, NULL, cancel, &told.list, &told.report));
}

static told settle(_GoString_ journal, _GoString_ id, _GoString_ project, _GoString_ service, int pushed) {
	TOLD(certpush_journal_settle_n(TEXT(journal), TARGET(id, project, service), pushed, &told.report));
}

static told unsettled(_GoString_ journal) {
	TOLD(certpush_journal_unsettled_n(TEXT(journal), &told.list, &told.report));
}
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/cgo"
	"sort"
	"strings"
	"sync"
	"time"
)

// Config says what a [Client] is: where it pushes to, and with what credential.
type Config struct {
	// Options are those of docs/options.md: strings, integers, booleans, and a [time.Duration] where they are
	// milliseconds. One that is nil is not given.
	Options Options
	// LoadEnv reads the environment, CERTPUSH_REGION and so on, too. It counts less than Options.
	LoadEnv bool
	// Log gets a line for each push and each warning.
	Log func(level LogLevel, line string)
	// Token gives a token before each push. Its context is the call's.
	Token func(ctx context.Context) (string, error)
}

// Options are options by their names.
type Options map[string]any

// Format shows the names alone: some values are secrets.
func (options Options) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "certpush.Options%v", options.names())
}

func (options Options) names() []string {
	names := make([]string, 0, len(options))
	for name, value := range options {
		if value != nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// Target is a certificate, and where to push it.
type Target struct {
	CertificateID string `json:"certificate_id"`
	TargetProject string `json:"target_project"`
	TargetService string `json:"target_service"`
}

// List is what [Client.PushAll] pushes.
type List struct {
	// Targets are pushed after those of Text.
	Targets []Target
	// Text is CSV or JSON Lines, a file's content, say. One that is empty, and not nil, is refused.
	Text []byte
	// Again pushes once more what the client's journal has as pushed.
	Again bool
	// Progress gets the place of each target, from 0, and its report when it has ended, one at a time. If it returns an
	// error no more are begun, and the run's error wraps it.
	Progress func(index int, report Report) error
}

// Client pushes certificates, on any number of goroutines at once. It is made by [New].
type Client struct {
	log   func(LogLevel, string)
	token func(context.Context) (string, error)

	mutex   sync.Mutex
	client  *C.certpush_client
	running int
	closed  bool
}

// New makes a client. It sends nothing.
func New(config Config) (*Client, error) {
	made := C.certpush_config_new()
	defer C.certpush_config_free(made)
	for _, name := range config.Options.names() {
		value, err := text(name, config.Options[name])
		if err == nil {
			err = check(C.set(made, name, value))
		}
		if err != nil {
			return nil, err
		}
	}
	if config.LoadEnv {
		if err := check(C.load_env(made)); err != nil {
			return nil, err
		}
	}
	client := &Client{log: config.Log, token: config.Token}
	running := &call{ctx: context.Background(), client: client}
	handle := cgo.NewHandle(running)
	defer handle.Delete()
	told := C.client_new(C.uintptr_t(handle), made, truth(config.Log != nil), truth(config.Token != nil))
	client.client = told.client
	runtime.SetFinalizer(client, (*Client).Close)
	if _, _, err := running.ended(told); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

// Push pushes a certificate and waits for the answer, until the context ends. The report tells of a failure, too, as
// does the error.
func (client *Client) Push(ctx context.Context, certificateID, targetProject, targetService string) (Report, error) {
	return client.push(ctx, Target{certificateID, targetProject, targetService}, 0)
}

// PushAgain is [Client.Push], but pushes once more what the client's journal has as pushed.
func (client *Client) PushAgain(
	ctx context.Context, certificateID, targetProject, targetService string,
) (Report, error) {
	return client.push(ctx, Target{certificateID, targetProject, targetService}, 1)
}

func (client *Client) push(ctx context.Context, to Target, again C.int) (Report, error) {
	report, _, err := client.call(ctx, nil, func(call C.uintptr_t, cancel *C.certpush_cancel) C.told {
		return C.push(call, client.client, cancel, to.CertificateID, to.TargetProject, to.TargetService, again)
	})
	return report, err
}

// BatchPush pushes to up to ten projects of one service by one request. There is a report for each, in their order, if
// the service told of each.
func (client *Client) BatchPush(
	ctx context.Context, certificateID string, targetProjects []string, targetService string,
) ([]Report, error) {
	for _, project := range targetProjects {
		if strings.Contains(project, ",") {
			return nil, refused(StatusInvalidArgument, "arguments", "a name in targetProjects has a comma")
		}
	}
	projects := strings.Join(targetProjects, ",")
	_, reports, err := client.call(ctx, nil, func(call C.uintptr_t, cancel *C.certpush_cancel) C.told {
		return C.batch_push(call, client.client, cancel, certificateID, projects, targetService)
	})
	return reports, err
}

// PushAll pushes a list, several at a time, as docs/many.md says. There is a report for each target, in the order of
// the list, if the run was begun. What would hardly end before the context's deadline is not begun.
func (client *Client) PushAll(ctx context.Context, list List) ([]Report, error) {
	all := C.certpush_push_list_new()
	defer C.certpush_push_list_free(all)
	if list.Text != nil {
		if err := check(C.add_text(all, string(list.Text))); err != nil {
			return nil, err
		}
	}
	for _, to := range list.Targets {
		if err := check(C.add(all, to.CertificateID, to.TargetProject, to.TargetService)); err != nil {
			return nil, err
		}
	}
	var timeout C.int64_t
	if deadline, is := ctx.Deadline(); is {
		timeout = C.int64_t(time.Until(deadline).Milliseconds()) + 1
		if timeout < 1 {
			timeout = 1
		}
	}
	_, reports, err := client.call(ctx, list.Progress, func(call C.uintptr_t, cancel *C.certpush_cancel) C.told {
		return C.push_all(call, client.client, cancel, all, timeout, truth(list.Progress != nil), truth(list.Again))
	})
	return reports, err
}

// Settle writes into a journal, which no client has, what was found out about a push of which nobody knew.
func Settle(journal, certificateID, targetProject, targetService string, pushed bool) error {
	return check(C.settle(journal, certificateID, targetProject, targetService, truth(pushed)))
}

// Unsettled tells of the pushes in a journal, which no client has, of which nobody knows whether they were made.
func Unsettled(journal string) ([]Report, error) {
	report, reports := read(C.unsettled(journal))
	return reports, failure(report, reports, nil)
}

// Close ends the calls that run, within 0.1 s, and refuses more. It does not wait for them: the client is freed, and
// lets go of its journal, when the last has returned. It never fails.
func (client *Client) Close() error {
	client.mutex.Lock()
	defer client.mutex.Unlock()
	client.closed = true
	C.certpush_client_close(client.client)
	client.freeIfUnused()
	return nil
}

func (client *Client) freeIfUnused() {
	if client.closed && client.running == 0 && client.client != nil {
		C.certpush_client_free(client.client)
		client.client = nil
		runtime.SetFinalizer(client, nil)
	}
}

func (client *Client) begin() bool {
	client.mutex.Lock()
	defer client.mutex.Unlock()
	if client.closed {
		return false
	}
	client.running++
	return true
}

func (client *Client) end() {
	client.mutex.Lock()
	defer client.mutex.Unlock()
	client.running--
	client.freeIfUnused()
}

// call makes a call that ends with the context.
func (client *Client) call(
	ctx context.Context,
	progress func(int, Report) error,
	made func(call C.uintptr_t, cancel *C.certpush_cancel) C.told,
) (Report, []Report, error) {
	if !client.begin() {
		closed := refused(StatusCancelled, "start", "the client is closed; nothing was sent")
		closed.cause = os.ErrClosed
		return closed.Report, nil, closed
	}
	defer client.end()
	running := &call{ctx: ctx, client: client, progress: progress}
	handle := cgo.NewHandle(running)
	defer handle.Delete()
	cancel := C.certpush_cancel_new()
	defer C.certpush_cancel_free(cancel)
	if ctx.Err() != nil {
		C.certpush_cancel_trigger(cancel)
	}
	over, watched := make(chan struct{}), make(chan struct{})
	if ctx.Done() == nil {
		close(watched)
	} else {
		go func() {
			defer close(watched)
			select {
			case <-ctx.Done():
				C.certpush_cancel_trigger(cancel)
			case <-over:
			}
		}()
	}
	told := made(C.uintptr_t(handle), cancel)
	close(over)
	<-watched
	return running.ended(told)
}

// ended is what became of a call.
func (c *call) ended(told C.told) (Report, []Report, error) {
	report, reports := read(told)
	cause := c.broken
	if cause == nil && (report.Status == StatusCancelled || report.Status == StatusIncomplete) {
		cause = c.ctx.Err()
	}
	if cause == nil && (report.Status == StatusCredentialsUnavailable || report.Status == StatusIncomplete) {
		cause = c.noToken
	}
	return report, reports, failure(report, reports, cause)
}

func check(told C.told) error {
	report, _ := read(told)
	return failure(report, nil, nil)
}

// read takes what a call has written, and frees it.
func read(told C.told) (Report, []Report) {
	report := decoded(C.GoString(C.certpush_report_json(told.report)))
	C.certpush_report_free(told.report)
	if told.list == nil {
		return report, nil
	}
	var reports []Report
	if err := json.Unmarshal([]byte(C.GoString(C.certpush_report_list_json(told.list))), &reports); err != nil {
		report = lost
	}
	C.certpush_report_list_free(told.list)
	return report, reports
}

// text is an option's value as the library reads it. What is no text it refuses by itself.
func text(name string, value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(value), nil
	case time.Duration:
		return fmt.Sprint((value + time.Millisecond - 1).Milliseconds()), nil
	}
	message := fmt.Sprintf("%s must be a string, an integer, a boolean or a time.Duration, not %T", name, value)
	return "", refused(StatusInvalidConfig, "config", message)
}

func truth(is bool) C.int {
	if is {
		return 1
	}
	return 0
}

func give(request *C.certpush_token_request, token string) { C.give(request, token) }
