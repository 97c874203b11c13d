# Rust: the core itself. Its example and driver are built with all other Rust programs.

rust.title := Rust
rust.source := bindings/rust/examples/push.rs
rust.example := $(DEBUG)/examples/push
rust.driver := $(DEBUG)/driver-rust
CRATES += certpush certpush-conformance

build-rust: library
example-rust driver-rust: crates

# One run for the crates of all bindings.
test-rust: rust
	$(call RECORDED,rust) $(CARGO) test --locked
	$(CARGO) test --locked -p certpush --no-default-features --features log --test features --test log
