#!/usr/bin/env bash
# Installs a Python package and runs Python's tests on it: pythons.sh [--only PYTHON] SIMULATOR PACKAGE
#
# With every Python from 3.9 to 3.15 that is in PATH or that pyenv has, each in a virtual environment of its own, and
# with pytest and the like at the newest versions that it takes. What mypy says of the stubs is a matter of mypy alone:
# `make test` asks it. PACKAGE is a wheel, or sources, which need cargo.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
all=()
if [ "$1" = --only ]; then
  all=("$2")
  shift 2
else
  for minor in {9..15}; do
    all+=("python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python)
  done
  all+=(python3 /usr/bin/python3)
fi
simulator=$(realpath "$1")
package=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Where it is, if it is one of these Pythons.
found() {
  "$1" -c '
import os, sys
if (3, 9) <= sys.version_info < (3, 16) and sys.implementation.name == "cpython":
    print(os.path.realpath(sys.executable))' 2>/dev/null || true
}

mapfile -t tools < <(sed -n '/^[^#]/s/==.*//p' "$root/bindings/python/requirements-dev.txt" | grep -Ev '^(maturin|mypy|ruff)$')
declare -A seen
failed=()
for name in "${all[@]}"; do
  python=$(found "$name")
  if [ -z "$python" ] || [ -n "${seen[$python]-}" ]; then
    continue
  fi
  seen[$python]=1
  version=$("$python" -c 'import platform; print(platform.python_version())')
  echo "== Python $version, $python"
  venv=$work/$version
  # Nothing but the package comes from here, and pip may build it in a folder that has nothing.
  if ! { "$python" -m venv "$venv" &&
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check install "$package" "${tools[@]}" &&
    (cd "$root/bindings/python" && CERTPUSH_SIM=$simulator \
      "$venv/bin/python" -m pytest -q -p no:cacheprovider --basetemp="$work/tests" tests); }; then
    failed+=("$version")
  fi
  rm -rf "$venv"
done

echo "${#seen[@]} Pythons, failed with ${#failed[@]}: ${failed[*]-}"
[ ${#seen[@]} -gt 0 ] && [ ${#failed[@]} -eq 0 ]
