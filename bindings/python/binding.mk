# Python: a wheel, installed into the tests' own environment.

python.title := Python
python.source := bindings/python/examples/push.py
python.example := $(VENV)/bin/python bindings/python/examples/push.py
python.driver := $(VENV)/bin/python bindings/python/driver.py
python.lines := yes

# maturin goes its own way about the target folder: it must be told the same one.
.PHONY: wheel
wheel: rust $(VENV)/ready
	rm -rf $(TARGET)/wheels
	cd bindings/python && CARGO_TARGET_DIR=$(TARGET) $(VENV)/bin/maturin build --quiet --locked \
		--interpreter $(VENV)/bin/python -o $(TARGET)/wheels
	$(PIP) install --force-reinstall --no-deps --no-index $(TARGET)/wheels/certpush-*.whl

build-python example-python driver-python: wheel

test-python: wheel crates
	mkdir -p $(TARGET)/pytest
	CERTPUSH_SIM=$(SIM) $(call PYTEST,python) bindings/python/tests
