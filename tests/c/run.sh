#!/bin/sh
# The C suite: run.sh TARGETDIR SIM [BESIDE]
#   TARGETDIR  where libcertpush.so and libcertpush.a have been built
#   SIM        the program certpush-sim
#   BESIDE     the archive of tests/beside
# CC is the compiler, "cc" unless set. A test whose tool is missing is skipped, with a line that says
# so; with CERTPUSH_REQUIRE_TOOLS=1 it is a failure.
# Flags are several words, and suite.sh sets some of them.
# shellcheck disable=SC2086,SC2154,SC1091
set -eu

if [ $# -ne 2 ] && [ $# -ne 3 ]; then
  echo "usage: $0 TARGETDIR SIM [BESIDE]" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
. "$here/suite.sh"
beside=${3:+$(realpath "$3")}
begin "$1" "$2"
cc=${CC:-cc} cxx=${CXX:-c++}
warnings="-Wall -Wextra -Wpedantic -Werror"

build() {
  $cc -std=c99 -D_XOPEN_SOURCE=700 $warnings -g $compile_flags "$here/$1.c" -o "$1" -pthread $2
}

for program in arguments options reports told pushes batches fields lists push_all cancels interrupts \
  logs tokens connections memory processes; do
  build $program "$recorded_flags"
  run $program ./$program
done

# What keeps a transcript writes it, and a thread may be cancelled there.
build cancellation "$link_flags"
run cancellation ./cancellation

build hosts "$recorded_flags -lm"
run hosts ./hosts

build secrets "$recorded_flags"
# A function that is looked up at its first call has all registers saved on the stack for that, with
# what was copied last.
run secrets env LD_BIND_NOW=1 ./secrets
run "secrets over http" env LD_BIND_NOW=1 SERVICE_ENDPOINT="$SERVICE_HTTP" ./secrets

build descriptors "-ldl $recorded_flags"
run descriptors ./descriptors

build loading -ldl
run loading env CERTPUSH_LIBRARY="$prefix/lib/libcertpush.so" ./loading

for program in arguments options reports told pushes batches fields lists push_all cancels interrupts \
  cancellation logs tokens; do
  run_under_valgrind $program
done

echo "# header"
echo '#include <certpush.h>' >alone.c
cp alone.c alone.cpp
for standard in c99 c11 c17 c2x; do
  name="the header is clean in -std=$standard"
  needs_standard "$cc" $standard "$name" || continue
  check "$name" $cc -std=$standard $warnings -Wc++-compat $compile_flags -c alone.c -o alone.o
done
for standard in c++11 c++17 c++20 c++23; do
  name="the header is clean in -std=$standard"
  needs_standard "$cxx" $standard "$name" || continue
  check "$name" $cxx -std=$standard $warnings $compile_flags -c alone.cpp -o alone.o
done

echo "# library"
functions_of() {
  sed -n 's/^[a-z].*[ *]\(certpush_[a-z_]*\)(.*/\1/p' "$1" | grep -v '_fn$' | sort
}
exports_are() {
  nm -D --defined-only "$prefix/lib/libcertpush.so" | sed 's/.* //' | sort >exported
  test -s declared && diff declared exported
}
exports_are_declared_in() {
  functions_of "$prefix/$1" >declared && exports_are
}
for file in include/certpush.h include/certpush-ffi.h share/certpush/certpush.cdef; do
  check "the library exports exactly what $file declares" exports_are_declared_in $file
done
exports_are_described() {
  sed '1,/^  "functions": /d' "$prefix/share/certpush/certpush.json" |
    sed -n 's/^    {"name":"\([a-z_]*\)",.*/\1/p' | sort >declared && exports_are
}
check "the library exports exactly what certpush.json describes" exports_are_described
exports_are_listed() {
  sed -n 's/^\(certpush_[a-z_]*\) .*/\1/p' "$root/bindings/c/abi/symbols.txt" | sort >declared && exports_are
}
check "the library exports exactly what abi/symbols.txt lists" exports_are_listed

plain_declarations_compile() {
  { printf '#include <stddef.h>\n#include <stdint.h>\n' && cat "$prefix/$1"; } >plain.c
  $cc -std=c99 $warnings -c plain.c -o plain.o
}
for file in include/certpush-ffi.h share/certpush/certpush.cdef; do
  check "$file needs no other declarations than the standard's" plain_declarations_compile $file
done
has_no_directives() {
  test -s "$prefix/share/certpush/certpush.cdef" &&
    ! grep '#' "$prefix/share/certpush/certpush.cdef"
}
check "certpush.cdef is for who has no preprocessor" has_no_directives
is_the_libraries_name() {
  grep -F "$1\"$(readelf -d "$prefix/lib/libcertpush.so" |
    sed -n 's/.*SONAME.*\[\(.*\)\]$/\1/p')\"" "$prefix/$2"
}
check "certpush-ffi.h names the library" is_the_libraries_name '#define FFI_LIB ' \
  include/certpush-ffi.h
