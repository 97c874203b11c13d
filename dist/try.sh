#!/usr/bin/env bash
# Uses what `make dist` has built as somebody would who has nothing else: try.sh DIST SIMULATOR
#
# Unpacks the tarball, compiles README's program and the examples against it, installs the wheel, and pushes with all
# of them to the simulator. Needs a C and a C++ compiler, pkg-config, and Python with venv.
# What pkg-config says is several words.
# shellcheck disable=SC2046
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
dist=$(realpath "$1")
simulator=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0 failed=0

tar -xzf "$dist"/certpush-*-linux-*.tar.gz
unpacked=$(echo "$work"/certpush-*)
export PKG_CONFIG_PATH=$unpacked/lib/pkgconfig LD_LIBRARY_PATH=$unpacked/lib

coproc simulated { "$simulator" --any-token --scenarios "$root/tests/c/scenarios.json" --ca-file ca.pem \
  --stop-on-stdin-eof; }
read -r ready <&"${simulated[0]}"
ready=${ready#*'"https":"'}
CERTPUSH_ENDPOINT=${ready%%'"'*}
install -m 600 "$root/tests/sim/src/default_token.txt" token
export CERTPUSH_ENDPOINT CERTPUSH_CA_FILE=$work/ca.pem CERTPUSH_TOKEN_FILE=$work/token

check() {
  if "${@:2}" >output 2>&1; then
    passed=$((passed + 1))
    echo "ok - $1"
  else
    failed=$((failed + 1))
    echo "not ok - $1"
    sed 's/^/# /' output
  fi
}

# A program that tells success, refusal and doubt apart: its exit statuses for the three, and the program.
tells_apart() {
  local wanted=$1 id status=() ended
  for id in scs1600313391074 scs8000000000002 scs8000000000004; do
    ended=0
    "${@:2}" $id ap-southeast-3 ELB || ended=$?
    status+=("$ended")
  done
  echo "exit statuses: ${status[*]}"
  [ "${status[*]}" = "$wanted" ]
}

readme_pushes() {
  awk '/^```c$/ { c = 1; next } /^```$/ { c = 0 } c' "$root/README.md" >hello.c
  ${CC:-cc} hello.c -o hello $(pkg-config --cflags --libs certpush) && ./hello | tee hello.out &&
    grep -q 'scs1600313391074 was pushed to ELB' hello.out
}
check "README's program pushes" readme_pushes

c_pushes() {
  ${CC:-cc} "$root/bindings/c/examples/push.c" -o push-c $(pkg-config --cflags certpush) "$@" &&
    tells_apart "0 21 84" ./push-c
}
of_the_system=(-lutil -lrt -lpthread -lm -ldl)
check "a program in C pushes" c_pushes -L"$unpacked/lib" -lcertpush
for mode in -pie -static -static-pie; do
  check "a program in C with certpush inside pushes, $mode" c_pushes $mode "$unpacked/lib/libcertpush.a" \
    "${of_the_system[@]}"
done

cpp_pushes() {
  ${CXX:-c++} -std=c++17 "$root/bindings/cpp/examples/push.cpp" -o push-cpp \
    $(pkg-config --cflags --libs certpush) && tells_apart "0 21 84" ./push-cpp
}
check "a program in C++ pushes" cpp_pushes

export PATH=$unpacked/bin:$PATH
check "the command pushes" tells_apart "0 21 84" sh "$root/bindings/cli/example.sh"

python_pushes() {
  ${PYTHON:-python3} -m venv python && python/bin/python -m pip install --no-index "$dist"/certpush-*.whl &&
    tells_apart "0 1 1" python/bin/python "$root/bindings/python/examples/push.py"
}
check "Python pushes" python_pushes
packaged_command_pushes() {
  PATH=$work/python/bin:/usr/bin:/bin tells_apart "0 21 84" sh "$root/bindings/cli/example.sh"
}
check "Python's command pushes" packaged_command_pushes
asyncio_pushes() {
  python/bin/python - <<'PYTHON'
import asyncio
import certpush

async def push():
    async with certpush.AsyncClient(trust_env=True) as client:
        return await client.push("scs1600313391074", target_project="ap-southeast-3", target_service="ELB")

print(asyncio.run(push()))
PYTHON
}
check "Python's asyncio pushes" asyncio_pushes

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
