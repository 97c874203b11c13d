#!/bin/sh
# What is installed: run.sh TARGETDIR SIM, as for tests/c/run.sh. Every program is built against a folder that was
# moved after the installation, with blanks and an & in its name.
# Flags are several words, and suite.sh sets some of them.
# shellcheck disable=SC2016,SC2086,SC2154,SC1091,SC2034
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 TARGETDIR SIM" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../c/suite.sh"
unset LIBDIR
begin "$1" "$2"
cc=${CC:-cc} cxx=${CXX:-c++}
unset PKG_CONFIG_PATH LD_LIBRARY_PATH
export CERTPUSH_ENDPOINT="$SERVICE_ENDPOINT" CERTPUSH_CA_FILE="$SERVICE_CA_FILE" \
  CERTPUSH_TOKEN_FILE="$SERVICE_TOKEN_FILE"
soname=$(readelf -d "$target/libcertpush.so" | sed -n 's/.*SONAME.*\[\(.*\)\]$/\1/p')
multiarch=lib/x86_64-linux-gnu

# make_install GOAL VARIABLE=VALUE...: as root would who has no cargo.
make_install() {
  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make --no-print-directory -C "$root" CARGO=/nowhere/cargo \
    CARGO_TARGET_DIR="${target%/release}" "$@"
}
pushes() {
  "$@" scs1600313391074 ap-southeast-3 ELB >pushed && cat pushed && grep -q 'scs1600313391074 was pushed to ELB\|^outcome  *pushed$' pushed
}

echo "# files"
staged="$work/staged & more" opt="/opt/x & y's"
puts_all_below_destdir() {
  make_install install DESTDIR="$staged" PREFIX="$opt" LIBDIR=$multiarch >told || return
  cat told
  [ ! -s told ] && (cd "$staged" && find . ! -type d | sort) >installed
  for file in bin/certpush include/certpush.h include/certpush.hpp include/certpush-ffi.h \
    share/certpush/certpush.json share/certpush/certpush.cdef $multiarch/libcertpush.a \
    $multiarch/$soname.0 $multiarch/pkgconfig/certpush.pc $multiarch/cmake/certpush/certpush-config.cmake \
    share/man/man1/certpush.1 share/man/man3/certpush.3 share/man/man3/certpush_push_n.3 \
    share/bash-completion/completions/certpush share/zsh/site-functions/_certpush \
    share/fish/vendor_completions.d/certpush.fish share/doc/certpush/LICENSE-MIT \
    share/doc/certpush/LICENSE-APACHE share/doc/certpush/docs/c.md share/doc/certpush/examples/hello.c; do
    grep -qxF ".$opt/$file" installed || { echo "$file is missing"; return 1; }
  done
  ! grep -v "^\.$opt/" installed
}
check "everything goes below DESTDIR and PREFIX, whatever they are called" puts_all_below_destdir
has_its_links() {
  at="$staged$opt/$multiarch"
  [ ! -L "$at/$soname.0" ] && [ "$(readlink "$at/$soname")" = $soname.0 ] &&
    [ "$(readlink "$at/libcertpush.so")" = $soname ]
}
check "the library has the name of its release, and those for loader and linker are links" has_its_links
puts_the_command_alone() {
  mkdir -p "$work/command" && cp "$target/certpush" "$work/command" &&
    "$root/bindings/c/install.sh" /alone "$work/alone" "$work/command" command &&
    (cd "$work/alone/alone" && find . ! -type d | sort) >told && cat told &&
    grep -qxF ./bin/certpush told && ! grep -E 'lib|include|man3' told &&
    "$root/bindings/c/install.sh" --uninstall /alone "$work/alone" "$work/command" command &&
    ! find "$work/alone" ! -type d | grep .
}
check "the command is installed and removed alone" puts_the_command_alone
names_no_folder_of_the_builder() {
  ! grep -rF "$staged" "$staged" && ! grep -rIF "$root" "$staged" && ! find "$staged" -perm /022 ! -type l | grep .
}
check "no file names DESTDIR or the source's folder, or may be written by others" names_no_folder_of_the_builder

