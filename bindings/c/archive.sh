#!/bin/sh
# Makes of libcertpush.a, as rustc leaves it, an archive that can be linked beside anything.
#
# Usage: archive.sh ARCHIVE
#
# rustc's has a few hundred objects, with Rust's standard library and ring under their global names: two such
# archives cannot be in one program. Afterwards it has one object, which holds what certpush's functions need,
# and in which they alone are global. Code that LLVM could optimise once more is left out: another linker's LLVM
# may be too old to read it. NM, LD, OBJCOPY and AR are binutils' programs, for another processor theirs.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 ARCHIVE" >&2
  exit 2
fi
archive=$1
work=$(mktemp -d "$archive.XXXXXX")
trap 'rm -rf "$work"' EXIT

# It has a word for every object without symbols.
"${NM:-nm}" --extern-only --defined-only --format=posix "$archive" 2>/dev/null |
  sed -n 's/^\(certpush_[a-z0-9_]*\) T .*/\1/p' | sort -u >"$work/functions"
[ -s "$work/functions" ] || { echo "$archive has no function of certpush" >&2; exit 1; }
sed 's/^/--undefined=/' "$work/functions" >"$work/needed"

"${LD:-ld}" -r --gc-sections --force-group-allocation "@$work/needed" -o "$work/all.o" "$archive"
"${OBJCOPY:-objcopy}" --keep-global-symbols="$work/functions" --strip-debug \
  --remove-section='.llvm*' "$work/all.o" "$work/local.o"
# Names that are local now are of no use to anybody.
"${OBJCOPY:-objcopy}" --strip-unneeded "$work/local.o" "$work/certpush.o"
"${AR:-ar}" rcsD "$work/libcertpush.a" "$work/certpush.o"
# Not written into: cargo keeps what it has built under a second name.
mv "$work/libcertpush.a" "$archive"
