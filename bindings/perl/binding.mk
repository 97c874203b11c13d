# Perl: a module over FFI::Platypus.

perl.title := Perl
perl.source := bindings/perl/examples/push.pl
perl.run := env LD_LIBRARY_PATH=$(RELEASE) perl -I$(CURDIR)/bindings/perl/lib
perl.example := $(perl.run) bindings/perl/examples/push.pl
perl.driver := $(perl.run) bindings/perl/driver.pl
perl.lines := yes
perl.needs := perl
perl.lacks = $(shell perl '-MFFI::Platypus 2.00' -e1 2>/dev/null || echo FFI::Platypus)
perl.packages := libffi-platypus-perl perltidy libperl-critic-perl
perl.caller := yes
perl.version := perl -MFFI::Platypus -e 'printf "Perl %vd, FFI::Platypus %s", $$^V, FFI::Platypus->VERSION'
perl.module := bindings/perl/lib/Certpush.pm bindings/perl/lib/Certpush/Report.pm

build-perl example-perl driver-perl: library

test-perl: crates
	CERTPUSH_SIM=$(SIM) LD_LIBRARY_PATH=$(RELEASE) $(call RECORDED,perl) \
		perl bindings/perl/t/suite.pl
