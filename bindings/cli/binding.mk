# The command certpush.

cli.title := the command
cli.source := bindings/cli/example.sh
cli.example := env PATH=$(RELEASE):/usr/bin:/bin sh bindings/cli/example.sh
cli.driver := env CERTPUSH_COMMAND=$(DEBUG)/certpush $(DEBUG)/examples/driver
CRATES += certpush-cli

build-cli: library
example-cli: library
driver-cli: crates
test-cli: test-rust
