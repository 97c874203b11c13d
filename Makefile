# certpush: the front door.
#
#   make demo     builds everything and pushes a certificate through every language's example to the
#                 bundled simulator, showing what happened
#   make test     passes all tests
#   make check    what must hold besides: formatting, lints, types, documentation
#   make sim-wheel  the simulator as a Python wheel with a pytest fixture, in target/sim-wheels
#   make dist test-dist   builds what a release is made of, for systems with glibc 2.17 or later, and tests it
#   make install  PREFIX=/usr/local LIBDIR=lib DESTDIR=   the libraries, headers and the command that
#                 `make library` has built; it needs no Rust. LIBDIR is below PREFIX unless it begins
#                 with /. make uninstall, with the same, removes what it puts there
#   make callers  plays the conformance list through every caller of the C library and the command, and
#                 writes what came of it to docs/callers.md
#   make header docs   writes what is generated and committed
#   make abi      writes what programs were compiled against: CONTRIBUTING.md says when
#   make site     the documentation as a site, in target/site
#   make bench soak    measures; looks for the truth under faults, at length
#   make test-engines    runs the examples for Dask, Airflow and Ansible on them
#   make release-check   what takes hours, by hand before a release
#
# A language is the folder bindings/NAME with its binding.mk: "The bindings", below.
#
# Everything is made below target/. CERTPUSH_REQUIRE_TOOLS=1 makes a missing tool (nginx, valgrind, …)
# a failure instead of a skip; `make test` ends with the names of all tests that were skipped.

CARGO ?= cargo
PYTHON ?= python3
# make has compilers of its own for `?=` to leave alone.
ifeq ($(origin CC),default)
CC := cc
endif
ifeq ($(origin CXX),default)
CXX := c++
endif
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# What make or its shell would take apart: `rm -rf` of a path with a blank removes what stands before the blank.
OPENING := (
CLOSING := )
HASH := \#
APART := & ; | < > * ? [ ] { } ! ' " ` \ : % $$ $(OPENING) $(CLOSING) $(HASH)
ifneq ($(word 2,$(TARGET))$(strip $(foreach mark,$(APART),$(findstring $(mark),$(TARGET)))),)
$(error certpush is built in a folder whose path has no blanks, and no characters that a shell reads: $(TARGET). \
	Another folder for what is built is CARGO_TARGET_DIR)
endif
RELEASE := $(TARGET)/release
DEBUG := $(TARGET)/debug
BUILT := $(TARGET)/bindings
VENV := $(TARGET)/venv
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check
# What tests print, and what certpush tells in them, is kept there for the scan of `test-secrets`.
TRANSCRIPTS := $(TARGET)/transcripts
RECORDED = TRANSCRIPTS=$(TRANSCRIPTS) SUITE=$(1) tests/secrets/recorded.sh $(1)
PYTEST = PYTHONPATH=tests/secrets:tests/skips $(call RECORDED,$(1)) \
	$(VENV)/bin/python -m pytest -q -p transcript -p skip_recorder --basetemp=$(TARGET)/pytest/$(1)
REQUIREMENTS := bindings/python/requirements-dev.txt tests/peers/requirements.txt
SIM := $(DEBUG)/certpush-sim
C_FLAGS := -Iinclude -Wall -Wextra -Wpedantic -Werror -O2
LINK := -L$(RELEASE) -lcertpush -Wl,-rpath,$(RELEASE)

.DELETE_ON_ERROR:
.PHONY: all build library programs crates demo test conformance callers test-peers test-oracle test-front \
        test-secrets check lint-rust lint-python header docs abi bench soak release-check install uninstall \
        clean rust sim-wheel test-engines test-install site

all: build

## The bindings