# What is left: other's files, and folders that every PREFIX has.
uninstalls_from() {
  dest=$1
  shift
  make_install uninstall DESTDIR="$dest" "$@" CARGO_TARGET_DIR=/nowhere
}
uninstall_leaves_nothing() {
  # What an installation that was killed has left, and what is not ours.
  touch "$staged$opt/$multiarch/.libcertpush.a.new" "$staged$opt/share/doc/certpush/other"
  uninstalls_from "$staged" PREFIX="$opt" LIBDIR=$multiarch || return
  (cd "$staged$opt" && find . -mindepth 1 | sort) >left
  cat left
  printf './%s\n' bin include lib $multiarch share share/doc share/doc/certpush share/doc/certpush/other \
    share/man | sort | diff - left
}
check "uninstall removes what install put there, and nothing else" uninstall_leaves_nothing

an_absolute_libdir_is_taken_as_it_is() {
  make_install install DESTDIR="$work/lib64" PREFIX=/usr LIBDIR=/usr/lib64 &&
    make_install install DESTDIR="$work/relative" PREFIX=/usr LIBDIR=lib64 &&
    diff -r "$work/lib64" "$work/relative" &&
    grep '^prefix=/usr$' "$work/lib64/usr/lib64/pkgconfig/certpush.pc" &&
    make_install install DESTDIR="$work/apart" PREFIX=/opt/certpush "LIBDIR=/var/x & y" &&
    test -L "$work/apart/var/x & y/libcertpush.so" && test ! -e "$work/apart/opt/certpush/lib" &&
    uninstalls_from "$work/apart" PREFIX=/opt/certpush "LIBDIR=/var/x & y" &&
    ! find "$work/apart" ! -type d | grep .
}
check "an absolute LIBDIR is taken as it is" an_absolute_libdir_is_taken_as_it_is
are_refused() {
  for paths in PREFIX=usr PREFIX=/usr/../opt LIBDIR=../lib LIBDIR=/ PREFIX=//; do
    ! make_install install DESTDIR="$work/refused" "$paths" || { echo "$paths is taken"; return 1; }
  done
  test ! -e "$work/refused"
}
check "paths that would lead elsewhere are refused, and nothing is installed" are_refused

another_processors_command_is_installed() {
  mkdir foreign && ln -s "$target/libcertpush.so" "$target/libcertpush.a" foreign &&
    echo "of another processor" >foreign/certpush || return
  COMMAND=$target/certpush "$root/bindings/c/install.sh" /usr "$work/foreign/root" foreign &&
    diff foreign/certpush foreign/root/usr/bin/certpush &&
    diff -r foreign/root/usr/share "$prefix/share"
}
check "what is for another processor is installed by a command for this one" another_processors_command_is_installed

