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
clang=$(command -v clang++-19 || command -v clang++ || echo clang++)
# Clang with its own standard library, which knows formats.
libcxx="$clang -stdlib=libc++"
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wold-style-cast -Wshadow -Werror"
# What programs that include the header may have on besides.
strict="-Wnon-virtual-dtor -Weffc++ -Woverloaded-virtual -Wextra-semi -Wundef -Wfloat-conversion"

compiler=$cxx
compile() {
  # The suites' own headers are C: -isystem keeps the warnings on style to the code under test.
  $compiler $warnings -g $compile_flags -isystem "$root/tests/c" "$@"
}

# Whether a compiler is there for a test; if so, it is the one from now on. compiler_is COMPILER NAME
compiler_is() {
  compiler=$1
  case $1 in
    "$clang") command -v "$clang" >/dev/null || cannot_run "$2" "clang-19 is not installed" ;;
    "$libcxx") echo '#include <string>' | $1 -x c++ -fsyntax-only - 2>/dev/null ||
      cannot_run "$2" "libc++-19-dev, libc++abi-19-dev and clang-19 are not all installed" ;;
  esac
}

echo "# header"
is_clean_alone() {
  for header in certpush certpush_format certpush_stop_token; do
    printf '#include <%s.hpp>\n' $header $header >alone.cpp
    for flags in -fexceptions -fno-exceptions -fno-rtti -fvisibility=hidden; do
      compile $strict -std=$1 $flags -fsyntax-only alone.cpp || return
    done
  done
}
for with in "$cxx" "$clang" "$libcxx"; do
  for standard in c++17 c++20 c++23; do
    name="the header is clean alone and twice, in -std=$standard, with ${with##*/}"
    compiler_is "$with" "$name" || continue
    needs_standard "$with" $standard "$name" || continue
    check "$name" is_clean_alone $standard
  done
done

# What a call is refused for when it is compiled: not for what would be a mistake of the test's.
refusal="deleted|no match|private|could not convert|NULL|discard|nodiscard|ignoring return|dangl|destroyed|static assertion"
mistake="not declared|undeclared|has no member|no member named|expected .* (before|token)|expected '"

