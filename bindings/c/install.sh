#!/bin/sh
# Installs what `make library` has built, or removes it again: the libraries, the headers, their description
# for other languages, what pkg-config and CMake read, the command with what shells complete it by, manual
# pages, documentation. It builds nothing, and needs neither cargo nor a compiler.
#
# Usage: install.sh [--uninstall] PREFIX DESTDIR TARGETDIR [command]
#   PREFIX     where certpush will be, such as /usr/local
#   DESTDIR    put before every path when copying, for packages; may be ""
#   TARGETDIR  where `make library` has built, such as target/release; --uninstall does not look at it
#   command    the command alone, with its manual page, what completes it, and the licences
# In the environment:
#   LIBDIR     the folder of the libraries, below PREFIX unless it begins with /; "lib" if it is not set
#   COMMAND    a command certpush that runs here, which tells its completions, if TARGETDIR's is for another
#              processor
set -eu

usage() {
  echo "usage: $0 [--uninstall] PREFIX DESTDIR TARGETDIR [command]" >&2
  exit 2
}
fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

verb=install
if [ "${1:-}" = --uninstall ]; then
  verb=uninstall
  shift
fi
case $#${4:-} in
  3) needed="libcertpush.so libcertpush.a certpush" ;;
  4command) needed=certpush ;;
  *) usage ;;
esac
prefix=${1%/} destdir=$2 target=$3 libdir=${LIBDIR:-lib} command=${COMMAND:-$3/certpush}
root=$(cd "$(dirname "$0")/../.." && pwd)

# Paths stand in lines of what pkg-config and CMake read.
is_plain() {
  case $1/ in *//* | ./* | ../* | */./* | */../* | *[[:cntrl:]]*) false ;; esac
}
case $prefix in /* | "") ;; *) fail "PREFIX must begin with /: $prefix" ;; esac
libdir=${libdir%/}
case $libdir in "$prefix"/*) libdir=${libdir#"$prefix"/} ;; esac
is_plain "$prefix" || fail "PREFIX must have no empty name, . or .. in it, and no control characters: $prefix"
is_plain "${libdir:-.}" ||
  fail "LIBDIR must have no empty name, . or .. in it, and no control characters: $libdir"

version_in() {
  sed -n 's/^#define CERTPUSH_VERSION_STRING "\(.*\)"$/\1/p' "$1"
}
version=$(version_in "$root/include/certpush.h")
soname=$(sed -n 's/^  "library": "\(.*\)",$/\1/p' "$root/include/certpush.json")
real=$soname.${version##*.}

# $1 with a backslash before all that pkg-config, or CMake in a string, would not take as it is.
escaped() {
  printf '%s\n' "$1" | sed "s/[][ &\"\$\`()#\\\\;<>|*?!{}~']/\\\\&/g"
}

# Where the files are for who reads them: as far as can be from the place of the file that is read, so that
# the folder may be moved.
case $libdir in
  /*)
    libraries=$libdir
    pc_prefix=$(escaped "$prefix") pc_libdir=$(escaped "$libdir")
    cmake_includedir=$(escaped "$prefix/include")
    ;;
  *)
    libraries=$prefix/$libdir
    up=$(printf '%s\n' "$libdir" | sed 's|[^/][^/]*|..|g')
    pc_prefix="\${pcfiledir}/../$up" pc_libdir="\${prefix}/$(escaped "$libdir")"
    cmake_includedir="\${_certpush_libdir}/$up/include"
    ;;
esac
case $prefix in
  # The system's own folders do not move, and linkers and compilers know them by this name.
  /usr) pc_prefix=/usr ;;
  # pkg-config would give its file's folder as it is, to be read as a quote.
  *[\\\"\']*) pc_prefix=$(escaped "$prefix") ;;
esac

# What is made here.
made=$(mktemp -d)
# Files that were copied stand under another name beside those that they replace, until all of them have been.
clean_up() {
  rm -rf "$made"
  case $verb in copy | put) verb=drop && everything ;; esac
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# fill_in TEMPLATE: the file with @NAME@ replaced, in $made.
fill_in() {
  PC_PREFIX=$pc_prefix PC_LIBDIR=$pc_libdir CMAKE_INCLUDEDIR=$cmake_includedir VERSION=$version \
    SONAME=$soname awk '
      { rest = $0; line = ""
        while (match(rest, /@[A-Z_]+@/)) {
          name = substr(rest, RSTART + 1, RLENGTH - 2)
          line = line substr(rest, 1, RSTART - 1) ENVIRON[name]
          rest = substr(rest, RSTART + RLENGTH)
        }
        print line rest }' "$root/bindings/c/$1.in" >"$made/$1"
}

# file MODE SOURCE FOLDER [NAME]: a file, as NAME or by its own.
file() {
  name=${4:-${2##*/}}
  new=$destdir$3/.$name.new
  case $verb in
    copy)
      install -d "$destdir$3"
      install -m "$1" "$2" "$new"
      ;;
    put) mv -f "$new" "$destdir$3/$name" ;;
    drop) rm -f "$new" ;;
    uninstall)
      rm -f "$new"
      remove "$3" "$name"
      ;;
  esac
}