# A binding is a folder bindings/NAME whose binding.mk has the targets build-NAME, example-NAME,
# driver-NAME and test-NAME, and sets what the rest is made of:
#
#   NAME.title     the language, as people write it
#   NAME.source    the example's file
#   NAME.example   the command that runs the example: it takes CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
#   NAME.driver    the command that runs the conformance driver (tests/conformance/README.md)
#   NAME.lines     not empty if that driver reads lines of standard input when it has no arguments
#   NAME.needs     the programs without which there is nothing to build or run. Where one is missing,
#                  the binding is skipped, by name
#   NAME.lacks     what else is missing, if anything: a module of the language, say
#   NAME.packages  the Debian packages that have all this
#   NAME.caller    not empty if it is a module that calls the C library or the command, which
#                  `make callers` shows. It sets these, too:
#   NAME.version   a command that prints the toolchain's version in one line
#   NAME.module    the files of that module, whose lines count
#   CRATES         += the crates with programs to build, if it has any
#
# What takes hours of it is a target release-check-NAME, which `make release-check` finds.
# Programs go into $(BUILT). C_FLAGS and LINK are for what links with the library.
missing = $(firstword $(foreach tool,$($(1).needs),$(if $(shell command -v $(tool) 2>/dev/null),,$(tool))) \
	$($(1).lacks))
why_skipped = $(call missing,$(1)) is not installed$(if $($(1).packages), (Debian: $($(1).packages)))
include $(wildcard bindings/*/binding.mk)
include dist/dist.mk
ALL_BINDINGS := $(patsubst bindings/%/binding.mk,%,$(wildcard bindings/*/binding.mk))
SKIPPED := $(foreach binding,$(ALL_BINDINGS),$(if $(call missing,$(binding)),$(binding)))
BINDINGS := $(filter-out $(SKIPPED),$(ALL_BINDINGS))
callers_among = $(foreach binding,$(1),$(if $($(binding).caller),$(binding)))
CALLERS := $(call callers_among,$(BINDINGS))
TESTS := $(BINDINGS:%=test-%) conformance test-peers test-oracle test-front test-install
.PHONY: $(foreach part,build example driver test,$(ALL_BINDINGS:%=$(part)-%))

## What users get

build: library $(BINDINGS:%=build-%)

# An older cargo says that it does not know the edition.
RUST := $(shell sed -n 's/^rust-version = "\(.*\)"$$/\1/p' Cargo.toml)
rust:
	@found=$$($(CARGO) --version 2>/dev/null | sed -n 's/^cargo \([0-9.]*\).*/\1/p'); \
	if [ "$$(printf '%s\n' $(RUST) "$$found" | sort -V | head -n 1)" != $(RUST) ]; then \
		echo "certpush is built with Rust $(RUST) or later: $(CARGO) is $${found:-not there}." \
			"https://rustup.rs has it." >&2; \
		exit 1; \
	fi

# The libraries are optimised as a whole, which the archive could not be if it were left as it is:
# another Rust library's could not be linked beside it.
library: rust
	$(CARGO) build --locked --release -p certpush-cli
	$(CARGO) rustc --locked --release -p certpush-c --lib -- -C lto=fat
	bindings/c/archive.sh $(RELEASE)/libcertpush.a
	ln -sf libcertpush.so $(RELEASE)/$$(readelf -d $(RELEASE)/libcertpush.so | sed -n 's/.*SONAME.*\[\(.*\)\]$$/\1/p')

# A virtual environment with what some files require.
define virtual_environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "certpush is built and tested with Python 3.10 or later: $(PYTHON) is not" >&2; exit 1; }
	$(PYTHON) -m venv $(1) || { echo "python3 -m venv needs the package python3-venv" >&2; exit 1; }
	$(1)/bin/python -m pip --quiet --disable-pip-version-check install $(2:%=-r %)
	touch $(1)/ready
endef

$(VENV)/ready: $(REQUIREMENTS)
	$(call virtual_environment,$(VENV),$(REQUIREMENTS))

sim-wheel: rust $(VENV)/ready
	rm -rf $(TARGET)/sim-wheels
	cd tests/sim && CARGO_TARGET_DIR=$(TARGET) $(VENV)/bin/maturin build --quiet --locked -o $(TARGET)/sim-wheels