# calls_compile STANDARD <CALLS: each line is a function, and the compiler tells of it as "call:NUMBER:".
calls_compile() {
  echo '#include <certpush.hpp>
#include <chrono>
using namespace std::chrono_literals;
#line 1 "call"' >calls.cpp
  number=0
  while read -r call; do
    number=$((number + 1))
    echo "void call_$number(certpush::config &config, const certpush::client &client," \
      "certpush::report &what) { (void)config, (void)client, (void)what; $call; }"
  done >>calls.cpp
  LC_ALL=C compile -std=$1 -fsyntax-only calls.cpp
}
# One by one if they do not all do as they should: a template is refused in the first call alone.
call_compiles() { [ "$all" -eq 0 ] || echo "$3" | calls_compile "$1"; }
call_does_not_compile() {
  is_refused "$2" && return
  if echo "$3" | calls_compile "$1" >told 2>&1; then
    echo "it compiles"
    return 1
  fi
  cat told
  grep -qE "$refusal" told && ! grep -E "$mistake" told
}
# Whether the compiler refused that call of them all for a good reason.
is_refused() {
  ! grep -qE "$mistake" told && awk -v call="$1" -v refusal="$refusal" '
    /^call:/ { split($0, place, ":"); at = place[2] }
    at == call && / error: / && $0 ~ refusal { found = 1 }
    END { exit !found }' told
}
# calls compiles|does_not_compile STANDARD... <CALLS: each line is checked in each standard.
calls() {
  cat >calls
  for standard in $2; do
    all=0 place=0
    calls_compile $standard <calls >told.all 2>&1 || all=$?
    while read -r call <&3; do
      place=$((place + 1))
      cp told.all told
      check "$call $1 in -std=$standard with ${compiler##*/}" \
        "call_$1" $standard $place "$call"
    done 3<calls
  done
}
compiler=$cxx
calls compiles "c++17 c++20" <<'CALLS'
config.set("retries", "0"); client.push("", "", "CDN")
(void)client.push({}, {}, {}, what)
config.set("retries", 0).set("timeout_ms", 30s).set("allow_http", false).load_env()
certpush::config made = certpush::config().set("retries", 0).load_env().log(nullptr).token_source({})
certpush::client made(certpush::config().set_options("{}").interrupt(nullptr)); made = certpush::client::open("")
client.push("", "", "CDN", {2s}); client.connect({1500us, certpush::cancel()})
const auto receipt = client.push("", "", ""); const auto copy = receipt; (void)copy
client.batch_push("", "a,b", "ELB", {2s}); const auto results = client.batch_push("", "a", "ELB").results(); (void)results
certpush::report_list results; (void)client.batch_push("", "a", "ELB", results, what); for (auto &&it : results) (void)it
certpush::push_list list; list.add("", "p", "ELB").read(""); (void)list.add("", {}, "CDN", what); (void)list.read("", what)
certpush::push_list made = certpush::push_list().add("", "", "CDN"); certpush::push_list moved = std::move(made)
client.push_all(certpush::push_list()); client.push_all({}, {5s, {}, true}, [](std::size_t, const certpush::report_view &) {})
client.push_all({}, {}, [](auto index, auto &told) { return index == 7 || told.outcome_unknown(); })
certpush::report_list results; (void)client.push_all({}, results, what); (void)client.push_all({}, results, what, {2s}, [](auto, auto &told) { const certpush::report kept(told); (void)kept; })
certpush::settle("j", "", "p", "ELB", certpush::outcome::pushed); (void)certpush::settle("j", "", "p", "ELB", certpush::outcome::not_pushed, what)
client.push("", "", "CDN", {{}, {}, true})
CALLS
calls does_not_compile "c++17 c++20" <<'CALLS'
config.set("retries", nullptr)
config.set(nullptr, "0")
config.set(0, "0")
config.set("retries", 0.5)
config.set("retries", '0')
client.push("", nullptr, "CDN")
(void)client.push("", 0, "CDN", what)
client.push(nullptr, "", "CDN")
(void)client.push("", "", NULL, what)
client.push("", "", "CDN", 2s)
client.push("", "", "CDN", {2})
client.push("", "", "CDN", certpush::cancel())
(void)what.retry_after<int>()
client.connect({nullptr})
certpush::receipt receipt; (void)receipt
certpush::receipt receipt(std::move(what)); (void)receipt
(void)client.push("", "", "CDN", client.push("", "", "CDN"))
auto receipt = client.push("", "", "CDN"); (void)client.push("", "", "CDN", receipt)
throw certpush::error(std::move(what))
throw certpush::in_doubt(std::move(what))
certpush::client copy = client; (void)copy
certpush::client made(what); (void)made
client.push("", "", "CDN", what)
client.connect(what)
config.set("retries", 0, what)
config.load_env(what)
certpush::client::make(config, what)
certpush::client::open("", what)
certpush::client::open("")
what.outcome_unknown()
client.batch_push("", {"a", "b"}, "ELB")
certpush::report_list results; client.batch_push("", "a", "ELB", results, what)
certpush::batch_receipt receipt; (void)receipt
certpush::result result; (void)result
certpush::push_list list; certpush::push_list copy = list; (void)copy
certpush::push_list list; list.add("", "", "CDN", what)
certpush::push_list list; list.read(nullptr)
certpush::report_list results; client.push_all({}, results, what)
certpush::push_all_receipt receipt; (void)receipt
client.push_all({}, {}, [](std::size_t, certpush::report_view) {})
client.push_all({}, {}, [](auto, auto told) { (void)told; })
client.push_all({}, {}, [](auto, auto &) { return 1; })
client.push_all({}, [](auto, auto &) {})
certpush::settle("j", "", "p", "ELB", true)
certpush::settle("j", "", "p", "ELB", certpush::outcome::pushed, what)
CALLS
# Clang does not warn of it.
if ! "$cxx" --version | grep -q clang; then
  calls does_not_compile "c++17 c++20" <<'CALLS'
config.set("retries", NULL)
(void)config.set("retries", NULL, what)
CALLS
fi
if compiler_is "$clang" "views that dangle"; then
  calls does_not_compile c++20 <<'CALLS'