# link TEXT FOLDER NAME: a link to what is beside it.
link() {
  case $verb in
    put) ln -sf "$1" "$destdir$2/$3" ;;
    uninstall) remove "$2" "$3" ;;
  esac
}

# Removes a file, and the folders above that are left empty, but for those that any PREFIX has.
remove() {
  rm -f "$destdir$1/$2"
  folder=$1
  while :; do
    case $folder in
      "$libraries" | "$prefix/bin" | "$prefix/include" | "$prefix/lib" | "$prefix/share" | "$prefix/share/man")
        return
        ;;
    esac
    rmdir "$destdir$folder" 2>/dev/null || return 0
    folder=${folder%/*}
  done
}

# Everything that is installed, and so everything that is removed.
the_library() {
  file 755 "$target/libcertpush.so" "$libraries" "$real"
  link "$real" "$libraries" "$soname"
  link "$soname" "$libraries" libcertpush.so
  file 644 "$target/libcertpush.a" "$libraries"
  file 644 "$made/certpush.pc" "$libraries/pkgconfig"
  for name in certpush-config.cmake certpush-config-version.cmake; do
    file 644 "$made/$name" "$libraries/cmake/certpush"
  done
  file 644 "$root/bindings/c/certpush-targets.cmake" "$libraries/cmake/certpush"

  for header in "$root"/include/*.h "$root"/include/*.hpp; do
    file 644 "$header" "$prefix/include"
  done
  for description in certpush.cdef certpush.json; do
    file 644 "$root/include/$description" "$prefix/share/certpush"
  done

  file 644 "$root/bindings/c/man/certpush.3" "$prefix/share/man/man3"
  # A page for each function, which is the one of all.
  while read -r function _; do
    case $function in certpush_*) link certpush.3 "$prefix/share/man/man3" "$function.3" ;; esac
  done <"$root/bindings/c/abi/symbols.txt"

  file 644 "$root/README.md" "$prefix/share/doc/certpush"
  for page in "$root"/docs/*.md; do
    file 644 "$page" "$prefix/share/doc/certpush/docs"
  done
  for example in "$root"/bindings/c/examples/*.c "$root"/bindings/cpp/examples/*.cpp; do
    file 644 "$example" "$prefix/share/doc/certpush/examples"
  done
}

the_command() {
  file 755 "$target/certpush" "$prefix/bin"

  file 644 "$root/bindings/cli/man/certpush.1" "$prefix/share/man/man1"
  file 644 "$made/bash" "$prefix/share/bash-completion/completions" certpush
  file 644 "$made/zsh" "$prefix/share/zsh/site-functions" _certpush
  file 644 "$made/fish" "$prefix/share/fish/vendor_completions.d" certpush.fish

  for page in CHANGELOG.md LICENSE-APACHE LICENSE-MIT; do
    file 644 "$root/$page" "$prefix/share/doc/certpush"
  done
  file 644 "$root/bindings/cli/example.sh" "$prefix/share/doc/certpush/examples" push.sh
}

# What the loader has to be told, unless it knows, or this is for a package.
say_how_the_library_is_found() {
  PATH=$PATH:/usr/sbin:/sbin
  [ -z "$destdir" ] && command -v ldconfig >/dev/null || return 0
  if ldconfig -p 2>/dev/null | grep -qF "=> $libraries/$soname"; then
    return
  elif ldconfig -vNX 2>/dev/null | sed 's/:.*//' | grep -qxF "$libraries"; then
    echo "Run ldconfig as root, for programs to find $soname."
  else
    printf '%s\n' "Programs do not look for $soname in $libraries by themselves: link them with \
-Wl,-rpath,$libraries, or set LD_LIBRARY_PATH."
  fi
}

# Everything that this is called for.
everything() {
  the_command
  [ "$needed" = certpush ] || the_library
}

# Of a release that another one was installed over nothing is left but its library, which programs may need.
remove_library_beside() {
  remove "$libraries" "$real"
  [ "$(readlink "$destdir$libraries/$soname")" != "$real" ] || remove "$libraries" "$soname"
  printf '%s\n' "certpush $1 is there, and stays; of $version only $real was to be removed."
}

if [ $verb = uninstall ]; then
  header=$destdir$prefix/include/certpush.h there=$version
  [ "$needed" = certpush ] || [ ! -f "$header" ] || there=$(version_in "$header")
  if [ "$there" = "$version" ]; then everything; else remove_library_beside "$there"; fi
  exit
fi
for name in $needed; do
  [ -f "$target/$name" ] || fail "there is nothing to install in $target: make library builds it ($name is not there)"
done
for shell in bash zsh fish; do
  "$command" completions $shell >"$made/$shell"
done
for name in certpush.pc certpush-config.cmake certpush-config-version.cmake; do
  fill_in "$name"
done
# A full disk or an interrupt leaves what was there.
verb=copy
everything
verb=put
everything
verb=""
[ "$needed" = certpush ] || say_how_the_library_is_found
