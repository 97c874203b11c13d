package tests

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"certpush"
)

func TestCtrlCEndsAPushAtOnceAndTellsItsOutcome(t *testing.T) {
	service := beSilent(t)
	client := open(t, config(certpush.Options{"endpoint": service.endpoint}))
	interrupted, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	var began time.Time
	go func() {
		<-service.requests
		began = time.Now()
		syscall.Kill(os.Getpid(), syscall.SIGINT)
	}()
	report, err := client.Push(interrupted, certificate, project, "ELB")
	within(t, 200*time.Millisecond, began)
	error := failed(t, err)
	same(t, report, error.Report)
	same(t, []any{error.Status, error.OutcomeUnknown, error.Retryable}, []any{certpush.StatusCancelled, true, false})
	same(t, []bool{errors.Is(err, context.Canceled), errors.Is(err, certpush.StatusCancelled)}, []bool{true, true})
}

func TestADeadlineEndsAPushAtOnce(t *testing.T) {
	client := open(t, config(certpush.Options{"endpoint": beSilent(t).endpoint}))
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := client.Push(short, certificate, project, "ELB")
	within(t, 500*time.Millisecond, began)
	same(t, []bool{errors.Is(err, context.DeadlineExceeded), failed(t, err).OutcomeUnknown}, []bool{true, true})
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	reset(t)
	ended, stop := context.WithCancel(ctx)
	stop()
	client := open(t, config(nil))
	target := certpush.List{Targets: []certpush.Target{to(project, "ELB")}}
	for i := 0; i < 100; i++ {
		_, err := client.Push(ended, certificate, project, "ELB")
		same(t, []bool{errors.Is(err, context.Canceled), failed(t, err).OutcomeUnknown}, []bool{true, false})
		_, err = client.PushAll(ended, target)
		same(t, []bool{errors.Is(err, context.Canceled), failed(t, err).OutcomeUnknown}, []bool{true, false})
	}
	same(t, received(t), 0)
}

func TestAnotherFailureIsNoneOfTheContext(t *testing.T) {
	within, stop := context.WithTimeout(ctx, time.Minute)
	_, err := open(t, config(nil)).Push(within, certificate, "no-such-project", "ELB")
	stop()
	same(t, errors.Unwrap(failed(t, err)), nil)
}

func TestARunEndsWithItsContextAndTellsOfEach(t *testing.T) {
	service := beSilent(t)
	client := open(t, config(certpush.Options{"endpoint": service.endpoint, "jobs": 1}))
	stopped, stop := context.WithCancel(ctx)
	go func() {
		<-service.requests
		stop()
	}()
	reports, err := client.PushAll(stopped, certpush.List{Targets: []certpush.Target{
		to(project, "ELB"), to("", "CDN"),
	}})
	error := failed(t, err)
	same(t, []bool{errors.Is(err, context.Canceled), error.OutcomeUnknown}, []bool{true, true})
	same(t, reports[0].Status, certpush.StatusCancelled)
	same(t, reports[1].Status, certpush.StatusNotTried)
}

// storm sends signals to all threads as fast as it can, and has the collector stop the world, until the test ends.
func storm(t *testing.T, number syscall.Signal) *int64 {
	done, sent := make(chan struct{}), new(int64)
	var all sync.WaitGroup
	all.Add(2)
	go func() {
		defer all.Done()
		for {
			select {
			case <-done:
				return
			default:
				threads, _ := os.ReadDir("/proc/self/task")
				for _, thread := range threads {
					id, _ := strconv.Atoi(thread.Name())
					syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(id), uintptr(number))
					atomic.AddInt64(sent, 1)
				}
			}
		}
	}()
	go func() {
		defer all.Done()
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		all.Wait()
	})
	return sent
}

func TestSixtyFourGoroutinesUnderSIGURG(t *testing.T) {
	reset(t)
	var lines int64
	logged := config(nil)
	logged.Log = func(certpush.LogLevel, string) { atomic.AddInt64(&lines, 1) }
	client := open(t, logged)
	sent := storm(t, syscall.SIGURG)
	var all sync.WaitGroup
	for i := 0; i < 64; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 20; j++ {
				within, stop := context.WithTimeout(ctx, time.Minute)
				if _, err := client.Push(within, certificate, project, "ELB"); err != nil {
					t.Error(err)
				}
				stop()
			}
		}()
	}
	all.Wait()
	same(t, []int{received(t), int(lines)}, []int{1280, 1280})
	if atomic.LoadInt64(sent) < 1000 {
		t.Error("it was no storm")
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	service := beSilent(t)
	client := open(t, config(certpush.Options{"endpoint": service.endpoint}))
	errors := make(chan error)
	for i := 0; i < 16; i++ {
		go func() {
			_, err := client.Push(ctx, certificate, project, "ELB")
			errors <- err
		}()
	}
	for i := 0; i < 16; i++ {
		<-service.requests
	}
	began := time.Now()
	client.Close()
	for i := 0; i < 16; i++ {
		error := failed(t, <-errors)
		same(t, []any{error.Status, error.OutcomeUnknown}, []any{certpush.StatusCancelled, true})
	}
	within(t, 200*time.Millisecond, began)
}

// Pushes and closes meet in any order: each push has an outcome, and nothing is used after it was freed.
func TestCloseAtAnyMoment(t *testing.T) {
	for i := 0; i < 200; i++ {
		client := open(t, config(nil))
		var all sync.WaitGroup
		for j := 0; j < 4; j++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for {
					if _, err := client.Push(ctx, certificate, project, "ELB"); err != nil {
						same(t, failed(t, err).Status, certpush.StatusCancelled)
						return
					}
				}
			}()
		}
		time.Sleep(time.Duration(i) * 10 * time.Microsecond)
		client.Close()
		all.Wait()
	}
}
