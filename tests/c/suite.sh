# shellcheck shell=sh disable=SC2034,SC2001,SC2086
# What the C and the C++ suite have in common; sourced by their run.sh.
#
# begin TARGETDIR SIM   installs what is in TARGETDIR below $work, starts the service
# run NAME COMMAND...   runs a program that ends with a line "N passed, N failed"
# run_under_valgrind PROGRAM
# check NAME COMMAND... runs a command that must succeed
# needs TOOL NAME       whether the tool that a test needs is there; if not, the test is skipped by
#                       name, or has failed if all tools must be there
# needs_standard COMPILER STANDARD NAME   the same for a compiler that knows a standard
# end                   prints the sum of all and ends with 0 if nothing failed

root=$(cd "$(dirname "$0")/../.." && pwd)
passed=0 failed=0 skipped=0

begin() {
  target=$(cd "$1" && pwd) simulator=$2
  work=$(mktemp -d)
  trap 'exec 9>&-; rm -rf "$work"' EXIT
  prefix=$work/usr
  "$root/bindings/c/install.sh" "$prefix" "" "$target"
  PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
  export PKG_CONFIG_PATH LD_LIBRARY_PATH
  if needs pkg-config "pkg-config tells how to build with certpush"; then
    compile_flags=$(pkg-config --cflags certpush)
    link_flags=$(pkg-config --libs certpush)
  else
    compile_flags=-I$prefix/include
    link_flags="-L$prefix/lib -lcertpush"
  fi
  # What the library tells a program passes through transcript.c, which keeps it.
  "${CC:-cc}" -std=c99 -D_XOPEN_SOURCE=700 -Wall -Wextra -Werror $compile_flags \
    -c "$root/tests/secrets/transcript.c" -o "$work/transcript.o"
  recorded_flags="$work/transcript.o $link_flags"
  for function in report_free report_list_free client_free config_set_log push_fields; do
    recorded_flags="$recorded_flags -Wl,--wrap=certpush_$function"
  done

  # Options, credentials and proxies of whoever runs the tests must not change them.
  settings='CERTPUSH_[A-Z_]*\|HUAWEICLOUD_[A-Z_]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]'
  for name in $(env | sed -n "s/^\($settings\)=.*/\1/p"); do
    [ "$name" = CERTPUSH_REQUIRE_TOOLS ] || unset "$name"
  done
  # certpush warns of a token that others can read.
  install -m 600 "$root/tests/sim/src/default_token.txt" "$work/token"
  mkfifo "$work/stdin" "$work/ready"
  # The service lives as long as this script holds its standard input open.
  exec 9<>"$work/stdin"
  "$simulator" --any-token --scenarios "$root/tests/c/scenarios.json" --ca-file "$work/ca.pem" \
    --stop-on-stdin-eof <"$work/stdin" >"$work/ready" 9>&- &
  read -r ready <"$work/ready"
  SERVICE_HTTP=$(echo "$ready" | sed 's/.*"http":"\([^"]*\)".*/\1/')
  SERVICE_ENDPOINT=$(echo "$ready" | sed 's/.*"https":"\([^"]*\)".*/\1/')
  SERVICE_CA_FILE=$work/ca.pem SERVICE_TOKEN_FILE=$work/token
  export SERVICE_HTTP SERVICE_ENDPOINT SERVICE_CA_FILE SERVICE_TOKEN_FILE
  cd "$work" || exit
}

run() {
  name=$1 status=0
  shift
  echo "# $name"
  "$@" >output 2>&1 9>&- || status=$?
  counts=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' output)
  if [ -z "$counts" ]; then
    counts="0 1"
    echo "not ok - $name ended with status $status before its tests"
  elif [ $status -ne 0 ] && [ "${counts#* }" -eq 0 ]; then
    counts="${counts% *} 1"
    echo "not ok - $name ended with status $status"
  fi
  sed '/^[0-9]* passed, [0-9]* failed$/d' output
  passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
  # A program may name tests that cannot be run here.
  named=$(sed -n '/^# SKIPPED: /p' output | sed -n '$=')
  skipped=$((skipped + ${named:-0}))
}

# Over http, for TLS's assembly uses memory in ways that valgrind cannot follow. "Possibly lost" does
# not count: what Rust's standard library keeps for a thread is found by a pointer to its middle.
run_under_valgrind() {
  needs valgrind "$1 under valgrind" || return 0
  run "$1 under valgrind" env SERVICE_ENDPOINT="$SERVICE_HTTP" \
    valgrind --quiet --log-file=valgrind.log --error-exitcode=99 --leak-check=full \
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect ./"$1"
  sed 's/^/# /' valgrind.log
}

check() {
  name=$1
  shift
  if "$@" >output 2>&1 9>&-; then
    passed=$((passed + 1))
    echo "ok - $name"
  else
    failed=$((failed + 1))
    echo "not ok - $name"
    sed 's/^/# /' output
  fi
}

needs() {
  command -v "$1" >/dev/null || cannot_run "$2" "$1 is not installed"
}

needs_standard() {
  case $2 in *++*) language=c++ ;; *) language=c ;; esac
  echo 'int i;' | $1 -std="$2" -x $language -fsyntax-only - 2>/dev/null ||
    cannot_run "$3" "$1 does not know -std=$2"
}

cannot_run() {
  if [ "${CERTPUSH_REQUIRE_TOOLS:-}" = 1 ]; then
    failed=$((failed + 1))
    echo "not ok - $1: $2"
  else
    skipped=$((skipped + 1))
    echo "# SKIPPED: $1: $2"
  fi
  return 1
}

end() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
