package certpush

// #include <certpush.h>
// #include <stdlib.h>
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"runtime/debug"
	"strings"
	"unsafe"
)

// Panic is what an [Error] wraps when a callback panicked: nothing leaves one through the library's frames.
type Panic struct {
	// Value is what was given to panic, nil if the callback ended its goroutine.
	Value any
	// Stack is where that was.
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("a callback panicked: %v", p.Value) }

// A call that runs: what its callbacks need, and what they leave.
type call struct {
	ctx      context.Context
	client   *Client
	progress func(int, Report) error
	broken   error // a callback's panic, or what progress returned
	noToken  error // why the token source gave none
}

// guarded runs a callback on a goroutine of its own: neither a panic nor runtime.Goexit passes the library's frames.
func (c *call) guarded(callback func()) (returned bool) {
	done := make(chan *Panic, 1)
	go func() {
		broken := &Panic{}
		defer func() {
			if broken != nil {
				broken.Value, broken.Stack = recover(), debug.Stack()
			}
			done <- broken
		}()
		callback()
		broken = nil
	}()
	broken := <-done
	if broken != nil && c.broken == nil {
		c.broken = broken
	}
	return broken == nil
}

//export certpushGoLog
func certpushGoLog(handle C.uintptr_t, level C.int32_t, line *C.char) {
	c, text := cgo.Handle(handle).Value().(*call), C.GoString(line)
	c.guarded(func() { c.client.log(LogLevel(level), text) })
}

//export certpushGoToken
func certpushGoToken(handle C.uintptr_t, request *C.certpush_token_request) {
	c := cgo.Handle(handle).Value().(*call)
	var token, reason string
	returned := c.guarded(func() {
		if token, c.noToken = c.client.token(c.ctx); c.noToken != nil {
			reason = strings.ToValidUTF8(strings.ReplaceAll(c.noToken.Error(), "\x00", " "), "\uFFFD")
		}
	})
	if !returned {
		c.noToken, reason = c.broken, "the token source panicked"
	}
	if c.noToken == nil {
		give(request, token)
		return
	}
	why := C.CString(reason)
	defer C.free(unsafe.Pointer(why))
	C.certpush_token_request_fail(request, why)
}

//export certpushGoProgress
func certpushGoProgress(handle C.uintptr_t, index C.size_t, report *C.certpush_report) C.int32_t {
	c, told := cgo.Handle(handle).Value().(*call), decoded(C.GoString(C.certpush_report_json(report)))
	c.guarded(func() {
		if err := c.progress(int(index), told); err != nil && c.broken == nil {
			c.broken = err
		}
	})
	if c.broken != nil {
		return 1
	}
	return 0
}
