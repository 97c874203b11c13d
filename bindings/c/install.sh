#!/bin/sh
# Installs the libraries, the headers, their description for other languages, and what pkg-config
# and CMake read.
#
# Usage: install.sh PREFIX DESTDIR TARGETDIR
#   PREFIX     where certpush will be, such as /usr/local
#   DESTDIR    put before PREFIX when copying, for packages; may be ""
#   TARGETDIR  where cargo has built the libraries, such as target/release
# LIBDIR in the environment is the folder of the libraries below PREFIX, "lib" unless set.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: $0 PREFIX DESTDIR TARGETDIR" >&2
  exit 2
fi
prefix=$1 root=$2$1 target=$3 libdir=${LIBDIR:-lib}
here=$(cd "$(dirname "$0")" && pwd)
headers=$here/../../include
version=$(sed -n 's/^#define CERTPUSH_VERSION_STRING "\(.*\)"$/\1/p' "$headers/certpush.h")
soname=$(readelf -d "$target/libcertpush.so" | sed -n 's/.*SONAME.*\[\(.*\)\]$/\1/p')

fill_in() {
  sed -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$libdir|g" -e "s|@VERSION@|$version|g" \
    -e "s|@SONAME@|$soname|g" "$1" >"$2"
  chmod 644 "$2"
}

install -d "$root/include" "$root/$libdir/pkgconfig" "$root/$libdir/cmake/certpush" \
  "$root/share/certpush"
install -m 644 "$headers/certpush.h" "$headers/certpush.hpp" "$headers/certpush_format.hpp" \
  "$headers/certpush_stop_token.hpp" "$headers/certpush-ffi.h" "$root/include"
install -m 644 "$headers/certpush.cdef" "$headers/certpush.json" "$root/share/certpush"
install -m 755 "$target/libcertpush.so" "$root/$libdir/$soname"
ln -sf "$soname" "$root/$libdir/libcertpush.so"
install -m 644 "$target/libcertpush.a" "$root/$libdir"
fill_in "$here/certpush.pc.in" "$root/$libdir/pkgconfig/certpush.pc"
for file in certpush-config.cmake certpush-config-version.cmake; do
  fill_in "$here/$file.in" "$root/$libdir/cmake/certpush/$file"
done
