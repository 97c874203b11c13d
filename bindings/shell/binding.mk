# Functions for sh around the command.

shell.title := sh
shell.source := bindings/shell/example.sh
shell.example := env PATH=$(RELEASE):/usr/bin:/bin sh bindings/shell/example.sh
shell.driver := env PATH=$(RELEASE):/usr/bin:/bin sh bindings/shell/driver.sh
shell.caller := yes
shell.version := dpkg-query -W -f '$${Package} $${Version}' dash 2>/dev/null || sh --version | head -n 1
shell.module := bindings/shell/certpush.sh

build-shell example-shell driver-shell: library

test-shell: crates $(VENV)/ready
	mkdir -p $(TARGET)/pytest
	PYTHONPATH=tests/skips CERTPUSH_COMMAND=$(RELEASE)/certpush $(call RECORDED,shell) $(VENV)/bin/python \
		-m pytest -q -p skip_recorder --basetemp=$(TARGET)/pytest/shell bindings/shell/tests