const auto message = client.push("", "", "CDN").message(); (void)message
const auto &made = certpush::config().set("retries", 0); (void)made
auto text = certpush::client(config).describe(); (void)text
const auto json = client.batch_push("", "a", "CDN").results().json(); (void)json
const auto json = client.push_all({}).results().json(); (void)json
const auto &made = certpush::push_list().add("", "", "CDN"); (void)made
CALLS
fi

# With the sanitizers, where the compiler has them: what is read after it was freed is seen.
compiler=$cxx
sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
echo 'int main() {}' >sanitized.cpp
if ! $cxx $sanitizers sanitized.cpp -o sanitized || ! ./sanitized; then
  cannot_run "aliases with the sanitizers" "$cxx has no sanitizers" || sanitizers=
fi

# program NAME FLAGS...: compiles and runs one, with what is above as $compiler.
program() {
  source=$1
  shift
  compile "$@" "$here/$source.cpp" -o "$source" -pthread $recorded_flags
  run "$source, ${compiler##*/} $*" "./$source"
}
for standard in c++17 c++20; do
  program clients -std=$standard
  program tokens -std=$standard
  program interrupts -std=$standard
  program secrets -std=$standard
  for exceptions in exceptions no-exceptions; do
    program names -std=$standard -f$exceptions
    program options -std=$standard -f$exceptions
    program twins -std=$standard -f$exceptions
    program batches -std=$standard -f$exceptions $sanitizers
    program push_all -std=$standard -f$exceptions $sanitizers
    program aliases -std=$standard -f$exceptions $sanitizers
  done
done
for source in clients tokens interrupts names twins batches push_all; do
  if compiler_is "$libcxx" "$source, in -std=c++20, with ${libcxx##*/}"; then
    program $source -std=c++20
  fi
done

# Units and shared objects of one program that were compiled in different ways.
for with in "$libcxx" "$cxx"; do
  compiler_is "$with" "units and plugins, ${with##*/}" || continue
  compile -std=c++17 -c "$here/unit.cpp" -o with-exceptions.o
  compile -std=c++20 -fno-exceptions -c "$here/unit.cpp" -o without-exceptions.o
  compile -std=c++20 -O2 -fno-rtti -c "$here/unit.cpp" -o without-rtti.o
  compile -std=c++17 "$here/units.cpp" with-exceptions.o without-exceptions.o without-rtti.o \
    -o units $recorded_flags
  run "units, ${with##*/}" ./units
  hidden="-fvisibility=hidden -fvisibility-inlines-hidden"
  compile -std=c++20 $hidden -fPIC -shared "$here/plugin.cpp" -o libplugin.so $link_flags
  compile -std=c++17 $hidden "$here/plugins.cpp" -o plugins -L. -lplugin -Wl,-rpath,"$work" \
    $recorded_flags
  run "plugins, ${with##*/}" ./plugins
done
# The types that are caught, and what is found by address, are what a shared object shows.
shows() { nm -DC libplugin.so >shown && cat shown && grep "$1" shown; }
for symbol in "typeinfo for certpush::error" "typeinfo for certpush::in_doubt" \
  "certpush::category()::only" "certpush::detail::thrown_inside::current()::innermost"; do
  check "a shared object shows $symbol" shows "$symbol"
done

for program in twins tokens interrupts aliases batches push_all; do
  compile -std=c++17 "$here/$program.cpp" -o $program -pthread $recorded_flags
  run_under_valgrind $program
done
run_under_valgrind units

export CERTPUSH_ENDPOINT="$SERVICE_ENDPOINT" CERTPUSH_CA_FILE="$SERVICE_CA_FILE" \
  CERTPUSH_TOKEN_FILE="$SERVICE_TOKEN_FILE"
page_compiles() {
  awk '/^```cpp$/ { code = 1; next } /^```$/ { code = 0 } code' "$root/docs/cpp.md" >page.cpp
  test -s page.cpp && compile -std=$1 -c page.cpp -o page.o
}
for standard in c++17 c++20; do
  check "the programs on the page on C++ compile in -std=$standard" page_compiles $standard
done

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
