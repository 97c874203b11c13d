#!/bin/sh
# The C suite: run.sh TARGETDIR SIM
#   TARGETDIR  where cargo has built libcertpush.so and libcertpush.a
#   SIM        the program certpush-sim
# CC is the compiler, "gcc" unless set. A tool that is missing is skipped, with a line that says so;
# with CERTPUSH_REQUIRE_TOOLS=1 it is a failure.
# Flags are several words, and suite.sh sets some of them.
# shellcheck disable=SC2086,SC2154,SC1091
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 TARGETDIR SIM" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
. "$here/suite.sh"
begin "$1" "$2"
cc=${CC:-gcc}
warnings="-Wall -Wextra -Wpedantic -Werror"

build() {
  $cc -std=c99 -D_XOPEN_SOURCE=700 $warnings -g $compile_flags "$here/$1.c" -o "$1" -pthread $2
}

for program in arguments reports pushes fields cancels logs tokens connections memory processes; do
  build $program "$recorded_flags"
  run $program ./$program
done

build hosts "$recorded_flags -lm"
run hosts ./hosts

build secrets "$recorded_flags"
run secrets ./secrets
run "secrets over http" env SERVICE_ENDPOINT="$SERVICE_HTTP" ./secrets

build loading -ldl
run loading env CERTPUSH_LIBRARY="$prefix/lib/libcertpush.so" ./loading

if needs valgrind; then
  for program in arguments reports pushes fields cancels logs tokens; do
    run_under_valgrind $program
  done
fi

echo "# header"
echo '#include <certpush.h>' >alone.c
cp alone.c alone.cpp
for standard in c99 c11 c17 c2x; do
  check "the header is clean in -std=$standard" \
    $cc -std=$standard $warnings -Wc++-compat $compile_flags -c alone.c -o alone.o
done
for standard in c++11 c++17 c++20 c++23; do
  check "the header is clean in -std=$standard" \
    "${CXX:-g++}" -std=$standard $warnings $compile_flags -c alone.cpp -o alone.o
done

echo "# library"
exports_are_the_headers() {
  sed -n 's/^[a-z].*[ *]\(certpush_[a-z_]*\)(.*/\1/p' "$prefix/include/certpush.h" | sort >declared
  nm -D --defined-only "$prefix/lib/libcertpush.so" | sed 's/.* //' | sort >exported
  test -s declared && diff declared exported
}
check "the library exports exactly what the header declares" exports_are_the_headers

name_for_the_loader_is_installed() {
  soname=$(readelf -d ./arguments | sed -n 's/.*NEEDED.*\[\(libcertpush[^]]*\)\]/\1/p')
  expr "$soname" : 'libcertpush\.so\.0\.[0-9]*$' && test -f "$prefix/lib/$soname"
}
check "a program records the library's name, which is installed" name_for_the_loader_is_installed
readelf -d "$prefix/lib/libcertpush.so" >dynamic
check "the library stays loaded" grep NODELETE dynamic

echo "# installation"
export CERTPUSH_ENDPOINT="$SERVICE_ENDPOINT" CERTPUSH_CA_FILE="$SERVICE_CA_FILE" \
  CERTPUSH_TOKEN_FILE="$SERVICE_TOKEN_FILE"
pushes() {
  "$1" >pushed && cat pushed && grep -q 'scs1600313391074 was pushed to ELB' pushed
}
example() {
  $cc -std=c99 $warnings "$root/bindings/c/examples/$1.c" -o "$2" $3 && pushes "./$2"
}
check "the smallest program pushes" example hello hello "$compile_flags $link_flags"

libraries_of_rust=$(sed -n 's/^Libs.private: //p' "$root/bindings/c/certpush.pc.in")
static_program_needs_no_library() {
  example hello hello-static "$compile_flags $prefix/lib/libcertpush.a $libraries_of_rust" &&
    ! readelf -d hello-static | grep libcertpush
}
check "a program may have certpush inside" static_program_needs_no_library

a_rust_library_beside_it() {
  cat >other.rs <<'RUST'
#[unsafe(no_mangle)]
pub extern "C" fn other() -> usize {
    std::panic::catch_unwind(|| vec![0_u8; 7].len()).unwrap_or_default()
}
RUST
  cat >both.c <<'C'
#include <certpush.h>
#include <stdio.h>
size_t other(void);
int main(void) {
  certpush_report *report = NULL;
  certpush_push_once(NULL, NULL, "scs1600313391074", "p", "ELB", &report);
  puts(certpush_report_message(report));
  certpush_report_free(report);
  return other() != 7;
}
C
  rustc --edition 2024 --crate-type staticlib other.rs -o libother.a &&
    $cc both.c -o both $compile_flags "$prefix/lib/libcertpush.a" libother.a $libraries_of_rust &&
    pushes ./both
}
if needs rustc; then
  check "another Rust library may be linked in beside it" a_rust_library_beside_it
fi

builds_with_cmake() {
  mkdir -p cmake && cp "$root/bindings/c/examples/hello.c" cmake && cd cmake
  cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(hello C)
find_package(certpush 0.1 REQUIRED)
add_executable(hello hello.c)
target_link_libraries(hello certpush::certpush)
add_executable(hello-static hello.c)
target_link_libraries(hello-static certpush::static)
CMAKE
  cmake -DCMAKE_PREFIX_PATH="$prefix" -S . -B build && cmake --build build &&
    pushes build/hello && pushes build/hello-static
}
if needs cmake; then
  check "CMake finds the installed certpush" builds_with_cmake
fi

installs_below_destdir() {
  "$root/bindings/c/install.sh" /usr "$work/package" "$target" &&
    test -f "$work/package/usr/include/certpush.hpp" &&
    test -f "$work/package/usr/lib/libcertpush.a" &&
    grep '^prefix=/usr$' "$work/package/usr/lib/pkgconfig/certpush.pc"
}
check "a package may be made of it" installs_below_destdir

check "the page on C names the libraries that the archive needs" \
  grep -F -e "$libraries_of_rust" "$root/docs/c.md"

page_compiles() {
  awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' "$root/docs/c.md" >page.c
  test -s page.c && $cc -std=c99 $warnings $compile_flags -c page.c -o page.o
}
check "the programs on the page on C compile" page_compiles

push_example() {
  $cc -std=c99 $warnings "$root/bindings/c/examples/push.c" -o push $compile_flags $link_flags &&
    ./push scs1600313391074 ap-southeast-3 ELB | grep '^outcome  *pushed$' &&
    ./push scs8000000000004 ap-southeast-3 ELB | grep '^outcome  *unknown$' &&
    ./push scs8000000000002 ap-southeast-3 ELB | grep '^request_id  *request-refused$'
}
check "the example tells success, refusal and doubt apart" push_example

end
