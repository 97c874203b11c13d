// Package tests is what the module owes: made against the simulated service, as its users see it.
package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"certpush"
)

const (
	TOKEN       = "a-token-that-the-service-of-go-knows-of-and-nobody-else"
	certificate = "scs1600313391074"
	project     = "ap-southeast-3"
)

var (
	endpoint   string
	transcript *os.File
)

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		switch name := strings.SplitN(variable, "=", 2)[0]; name {
		case "CERTPUSH_SIM", "CERTPUSH_EXAMPLE", "CERTPUSH_UPDATE":
		default:
			if strings.HasPrefix(name, "CERTPUSH_") || strings.HasPrefix(name, "HUAWEICLOUD_") {
				os.Unsetenv(name)
			}
		}
	}
	os.Setenv("no_proxy", "*")
	if folder := os.Getenv("TRANSCRIPTS"); folder != "" {
		file, err := os.Create(filepath.Join(folder, "go.transcript"))
		if err != nil {
			panic(err)
		}
		transcript = file
	}
	arguments := []string{"--stop-on-stdin-eof", "--repeat-policy", "accept", "--token", TOKEN}
	service := exec.Command(os.Getenv("CERTPUSH_SIM"), arguments...)
	service.Stderr = os.Stderr
	input, _ := service.StdinPipe()
	output, _ := service.StdoutPipe()
	if err := service.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "CERTPUSH_SIM must be the simulator:", err)
		os.Exit(1)
	}
	var ready struct{ HTTP string }
	if err := json.NewDecoder(bufio.NewReader(output)).Decode(&ready); err != nil {
		panic(err)
	}
	endpoint = ready.HTTP
	status := m.Run()
	input.Close()
	service.Wait()
	os.Exit(status)
}

// keep writes down what a test was told, for the scan for secrets.
func keep(told ...any) {
	if transcript != nil {
		fmt.Fprintln(transcript, told...)
	}
}

// reset has the service forget what it was sent.
func reset(t *testing.T) {
	t.Helper()
	answer, err := http.Post(endpoint+"/sim/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

// received is how many pushes the service was sent.
func received(t *testing.T) int {
	t.Helper()
	answer, err := http.Get(endpoint + "/sim/received")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var all []any
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// config is that of a client of the service, but for what else is given.
func config(more certpush.Options) certpush.Config {
	options := certpush.Options{"endpoint": endpoint, "token": TOKEN, "retries": 0}
	for name, value := range more {
		options[name] = value
	}
	return certpush.Config{Options: options}
}

func open(t *testing.T, config certpush.Config) *certpush.Client {
	t.Helper()
	client, err := certpush.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func to(project, service string) certpush.Target {
	return certpush.Target{CertificateID: certificate, TargetProject: project, TargetService: service}
}

// failed is what a call returned, which is kept.
func failed(t *testing.T, err error) *certpush.Error {
	t.Helper()
	var failed *certpush.Error
	if !errors.As(err, &failed) {
		t.Fatalf("%v is no certpush.Error", err)
	}
	text, _ := json.Marshal(failed)
	keep(err, string(text), fmt.Sprintf("%+v", failed))
	return failed
}

func same(t *testing.T, got, wanted any) {
	t.Helper()
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", wanted) {
		t.Fatalf("%#v, not %#v", got, wanted)
	}
}

// A silent service takes requests and never answers.
type silent struct {
	endpoint string
	requests chan net.Conn
}

func beSilent(t *testing.T) *silent {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	service := &silent{"http://" + listener.Addr().String(), make(chan net.Conn, 1000)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				var got []byte
				for buffer := make([]byte, 65536); ; {
					n, err := connection.Read(buffer)
					got = append(got, buffer[:n]...)
					if bytes.HasSuffix(got, []byte("}")) {
						service.requests <- connection
						io.Copy(io.Discard, connection)
					}
					if err != nil {
						connection.Close()
						return
					}
				}
			}()
		}
	}()
	return service
}

// within fails if something has taken longer.
func within(t *testing.T, limit time.Duration, since time.Time) {
	t.Helper()
	if took := time.Since(since); took > limit {
		t.Errorf("it took %v", took)
	}
}

// kilobytes is what the process has to itself without garbage, and what is in Go's heap.
func kilobytes(t *testing.T) (all, own int) {
	t.Helper()
	debug.FreeOSMemory()
	status, _ := os.ReadFile("/proc/self/status")
	found := regexp.MustCompile(`RssAnon:\s*(\d+)`).FindSubmatch(status)
	if found == nil {
		t.Fatal("no figure")
	}
	all, _ = strconv.Atoi(string(found[1]))
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return all, int(heap.HeapAlloc / 1024)
}
