#!/usr/bin/env bash
# run.sh: the style, and what PHPUnit tests. $CERTPUSH_SIM is the simulator; the loader must find the library.
set -euo pipefail
cd "$(dirname "$0")/.."
phpcs --standard=PSR12 --warning-severity=0 .
php -d zend.assertions=1 "$(command -v phpunit)" --do-not-cache-result --fail-on-warning --fail-on-risky \
	--bootstrap tests/bootstrap.php tests