# Not built here: root, who may write to PREFIX, need not have cargo. The folders may have any name; but make
# takes $b for a variable, and leaves nothing of it.
install uninstall: export LIBDIR := $(LIBDIR)
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
lone_dollar = $(findstring $$,$(subst $${,,$(subst $$$(OPENING),,$(subst $$$$,,$(value $(1))))))
REFUSE_LONE_DOLLARS = $(foreach name,PREFIX LIBDIR DESTDIR,$(if $(call lone_dollar,$(name)),$(error \
	$(name) has a $$, which make takes for a variable: write $$$$)))
install:
	$(REFUSE_LONE_DOLLARS)@bindings/c/install.sh "$$PREFIX" "$$DESTDIR" $(RELEASE)

uninstall:
	$(REFUSE_LONE_DOLLARS)@bindings/c/install.sh --uninstall "$$PREFIX" "$$DESTDIR" $(RELEASE)

## What shows and tests it

# The simulator, the examples and the conformance drivers; and what the demo is to run.
programs: crates $(BINDINGS:%=example-%) $(BINDINGS:%=driver-%)
	@printf '%s\t%s\t%s\n' $(foreach binding,$(BINDINGS),\
		'$($(binding).title)' '$($(binding).source)' '$($(binding).example)') >$(BUILT)/examples

# At once, for crates that are built apart may be built twice, with other features.
crates: library | $(BUILT)
	$(CARGO) build --locked -p certpush-sim -p certpush-beside $(CRATES:%=-p %) --lib --bins --examples

$(BUILT):
	mkdir -p $@

demo: build programs
	$(VENV)/bin/python tests/demo/demo.py

test: $(TESTS) test-secrets
	@$(VENV)/bin/python tests/skips/skips.py $(TRANSCRIPTS)

# The conformance list through the first, without the second.
PLAY = $(DEBUG)/certpush-conformance \
	$(foreach binding,$(1),--driver '$(binding)=$($(binding).driver)' \
		$(if $($(binding).lines),--lines $(binding))) \
	$(foreach binding,$(2),--skipped '$(binding)=$(call why_skipped,$(binding))')

conformance: build programs
	$(call RECORDED,conformance) $(call PLAY,$(BINDINGS),$(SKIPPED)) --json $(TARGET)/conformance.json

callers: crates $(CALLERS:%=build-%) $(CALLERS:%=driver-%)
	$(call PLAY,$(CALLERS),$(call callers_among,$(SKIPPED))) --json $(TARGET)/callers.json
	$(PYTHON) tests/conformance/callers.py $(TARGET)/callers.json docs/callers.md \
		$(foreach caller,$(CALLERS),--caller $(caller) '$($(caller).title)' \
			"$$($($(caller).version))" '$(strip $($(caller).module))')

test-peers: build programs sim-wheel
	mkdir -p $(TARGET)/pytest
	CERTPUSH_SIM=$(SIM) CERTPUSH_COMMAND=$(RELEASE)/certpush $(call PYTEST,peers) tests/peers

# The examples for Dask, Airflow and Ansible, run by them. They are no part of `make test`: it takes minutes, and 500 MB.
test-engines: build programs
	mkdir -p $(TARGET)/pytest
	$(call PYTEST,engines) tests/engines

# The promise, against a server that knows which whole requests it got; and a liar, who must be caught.
ORACLE := $(VENV)/bin/python tests/oracle/oracle.py $(RELEASE)

test-oracle: library $(VENV)/ready
	$(call RECORDED,oracle) $(ORACLE) --calls 2000
	$(ORACLE) --calls 300 --lie unknown

# What README and this file say.
test-front: build programs
	mkdir -p $(TARGET)/pytest
	$(call PYTEST,front) tests/front

# What is installed, from where it is.
test-install: crates
	CC="$(CC)" CXX="$(CXX)" $(call RECORDED,install) tests/install/run.sh $(RELEASE) $(SIM)

# After all the others: looks for their secrets in all that they were told.
test-secrets: $(TESTS)
	PYTHONPATH=tests/skips $(VENV)/bin/python tests/secrets/scan.py $(TRANSCRIPTS) $(TARGET)/conformance.json

soak: library $(VENV)/ready
	$(ORACLE) --calls 50000
	CERTPUSH_SOAK_CALLS=200000 CERTPUSH_SOAK_ENTRIES=10000 \
		$(CARGO) test --locked --release -p certpush --test soak --test weather -- --nocapture

bench: build programs
	$(VENV)/bin/python benches/run.py

# What takes hours, by hand: a soak of ten times the length, the engines, what bindings have besides, the
# wheel on every Python, the site, what a release is made of on an old release of Debian, its packages there
# and on newer ones, and README's commands on the one after this.
RELEASE_CHECKS := $(shell sed -n 's/^\(release-check-[^ :]*\) *:.*/\1/p' $(ALL_BINDINGS:%=bindings/%/binding.mk) \
	dist/dist.mk)
release-check:
	CERTPUSH_SOAK_CALLS=2000000 $(CARGO) test --locked --release -p certpush --test soak -- --nocapture
	CERTPUSH_REQUIRE_TOOLS=1 $(MAKE) test-engines $(RELEASE_CHECKS)
	$(MAKE) test-old test-packages site
	.ci/bare trixie

## What must hold besides

check: lint-rust lint-python

lint-rust: rust
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	for features in '' native-roots mozilla-roots log; do $(CARGO) clippy --locked -p certpush --lib \
		--no-default-features --features "$$features" -- -D warnings || exit 1; done
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --document-private-items

lint-python: BESIDE := ../conformance ../demo ../front ../secrets ../skips ../../dist
lint-python: SCRIPTS := $(filter-out bindings/ctypes/%,$(wildcard bindings/*/generate.py))
lint-python: wheel
	cd bindings/python && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	cd bindings/python && $(VENV)/bin/mypy python tests examples driver.py
	cd tests/peers && $(VENV)/bin/ruff check . $(BESIDE) && $(VENV)/bin/ruff format --check . $(BESIDE)
	cd tests/peers && $(VENV)/bin/mypy . $(BESIDE)
	$(VENV)/bin/ruff check --config tests/peers/pyproject.toml $(SCRIPTS)
	$(VENV)/bin/ruff format --check --config tests/peers/pyproject.toml $(SCRIPTS)
	cd tests/engines && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .
	cd tests/oracle && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .
	cd benches && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .
	cd site && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .
	cd bindings/ctypes && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	cd bindings/ctypes && $(VENV)/bin/mypy certpush_ctypes.py driver.py examples generate.py tests
	for tests in $(patsubst %/pyproject.toml,%,$(wildcard bindings/*/tests/pyproject.toml)); do (cd $$tests && \
		$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy .) || exit 1; done
	cd tests/sim && $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	cd tests/sim && MYPYPATH=python $(VENV)/bin/mypy python
	cd $(TARGET) && $(VENV)/bin/python -m mypy.stubtest certpush

## What is generated and committed

header:
	CERTPUSH_UPDATE=1 $(CARGO) test --quiet -p certpush-c --test header

docs:
	CERTPUSH_UPDATE=1 $(CARGO) test --quiet -p certpush --test docs --test python
	CERTPUSH_UPDATE=1 $(CARGO) test --quiet -p certpush-cli --lib manual
	$(PYTHON) benches/plots.py

abi:
	CERTPUSH_UPDATE=abi $(CARGO) test --quiet -p certpush-c --test header abi

## The site

SITE_VENV := $(TARGET)/site-venv

$(SITE_VENV)/ready: site/requirements.txt
	$(call virtual_environment,$(SITE_VENV),site/requirements.txt)

# Rust's reference is made in a folder of its own, for `make check` documents what is private, too.
site: rust $(SITE_VENV)/ready
	$(CARGO) doc --locked --no-deps -p certpush --target-dir $(TARGET)/rustdoc
	cd site && NO_MKDOCS_2_WARNING=1 PATH="$(SITE_VENV)/bin:$$PATH" SITE_DIR=$(TARGET)/site \
		RUSTDOC_DIR=$(TARGET)/rustdoc/doc mkdocs build --strict
	$(PYTHON) site/check.py $(TARGET)/site

clean:
	$(CARGO) clean
