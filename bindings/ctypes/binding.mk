# Python without the wheel: one file over ctypes.

ctypes.title := Python by ctypes
ctypes.source := bindings/ctypes/examples/push.py
ctypes.run := env LD_LIBRARY_PATH=$(RELEASE) PYTHONPATH=$(CURDIR)/bindings/ctypes $(PYTHON)
ctypes.example := $(ctypes.run) bindings/ctypes/examples/push.py
ctypes.driver := $(ctypes.run) bindings/ctypes/driver.py
ctypes.lines := yes
ctypes.caller := yes
ctypes.version := $(PYTHON) --version
ctypes.module := bindings/ctypes/certpush_ctypes.py

build-ctypes example-ctypes driver-ctypes: library

# Not by $(PYTEST), which asks for the wheel.
test-ctypes: crates $(VENV)/ready
	mkdir -p $(TARGET)/pytest
	LD_LIBRARY_PATH=$(RELEASE) PYTHONPATH=tests/skips $(call RECORDED,ctypes) $(VENV)/bin/python -m pytest \
		-q -p skip_recorder --basetemp=$(TARGET)/pytest/ctypes bindings/ctypes/tests
