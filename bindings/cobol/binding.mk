# COBOL: a module of subprograms and the copybook that programs take their records from.

cobol.title := COBOL
cobol.source := bindings/cobol/push.cob
cobol.example := $(BUILT)/push-cobol
cobol.driver := $(BUILT)/driver-cobol
cobol.needs := cobc
cobol.packages := gnucobol3
cobol.caller := yes
cobol.version := cobc --version | head -n 1
cobol.module := bindings/cobol/certpush.cob

# -Q hands the linker what -Wl is for cc.
COBC := cobc -x -Wall -fstatic-call -I bindings/cobol
COBOL_LINK := bindings/cobol/certpush.cob -L$(RELEASE) -lcertpush -Q -Wl,-rpath,$(RELEASE)

build-cobol: library

example-cobol: library | $(BUILT)
	$(COBC) -o $(BUILT)/push-cobol bindings/cobol/push.cob $(COBOL_LINK)

driver-cobol: library | $(BUILT)
	$(COBC) -o $(BUILT)/driver-cobol bindings/cobol/driver.cob $(COBOL_LINK)

test-cobol: library crates wheel
	mkdir -p $(TARGET)/pytest
	CERTPUSH_SIM=$(SIM) $(call PYTEST,cobol) bindings/cobol/tests

# Debian has two versions and installs one: the tests and the list again, with the other.
.PHONY: release-check-cobol
release-check-cobol: test-cobol
	bindings/cobol/tests/with_gnucobol4.sh $(TARGET)/gnucobol4 $(MAKE) driver-cobol test-cobol
	bindings/cobol/tests/with_gnucobol4.sh $(TARGET)/gnucobol4 \
		$(DEBUG)/certpush-conformance --driver 'cobol=$(cobol.driver)'
