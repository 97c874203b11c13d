#!/usr/bin/env bash
# Uses what `make dist` has built as somebody would who has nothing else:
#
#   try.sh DIST SIMULATOR [PART...]        unpacks the tarball and installs the wheel
#   try.sh --installed SIMULATOR PART...   takes what is installed on the system; PART is c, cpp, command or python
#
# Compiles the programs of README and docs/cpp.md and the examples, and pushes with all of them to the simulator. The
# part frozen, which is not tried unless it is asked for, does so with programs that PyInstaller and Nuitka make.
# Needs a C and a C++ compiler, pkg-config, and Python, for a wheel with venv, for Nuitka with patchelf.
# What pkg-config says is several words.
# shellcheck disable=SC2046
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
parts=("${@:3}")
if [ "$1" = --installed ]; then
  dist=""
else
  dist=$(realpath "$1")
  [ ${#parts[@]} -gt 0 ] || parts=(c cpp command python)
fi
simulator=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source-path=SCRIPTDIR source=checks.sh
. "$root/dist/checks.sh"

python=${PYTHON:-python3}
if [ -n "$dist" ]; then
  tar -xzf "$dist"/certpush-*-linux-*.tar.gz
  unpacked=$(echo "$work"/certpush-*)
  export PKG_CONFIG_PATH=$unpacked/lib/pkgconfig LD_LIBRARY_PATH=$unpacked/lib PATH=$unpacked/bin:$PATH
fi
libraries=$(pkg-config --variable=libdir certpush)

coproc simulated { "$simulator" --any-token --scenarios "$root/tests/c/scenarios.json" --ca-file ca.pem \
  --stop-on-stdin-eof; }
read -r ready <&"${simulated[0]}"
ready=${ready#*'"https":"'}
CERTPUSH_ENDPOINT=${ready%%'"'*}
install -m 600 "$root/tests/sim/src/default_token.txt" token
export CERTPUSH_ENDPOINT CERTPUSH_CA_FILE=$work/ca.pem CERTPUSH_TOKEN_FILE=$work/token


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

# page_code PAGE LANGUAGE: the first code of a page in a language, with its region
# and its token in place of those that are not here.
page_code() {
  awk -v fence="\`\`\`$2" '$0 == fence { on = 1; next } on && /^```$/ { exit } on' "$root/$1" |
    sed "s|\(region\"\{0,1\}[,=] *\)\"ap-southeast-1\"|\1\"$CERTPUSH_ENDPOINT\"|; s|region|endpoint|
      s|/run/secrets/token|$CERTPUSH_TOKEN_FILE|"
}
# pushes COMMAND...: the program of a page, and what it prints is that of a push.
pushes() {
  "$@" >pushed && cat pushed && grep 'scs1600313391074 was pushed to ELB\|^pushed, request .' pushed
}

readme_pushes() {
  page_code README.md c >hello.c
  ${CC:-cc} hello.c -o hello "$@" && pushes ./hello
}
c_pushes() {
  ${CC:-cc} "$root/bindings/c/examples/push.c" -o push-c $(pkg-config --cflags certpush) "$@" &&
    tells_apart "0 21 84" ./push-c
}
of_the_system=(-lutil -lrt -lpthread -lm -ldl)
try_c() {
  check "README's program pushes" readme_pushes $(pkg-config --cflags --libs certpush)
  check "a program in C pushes" c_pushes -L"$libraries" -lcertpush
  for mode in -pie -static -static-pie; do
    check "a program in C with certpush inside pushes, $mode" c_pushes $mode "$libraries/libcertpush.a" \
      "${of_the_system[@]}"
  done
}

page_pushes_in_cpp() {
  { page_code docs/cpp.md cpp && echo 'int main() { return push_certificate(); }'; } >page.cpp
  ${CXX:-c++} -std=c++17 page.cpp -o page $(pkg-config --cflags --libs certpush) &&
    pushes env SSL_CERT_FILE="$CERTPUSH_CA_FILE" ./page
}
cpp_pushes() {
  ${CXX:-c++} -std=c++17 "$root/bindings/cpp/examples/push.cpp" -o push-cpp \
    $(pkg-config --cflags --libs certpush) && tells_apart "0 21 84" ./push-cpp
}
try_cpp() {
  check "the program of C++'s page pushes" page_pushes_in_cpp
  check "a program in C++ pushes" cpp_pushes
}

try_command() {
  check "the command pushes" tells_apart "0 21 84" sh "$root/bindings/cli/example.sh"
}

installs_the_wheel() {
  "$python" -m venv python && python/bin/python -m pip install --no-index "$dist"/certpush-*.whl
}
page_pushes_in_python() {
  page_code docs/python.md python >page.py
  pushes env SSL_CERT_FILE="$CERTPUSH_CA_FILE" "$python" page.py
}
# They raise, or it is pushed.
readme_pushes_in_python() {
  page_code README.md python >hello.py
  grep 'certpush\.push(' hello.py && "$python" hello.py
}
packaged_command_pushes() {
  PATH=$work/python/bin:/usr/bin:/bin tells_apart "0 21 84" sh "$root/bindings/cli/example.sh"
}
asyncio_pushes() {
  "$python" - <<'PYTHON'
import asyncio
import certpush

async def push():
    async with certpush.AsyncClient(trust_env=True) as client:
        return await client.push("scs1600313391074", target_project="ap-southeast-3", target_service="ELB")

print(asyncio.run(push()))
PYTHON
}
ends_with_its_threads() {
  local ended_with=0
  "$python" - <<'PYTHON' || ended_with=$?
import sys, threading, time
import certpush

client = certpush.Client.from_env()

def push():
    while True:
        client.push("scs1600313391074", target_project="ap-southeast-3", target_service="ELB")

for _ in range(8):
    threading.Thread(target=push, daemon=True).start()
time.sleep(0.2)
sys.exit(7)
PYTHON
  [ $ended_with -eq 7 ]
}
try_python() {
  if [ -n "$dist" ]; then
    check "the wheel is installed" installs_the_wheel
    python=python/bin/python
    check "the wheel's command pushes" packaged_command_pushes
  fi
  check "README's lines of Python push" readme_pushes_in_python
  check "the lines of Python's page push" page_pushes_in_python
  check "Python pushes" tells_apart "0 1 1" "$python" "$root/bindings/python/examples/push.py"
  check "Python's asyncio pushes" asyncio_pushes
  check "a program of Python ends while daemon threads push" ends_with_its_threads
}

# Programs that bring Python and all modules with them.
makes_the_tools() {
  "$python" -m venv frozen && frozen/bin/python -m pip --quiet install -r "$root/dist/requirements-frozen.txt" &&
    frozen/bin/python -m pip install --no-index "$dist"/certpush-*.whl &&
    cp "$root/bindings/python/examples/push.py" "$root/dist/frozen.py" .
}
pyinstaller_makes() {
  frozen/bin/pyinstaller --onefile --log-level WARN --distpath pyinstaller "$1.py"
}
nuitka_makes() {
  frozen/bin/python -m nuitka --standalone --quiet --output-filename="$1" --output-dir=nuitka "$1.py"
}
# Elsewhere, with nothing of this environment.
alone() {
  env -i -C / CERTPUSH_ENDPOINT="$CERTPUSH_ENDPOINT" CERTPUSH_CA_FILE="$CERTPUSH_CA_FILE" \
    CERTPUSH_TOKEN_FILE="$CERTPUSH_TOKEN_FILE" "$@"
}
try_frozen() {
  check "the wheel is installed beside PyInstaller and Nuitka" makes_the_tools
  for program in push frozen; do
    check "PyInstaller makes a program of $program.py" pyinstaller_makes $program
    check "Nuitka makes a program of $program.py" nuitka_makes $program
  done
  check "PyInstaller's program pushes" tells_apart "0 1 1" alone "$work/pyinstaller/push"
  check "Nuitka's program pushes" tells_apart "0 1 1" alone "$work/nuitka/push.dist/push"
  check "all of the module works in PyInstaller's program" alone "$work/pyinstaller/frozen"
  check "all of the module works in Nuitka's program" alone "$work/nuitka/frozen.dist/frozen"
}

for part in "${parts[@]}"; do
  case $part in
    c | cpp | command | python | frozen) "try_$part" ;;
    *) echo "no such part: $part" >&2; exit 2 ;;
  esac
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