# What was there is an older certpush, of which nothing is left or missing.
an_older_one_in() {
  mkdir -p older "$1" && for file in libcertpush.so libcertpush.a certpush; do echo older >"older/$file"; done &&
    COMMAND=$target/certpush "$root/bindings/c/install.sh" /usr "$1" older && cp -a "$1" "$1-before"
}
a_full_disk_changes_nothing() {
  an_older_one_in "$work/full" || return
  # The archive is the largest of all files; after SIGXFSZ, or an error, the installation has failed.
  archive=$(wc -c <"$target/libcertpush.a")
  ! (ulimit -f $((archive / 512)) && "$root/bindings/c/install.sh" /usr "$work/full" "$target") &&
    diff -r --no-dereference "$work/full-before" "$work/full"
}
check "a disk that is full in the middle leaves what was there" a_full_disk_changes_nothing
an_interrupt_changes_nothing() {
  an_older_one_in "$work/cut" && mkdir -p cutting tmp || return
  cat >cutting/install <<SH && chmod +x cutting/install || return
#!/bin/sh
case \$* in *libcertpush.a*) kill -TERM \$PPID ;; esac
exec "$(command -v install)" "\$@"
SH
  ended=0
  PATH=$work/cutting:$PATH TMPDIR=$work/tmp "$root/bindings/c/install.sh" /usr "$work/cut" "$target" || ended=$?
  [ $ended -eq 143 ] && diff -r --no-dereference "$work/cut-before" "$work/cut" && rmdir tmp
}
check "an installation that is interrupted leaves what was there, and nothing of its own" an_interrupt_changes_nothing
a_later_release_stays_whole() {
  sources=$work/later
  mkdir -p "$sources/bindings/cli" && cp -R "$root/bindings/c" "$root/bindings/cpp" "$sources/bindings" &&
    cp -R "$root/bindings/cli/man" "$root/bindings/cli/example.sh" "$sources/bindings/cli" &&
    cp -R "$root/docs" "$root/include" "$root"/*.md "$root"/LICENSE-* "$sources" &&
    sed 's/^\(#define CERTPUSH_VERSION_STRING\) .*/\1 "0.2.9"/' "$root/include/certpush.h" \
      >"$sources/include/certpush.h" &&
    "$sources/bindings/c/install.sh" /usr "$work/only" "$target" &&
    "$root/bindings/c/install.sh" /usr "$work/both" "$target" &&
    "$sources/bindings/c/install.sh" /usr "$work/both" "$target" &&
    "$root/bindings/c/install.sh" --uninstall /usr "$work/both" /nowhere >told && cat told &&
    grep '0\.2\.9' told && diff -r --no-dereference "$work/only" "$work/both"
}
check "a later release that is there stays whole when this one is removed" a_later_release_stays_whole
a_dollar_is_no_variable() {
  for paths in 'PREFIX=/opt/a$b' 'DESTDIR=refused/$b' 'LIBDIR=lib$$/$b'; do
    ! make_install install DESTDIR="$work/refused" "$paths" 2>told && cat told && grep '\$\$' told || return
  done
  test ! -e "$work/refused" && make_install install DESTDIR="$work/dollar" 'PREFIX=/opt/a$$b' &&
    test -x "$work/dollar/opt/a\$b/bin/certpush"
}
check "a \$ that make would take for a variable is refused" a_dollar_is_no_variable

# says WHAT FOLDER LIBRARY: where the loader looks into FOLDER, and has come upon LIBRARY.
says() {
  mkdir -p bin
  cat >bin/ldconfig <<SH && chmod +x bin/ldconfig || return
#!/bin/sh
case \$1 in -p) echo "  $soname (libc6,x86-64) => $3" ;; *) echo "$2: (from /etc/ld.so.conf:1)" ;; esac
SH
  PATH=$work/bin:$PATH "$root/bindings/c/install.sh" "$work/known" "" "$target" >told &&
    cat told && if [ -n "$1" ]; then grep "$1" told; else [ ! -s told ]; fi
}
check "install says that ldconfig is to be run" says '^Run ldconfig' "$work/known/lib" /nowhere
check "install says nothing of it to who has done so" says '' "$work/known/lib" "$work/known/lib/$soname"
check "install says that the loader does not look there" says 'LD_LIBRARY_PATH' /lib /nowhere

echo "# pages"
pages_are_clean() {
  for page in man1/certpush.1 man3/certpush.3; do
    "$@" "$prefix/share/man/$page" || return
  done
}
if command -v man >/dev/null || cannot_run "man has nothing to warn of" "man-db is not installed"; then
  shown_without_warnings() {
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$1" 2>warnings >shown && cat warnings && [ ! -s warnings ] &&
      grep certpush shown
  }
  check "man has nothing to warn of" pages_are_clean shown_without_warnings
  finds() {
    MANPATH=$prefix/share/man LC_ALL=C.UTF-8 man "$1" >shown && grep "$1" shown
  }
  check "man finds a function" finds certpush_push_n
