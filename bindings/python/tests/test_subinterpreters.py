"""Sub-interpreters, which would share what must not be shared: refused, with what to do instead."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In each kind of sub-interpreter that this Python can make: mod_wsgi's have the GIL of the first.
PROGRAM = """
import sys
if "first" in sys.argv:
    import certpush

IMPORT = '''
try:
    import certpush
    print("imported")
except ImportError as error:
    print(error)
'''

def as_mod_wsgi():
    import _testcapi
    _testcapi.run_in_subinterp(IMPORT)

def made_by(name, *arguments, **keywords):
    module = __import__(name)
    made = module.create(*arguments, **keywords)
    module.run_string(made, IMPORT)
    module.destroy(made)

kinds = [
    as_mod_wsgi,
    lambda: made_by("_xxsubinterpreters"),
    lambda: made_by("_xxsubinterpreters", isolated=False),
    lambda: made_by("_interpreters", "legacy"),
    lambda: made_by("_interpreters", "isolated"),
]
tried = 0
for kind in kinds * 3:
    try:
        kind()
        tried += 1
    except (ImportError, AttributeError):
        pass  # Not of this Python.
sys.stdout.flush()
import certpush
assert tried, "this Python has no sub-interpreters"
try:
    certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32, retries=0).connect()
except certpush.ConnectError:
    print("used in the first", tried)
"""


@pytest.mark.parametrize("order", ["first", "last"])
def test_a_sub_interpreter_is_refused_with_what_to_do_instead(order: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, order],
        capture_output=True,
        text=True,
        check=False,
    )
    if "no sub-interpreters" in finished.stderr:
        pytest.skip("this Python has no way to make a sub-interpreter from Python")
    assert (finished.returncode, finished.stderr) == (0, "")
    *refusals, last = finished.stdout.splitlines()
    assert last == f"used in the first {len(refusals)}"
    for refusal in refusals:
        assert "only in the process's first one" in refusal
        assert "WSGIApplicationGroup %{GLOBAL}" in refusal
