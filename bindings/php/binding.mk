# PHP: classes around the C library, which FFI calls.

php.title := PHP
php.source := bindings/php/push.php
php.example := env LD_LIBRARY_PATH=$(RELEASE) php bindings/php/push.php
php.driver := env LD_LIBRARY_PATH=$(RELEASE) php bindings/php/driver.php
php.lines := yes
php.needs := php phpunit phpcs
php.packages := php-cli phpunit php-codesniffer
php.caller := yes
php.version := php --version | head -n 1 | cut -d ' ' -f 1,2
php.module := $(addprefix bindings/php/src/,Callbacks.php Client.php Error.php Library.php Report.php)

build-php example-php driver-php: library

test-php: library crates
	rm -f $(TRANSCRIPTS)/php.transcript
	CERTPUSH_SIM=$(SIM) LD_LIBRARY_PATH=$(RELEASE) $(call RECORDED,php) bindings/php/tests/run.sh