fi
# A page of what is not released has no date.
has_nothing_to_warn_of() {
  mandoc -T lint -W warning "$1" >warnings || ! grep -v 'missing date' warnings
}
name="mandoc has nothing to warn of"
if needs mandoc "$name"; then
  check "$name" pages_are_clean has_nothing_to_warn_of
fi
check "bash reads what it completes by" bash -n "$prefix/share/bash-completion/completions/certpush"

echo "# programs"
# installs PREFIX LIBDIR [DESTDIR]
installs() {
  LIBDIR=$2 "$root/bindings/c/install.sh" "$1" "${3:-}" "$target" >/dev/null
}
moved="$work/a b/moved & away" many="$work/a b/many & more" apart="$work/apart & there"
mkdir "$work/a b"
installs "$work/at first & here" lib
mv "$work/at first & here" "$moved"
installs "$work/many" $multiarch
mv "$work/many" "$many"
# Not to be moved: one folder does not tell of the other.
installs "$apart/prefix" "$apart/lib"
# /lib is /usr/lib, as on most systems.
installs /usr lib "$work/merged"
ln -s usr/lib "$work/merged/lib"
examples=$moved/share/doc/certpush/examples

# builds LIBDIR OPTIONS COMPILE...: a program, by pkg-config in LIBDIR; it pushes. The flags are for a shell to read.
builds() {
  libdir=$1 pc_options=$2
  shift 2
  flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --cflags --libs $pc_options certpush) || return
  eval '"$@"' "$flags" -o program && pushes env LD_LIBRARY_PATH="$libdir" ./program
}
needs_no_library() {
  builds "$@" && ! readelf -d program | grep NEEDED
}
if needs pkg-config "programs that are built by pkg-config"; then
  for libdir in "$moved/lib" "$many/$multiarch" "$apart/lib"; do
    check "C, by pkg-config in ${libdir#"$work/"}" builds "$libdir" "" $cc "$examples/hello.c"
  done
  for name in 'a "b"' "a 'b'" 'a \b'; do
    installs "$work/$name" lib
    check "C, by pkg-config in a folder called $(printf '%s' "$name" | sed 's|[\\]|/|')" \
      builds "$work/$name/lib" "" $cc "$examples/hello.c"
  done
  check "C++, by pkg-config" builds "$moved/lib" "" $cxx -std=c++17 "$examples/push.cpp"
  check "C, by pkg-config --static" needs_no_library "$moved/lib" --static $cc -static "$examples/hello.c"
  check "C, by pkg-config --static, at any address" \
    needs_no_library "$moved/lib" --static $cc -static-pie "$examples/push.c"
  check "C++, by pkg-config --static" \
    needs_no_library "$moved/lib" --static $cxx -static -std=c++17 "$examples/push.cpp"
fi

