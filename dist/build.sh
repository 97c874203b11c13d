#!/usr/bin/env bash
# Builds for an old glibc, with zig as C compiler and linker: build.sh PART...
#
#   library    libcertpush.so and libcertpush.a
#   command    certpush
#   licenses   THIRD-PARTY-LICENSES, of what is inside these
#   static     certpush, linked with musl: it needs no file beside it, and Rust's sources are needed to build it
#   wheel      the Python package
#   sdist      its sources
#   simulator  certpush-sim, and tests/beside, for tests
#
# The environment says the rest, as dist.mk sets it: OUT, the folder for what is built; TARGET, cargo's; VENV, where
# requirements.txt is installed; ARCHITECTURE, such as x86_64; SOURCE_DATE_EPOCH. For another processor than this
# machine's it needs Rust's library for that, and gcc and binutils with names such as aarch64-linux-gnu-ld.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
triple=$ARCHITECTURE-unknown-linux-gnu
release=$TARGET/$triple/release
musl=$ARCHITECTURE-unknown-linux-musl
cc=${CC:-cc} tools=()
if [ "$ARCHITECTURE" != "$(uname -m)" ]; then
  cc=$ARCHITECTURE-linux-gnu-gcc
  for tool in ar ld nm objcopy; do
    tools+=("${tool^^}=$ARCHITECTURE-linux-gnu-$tool")
  done
fi

# A panic's message names the file that it comes from: no folder of this machine shall stand there, nor change a
# single byte of what is built.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
sysroot=$("${RUSTC:-rustc}" --print sysroot)
flags=()
# The last that fits is taken.
for folder in "$cargo_home=/cargo" "$sysroot/lib/rustlib/src/rust=/rust" "$root=/certpush" "$TARGET=/target"; do
  flags+=("--remap-path-prefix=$folder")
done
# A path may have blanks, which RUSTFLAGS cannot tell from what parts two flags.
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}")
for built in "$triple" "$musl"; do
  export "CFLAGS_${built//-/_}=-ffile-prefix-map=$cargo_home=/cargo"
done
export CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR=$TARGET
# Dependencies that ask for the time are built anew with each one, and only archives bear it.
export -n SOURCE_DATE_EPOCH

# The zig of requirements.txt, whatever else is on this machine. What it keeps is made below TARGET like all else.
PATH=$VENV/bin:$PATH
zig=$(python -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')/zig
export PATH CARGO_ZIGBUILD_ZIG_PATH=$zig CARGO_ZIGBUILD_CACHE_DIR=$TARGET/zig \
  ZIG_GLOBAL_CACHE_DIR=$TARGET/zig/global ZIG_LOCAL_CACHE_DIR=$TARGET/zig/local

# LLVM inlines what is marked `#[inline]` up to a cost of 325 even where a build shall be small, and nearly all of the
# standard library's generic code is marked so. 150 saves 40 KB of the library, and costs a push 1.5 % more
# instructions. The wheel is built for speed.
zigbuild() {
  CARGO_ENCODED_RUSTFLAGS+=$'\x1f-Cllvm-args=-inlinehint-threshold=150' \
    cargo-zigbuild "$1" --locked --release --target "$triple.2.17" "${@:2}"
}

# As `make library` does.
library() {
  zigbuild rustc -p certpush-c --lib -- -C lto=fat
  install -m 755 "$release/libcertpush.so" "$OUT"
  install -m 644 "$release/libcertpush.a" "$OUT"
  env "${tools[@]}" "$root/bindings/c/archive.sh" "$OUT/libcertpush.a"
}

command_() {
  zigbuild zigbuild -p certpush-cli
  install -m 755 "$release/certpush" "$OUT"
}

licenses() {
  python "$root/dist/licenses.py" certpush-c certpush-cli "$triple" "$OUT/THIRD-PARTY-LICENSES"
}

# Of zig are musl and the objects that a program starts with. Cargo can build Rust's library, too, when it is told that
# it may do what is not stable; crates ask for that, and would be built anew for the other parts, in the same folder.
static() {
  local -x CARGO_TARGET_DIR=$TARGET/musl
  RUSTC_BOOTSTRAP=1 cargo-zigbuild rustc --locked --release --target "$musl" -Z build-std=std,panic_unwind \
    -p certpush-cli --bin certpush -- -C link-self-contained=no
  install -m 755 "$CARGO_TARGET_DIR/$musl/release/certpush" "$OUT"
  python "$root/dist/licenses.py" certpush-cli "$musl" "$OUT/THIRD-PARTY-LICENSES"
}

# CPython up to 3.13 ends daemon threads by pthread_exit, which unwinds their stacks with libgcc_s: with another
# unwinder inside, as zig would put it there, they end in a segmentation fault.
wheel() {
  (cd "$root/bindings/python" && SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH maturin build --quiet --locked --zig \
    --target "$triple" --compatibility manylinux2014 --interpreter python --out "$OUT" \
    -- -C "link-arg=$("$cc" -print-file-name=libgcc_s.so.1)")
  local licenses=$TARGET/THIRD-PARTY-LICENSES
  python "$root/dist/licenses.py" certpush-python "$triple" "$licenses"
  python "$root/dist/wheel.py" "$root=/certpush" "$cargo_home=/cargo" -- "$licenses" "$OUT"/certpush-*.whl
}

sdist() {
  (cd "$root/bindings/python" && SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH maturin sdist --out "$OUT")
}

simulator() {
  zigbuild zigbuild -p certpush-sim -p certpush-beside
  install -m 755 "$release/certpush-sim" "$release/libbeside.a" "$OUT"
}

mkdir -p "$OUT"
for part in "$@"; do
  case $part in
    library | licenses | static | wheel | sdist | simulator) "$part" ;;
    command) command_ ;;
    *) echo "no such part: $part" >&2; exit 2 ;;
  esac
done
