#!/bin/sh
# The C++ suite: run.sh TARGETDIR SIM, as for tests/c/run.sh. CXX is the compiler, "c++" unless set.
# Flags are several words, and suite.sh sets some of them.
# shellcheck disable=SC2086,SC2154,SC1091
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 TARGETDIR SIM" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../c/suite.sh"
begin "$1" "$2"
cxx=${CXX:-c++}
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wold-style-cast -Wshadow -Werror"

compile() {
  # The suites' own headers are C: -isystem keeps the warnings on style to the code under test.
  $cxx $warnings -g $compile_flags -isystem "$root/tests/c" "$@"
}

echo "# header"
echo '#include <certpush.hpp>' >alone.cpp
# No text is made of a number or of nothing.
calls_compile() {
  echo '#include <certpush.hpp>
    void calls(certpush::config &config, const certpush::client &client, certpush::report &what) {
      (void)config, (void)client, (void)what;' >calls.cpp
  echo "  $2; }" >>calls.cpp
  compile -std=$1 -fsyntax-only calls.cpp
}
calls_do_not_compile() { ! calls_compile "$@"; }
for standard in c++17 c++20; do
  check "texts are taken in -std=$standard" calls_compile $standard \
    'config.set("retries", "0"); client.push("", "", "CDN"); client.push({}, {}, {}, what)'
  for call in 'config.set("retries", 0)' 'config.set("retries", 0, what)' \
    'config.set("retries", NULL, what)' 'config.set("allow_http", false)' \
    'client.push("", nullptr, "CDN")' 'client.push("", 0, "CDN", what)' \
    'client.push(nullptr, "", "CDN")' 'client.push("", "", NULL, what)'; do
    check "$call is none of them in -std=$standard" calls_do_not_compile $standard "$call"
  done
done

for standard in c++17 c++20 c++23; do
  for exceptions in exceptions no-exceptions; do
    name="the header is clean in -std=$standard -f$exceptions"
    needs_standard "$cxx" $standard "$name" || continue
    check "$name" \
      compile -std=$standard -f$exceptions -c alone.cpp -o alone.o
  done
done

# With the sanitizers, where the compiler has them: what is read after it was freed is seen.
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
echo 'int main() {}' >sanitized.cpp
if ! $cxx $sanitizers sanitized.cpp -o sanitized || ! ./sanitized; then
  cannot_run "aliases with the sanitizers" "$cxx has no sanitizers" || sanitizers=
fi

for standard in c++17 c++20; do
  compile -std=$standard "$here/clients.cpp" -o clients -pthread $recorded_flags
  run "clients, $standard" ./clients
  compile -std=$standard "$here/tokens.cpp" -o tokens -pthread $recorded_flags
  run "tokens, $standard" ./tokens
  for exceptions in exceptions no-exceptions; do
    compile -std=$standard -f$exceptions "$here/twins.cpp" -o twins -pthread $recorded_flags
    run "twins, $standard -f$exceptions" ./twins
    compile -std=$standard -f$exceptions $sanitizers "$here/aliases.cpp" -o aliases -pthread $recorded_flags
    run "aliases, $standard -f$exceptions $sanitizers" ./aliases
  done
done

compile -std=c++17 -c "$here/unit.cpp" -o with-exceptions.o
compile -std=c++20 -fno-exceptions -c "$here/unit.cpp" -o without-exceptions.o
compile -std=c++17 "$here/units.cpp" with-exceptions.o without-exceptions.o -o units $recorded_flags
run units ./units

compile -std=c++17 "$here/aliases.cpp" -o aliases -pthread $recorded_flags
for program in twins tokens units aliases; do
  run_under_valgrind $program
done

export CERTPUSH_ENDPOINT="$SERVICE_ENDPOINT" CERTPUSH_CA_FILE="$SERVICE_CA_FILE" \
  CERTPUSH_TOKEN_FILE="$SERVICE_TOKEN_FILE"
page_compiles() {
  awk '/^```cpp$/ { code = 1; next } /^```$/ { code = 0 } code' "$root/docs/cpp.md" >page.cpp
  test -s page.cpp && compile -std=c++17 -c page.cpp -o page.o
}
check "the programs on the page on C++ compile" page_compiles

example_ends_with() {
  status=0
  ./push "$2" ap-southeast-3 ELB || status=$?
  [ "$status" -eq "$1" ]
}
push_example() {
  compile -std=c++17 "$root/bindings/cpp/examples/push.cpp" -o push $link_flags &&
    ./push scs1600313391074 ap-southeast-3 ELB | grep '^outcome  *pushed$' &&
    ./push scs8000000000004 ap-southeast-3 ELB | grep '^outcome  *unknown$' &&
    ./push scs8000000000002 ap-southeast-3 ELB | grep '^request_id  *request-refused$' &&
    example_ends_with 0 scs1600313391074 && example_ends_with 84 scs8000000000004 &&
    example_ends_with 21 scs8000000000002
}
check "the example tells success, refusal and doubt apart" push_example

end