# cmake_builds FOLDER LANGUAGES FIND OPTION...: all examples in LANGUAGES with each target; they push.
cmake_builds() {
  folder=$1 languages=$2 find=$3
  shift 3
  mkdir "$folder" && cp "$examples/hello.c" "$examples/push.cpp" "$folder" && cat >"$folder/CMakeLists.txt" <<CMAKE || return
cmake_minimum_required(VERSION 3.13)
project(program $languages)
$find
get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
foreach(target certpush shared static)
  add_executable(hello-\${target} hello.c)
  target_link_libraries(hello-\${target} certpush::\${target})
  if(CXX IN_LIST languages AND NOT target STREQUAL certpush)
    add_executable(push-\${target} push.cpp)
    target_link_libraries(push-\${target} certpush::\${target})
    target_compile_features(push-\${target} PRIVATE cxx_std_17)
  endif()
endforeach()
CMAKE
  CC=$cc CXX=$cxx cmake "$@" -S "$folder" -B "$folder/build" &&
    cmake --build "$folder/build" -j 2 || return
  for program in certpush shared static; do
    pushes "$folder/build/hello-$program" || return
  done
  case $languages in *CXX*)
    pushes "$folder/build/push-shared" && pushes "$folder/build/push-static" || return ;;
  esac
  readelf -d "$folder/build/hello-shared" | grep "NEEDED.*\[$soname\]" &&
    ! readelf -d "$folder/build/hello-static" | grep libcertpush
}
found="find_package(certpush 0.2 REQUIRED)"
# What find_package tells of a release 0.2.5: lines of what it should find, and what is asked for.
finds_of_0_2_5() {
  config=$work/finding/usr/lib/cmake/certpush
  installs "$work/finding/usr" lib && sed 's/"0\.2\.[0-9]*"/"0.2.5"/' "$config/certpush-config-version.cmake" >version &&
    mv version "$config/certpush-config-version.cmake" || return
  while read -r answer asked; do
    printf '%s\n' 'cmake_minimum_required(VERSION 3.13)' 'project(finding NONE)' \
      "find_package(certpush $asked QUIET)" 'message(STATUS "found: ${certpush_FOUND}")' >finding/CMakeLists.txt
    rm -rf finding/build
    cmake -S finding -B finding/build -Dcertpush_DIR="$config" >told || return
    grep "found: $answer\$" told || { echo "$asked should be $answer"; cat told; return 1; }
  done
}
finds_the_version_that_is_asked_for() {
  finds_of_0_2_5 <<'ASKED'
1 0.2
1 0.2.5
1 0.2.5 EXACT
1 0.2...0.4
1 0.2...<0.3
1 0.2...0.2.5
1 0.1...0.3
0 0.2.6
0 0.1
0 0.3
0 0.2.4 EXACT
0 0.2...0.2.4
0 0.2...<0.2.5
0 0.1...<0.2
0 0.3...1
1 0.2 COMPONENTS shared static
1 0.2 COMPONENTS shared OPTIONAL_COMPONENTS fibre
0 0.2 COMPONENTS fibre
ASKED
}
# What the archive needs of the system is no target of the project, whatever that is called.
builds_with_a_library_called_util() {
  mkdir -p called && cp "$examples/hello.c" called && echo 'int nothing(void) { return 0; }' >called/nothing.c &&
    printf '%s\n' 'cmake_minimum_required(VERSION 3.13)' 'project(called C)' "$found" 'add_library(pusher nothing.c)' \
      'target_link_libraries(pusher certpush::static)' 'add_library(util SHARED nothing.c)' \
      'target_link_libraries(util pusher)' 'add_executable(hello hello.c)' 'target_link_libraries(hello util)' \
      >called/CMakeLists.txt && CC=$cc cmake "-DCMAKE_PREFIX_PATH=$moved" -S called -B called/build &&
    cmake --build called/build && pushes called/build/hello
}
is_refused_unbuilt() {
  ! cmake_builds cmake-unbuilt C "add_subdirectory(\"$root\" certpush)" -DCERTPUSH_TARGET_DIR=/nowhere >told 2>&1 &&
    cat told && tr -s '\n ' ' ' <told | grep 'make library'
}
if needs cmake "programs that are built by CMake"; then
  check "CMake, in a folder that was moved" cmake_builds cmake-moved "C CXX" "$found" "-DCMAKE_PREFIX_PATH=$moved"
  check "CMake, with LIBDIR=$multiarch" cmake_builds cmake-many C "$found" "-Dcertpush_DIR=$many/$multiarch/cmake/certpush"
  check "CMake, with an absolute LIBDIR" cmake_builds cmake-apart C "$found" "-Dcertpush_DIR=$apart/lib/cmake/certpush"
  check "CMake, where /lib is /usr/lib" cmake_builds cmake-merged C "$found" "-Dcertpush_DIR=$work/merged/lib/cmake/certpush"
  check "CMake, with a library that is called as one of the system" builds_with_a_library_called_util
  check "CMake finds the versions and components that are there" finds_the_version_that_is_asked_for
  check "CMake, in a source tree" \
    cmake_builds cmake-inside C "add_subdirectory(\"$root\" certpush)" "-DCERTPUSH_TARGET_DIR=$target"
  check "CMake says what to build in a source tree" is_refused_unbuilt
fi

end
