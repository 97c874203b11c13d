# Go: a module over the C library, by cgo.

go.title := Go
go.source := bindings/go/example/main.go
go.run := env LD_LIBRARY_PATH=$(RELEASE)
go.example := $(go.run) $(BUILT)/go-push
go.driver := $(go.run) $(BUILT)/driver-go
go.lines := yes
go.needs := go
go.packages := golang-go
go.caller := yes
go.version := go version | cut -d ' ' -f 3
go.module := $(addprefix bindings/go/,certpush.go callbacks.go errors.go)
# Everything is below target/, and nothing is fetched.
go.go := cd bindings/go && env GOCACHE=$(TARGET)/go/cache GOPATH=$(TARGET)/go/path GOFLAGS=-buildvcs=false \
	GOPROXY=off CGO_CFLAGS="-I$(CURDIR)/include -O2 -Wall -Wextra -Wno-unused-parameter -Werror" CGO_LDFLAGS=-L$(RELEASE) go

build-go: library
	$(go.go) build .

example-go: build-go | $(BUILT)
	$(go.go) build -o $(BUILT)/go-push ./example

driver-go: build-go | $(BUILT)
	$(go.go) build -o $(BUILT)/driver-go ./driver

test-go: example-go crates
	@test -z "$$(gofmt -l bindings/go)" || { gofmt -d bindings/go >&2; exit 1; }
	$(go.go) vet ./...
	CERTPUSH_SIM=$(SIM) CERTPUSH_EXAMPLE=$(BUILT)/go-push LD_LIBRARY_PATH=$(RELEASE) $(call RECORDED,go) \
		sh -c '$(go.go) test -count=1 ./tests'
