# shellcheck shell=bash
# What is tried, and how it went; sourced.
#
# check WHAT COMMAND...   runs a command, whose output is told if it fails; counts in $passed and $failed
passed=0 failed=0

check() {
  if "${@:2}" >output 2>&1; then
    passed=$((passed + 1))
    echo "ok - $1"
  else
    failed=$((failed + 1))
    echo "not ok - $1"
    sed 's/^/# /' output
  fi
}