check "certpush.json names the library" is_the_libraries_name '"library": ' \
  share/certpush/certpush.json

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

is_the_one_in_the_readme() {
  awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' "$root/README.md" >readme.c
  sed 1d "$root/bindings/c/examples/hello.c" | diff - readme.c
}
check "the smallest program is README's" is_the_one_in_the_readme

hello_ends_with() {
  sed "s/scs1600313391074/$1/" "$root/bindings/c/examples/hello.c" >hello-to.c
  $cc -std=c99 $warnings hello-to.c -o hello-to $compile_flags $link_flags && status=0
  ./hello-to >told || status=$?
  cat told
  [ "$status" -eq "$2" ] && { grep -q "look at the target" told || [ "$2" -lt 64 ]; }
}
check "the smallest program's exit status says that it was not pushed" \
  hello_ends_with scs8000000000002 21
check "the smallest program's exit status says that it may have been pushed" \
  hello_ends_with scs8000000000004 84

libraries_of_rust=$(sed -n 's/^Libs.private: //p' "$root/bindings/c/certpush.pc.in")
static_program_needs_no_library() {
  example hello hello-static "$compile_flags $prefix/lib/libcertpush.a $libraries_of_rust" &&
    ! readelf -d hello-static | grep libcertpush
}
check "a program may have certpush inside" static_program_needs_no_library

echo "# archive"
archive=$prefix/lib/libcertpush.a
shows_what_the_header_declares() {
  functions_of "$prefix/include/certpush.h" >declared
  nm -g --defined-only "$archive" | sed -n 's/^[0-9a-f]* . //p' | sort >shown
  test -s declared && diff declared shown
}
check "the archive shows exactly what certpush.h declares" shows_what_the_header_declares
has_one_object() {
  ar t "$archive" >members && cat members && [ "$(wc -l <members)" -eq 1 ]
}
check "the archive has one object" has_one_object
has_no_bitcode() {
  readelf -SW "$archive" >sections && ! grep '\.llvm' sections
}
check "the archive has no bitcode, which another linker's LLVM may be too old for" has_no_bitcode

# Two archives that have Rust's standard library, rustls and ring in them, in one program.
cat >beside.c <<'C'
#include <certpush.h>
#include <stdio.h>
int32_t beside_works(void);
int main(void) {
  certpush_report *report = NULL;
  certpush_push_once(NULL, NULL, "scs1600313391074", "p", "ELB", &report);
  puts(certpush_report_message(report));
  certpush_report_free(report);
  return beside_works() != 1;
}
C
is_linked_and_pushes() {
  "$1" -std=c99 $warnings $2 beside.c -o beside $compile_flags "$3" "$4" -lutil -lrt -lpthread -lm -ldl &&
    pushes ./beside
}
clang=$(command -v clang-19 || command -v clang || echo clang-19)
for compiler in "$cc" "$clang"; do
  for mode in -pie -static -static-pie -flto; do
    how="with ${compiler##*/} $mode"
    command -v "$compiler" >/dev/null || cannot_run "$how" "clang-19 is not installed" || continue
    [ -n "$beside" ] || cannot_run "$how" "the archive of tests/beside was not built" || continue
    check "certpush is linked before another Rust archive, $how" \
      is_linked_and_pushes "$compiler" $mode "$archive" "$beside"
    check "certpush is linked after another Rust archive, $how" \
      is_linked_and_pushes "$compiler" $mode "$beside" "$archive"
  done
done

check "the page on C names the libraries that the archive needs" \
  grep -F -e "$libraries_of_rust" "$root/docs/c.md"

page_compiles() {
  awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' "$root/docs/c.md" >page.c
  test -s page.c && $cc -std=c99 $warnings $compile_flags -c page.c -o page.o
}
check "the programs on the page on C compile" page_compiles

example_ends_with() {
  status=0
  ./push "$2" ap-southeast-3 ELB || status=$?
  [ "$status" -eq "$1" ]
}
push_example() {
  $cc -std=c99 $warnings "$root/bindings/c/examples/push.c" -o push $compile_flags $link_flags &&
    ./push scs1600313391074 ap-southeast-3 ELB | grep '^outcome  *pushed$' &&
    ./push scs8000000000004 ap-southeast-3 ELB | grep '^outcome  *unknown$' &&
    ./push scs8000000000002 ap-southeast-3 ELB | grep '^request_id  *request-refused$' &&
    example_ends_with 0 scs1600313391074 && example_ends_with 84 scs8000000000004 &&
    example_ends_with 21 scs8000000000002
}
check "the example tells success, refusal and doubt apart" push_example

end
