"""The C ABI, called by languages that have nothing of ours but declarations, or not even those."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from programs import tool
from simulated_service import SimulatedService

RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
DESCRIPTION = json.loads((ROOT / "include/certpush.json").read_text(encoding="utf-8"))
LIBRARY = RELEASE / DESCRIPTION["library"]
CDEF = ROOT / "include/certpush.cdef"
CALLERS = Path(__file__).parent / "callers"
TARGET = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
MEMBERS = [field["name"] for field in DESCRIPTION["report_fields"]]


def perl() -> str:
    """Perl with the module that calls C."""
    found = tool("perl", "perl")
    if subprocess.run(
        [found, "-MFFI::Platypus", "-e1"], capture_output=True, check=False
    ).returncode:
        tool("FFI::Platypus", "libffi-platypus-perl")
    return found


def pushed_by(command: list[str | Path], *arguments: str | Path) -> dict[str, Any]:
    """What a program prints of its push, as JSON."""
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, "CERTPUSH_LIBRARY": str(LIBRARY)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def commands(caller: str) -> list[str | Path]:
    """How a caller of this folder is run, but for the options and the target."""
    if caller == "LuaJIT":
        return [tool("luajit", "luajit"), CALLERS / "push.lua", CDEF, LIBRARY]
    if caller == "PHP":
        php = tool("php", "php-cli")
        return [php, "-d", "ffi.enable=1", CALLERS / "push.php", CDEF, LIBRARY]
    program = "print Certpush->open(shift)->push(@ARGV)"
    return [perl(), f"-I{CALLERS}", "-MCertpush", "-e", program]


@pytest.mark.parametrize("caller", ["LuaJIT", "PHP", "Perl"])
class TestTwoCalls:
    """Open a client by a text of options, push, and read one text of JSON."""

    def test_a_push_tells_every_field(self, caller: str, service: SimulatedService) -> None:
        options = json.dumps(service.options())
        told = pushed_by(commands(caller), options, *TARGET)
        assert list(told) == MEMBERS
        assert (told["status"], told["http_status"], told["outcome_unknown"]) == (0, 204, False)
        assert (told["certificate_id"], told["target_project"], told["target_service"]) == TARGET
        assert service.has_been_pushed_to()

    def test_refused_options_tell_every_field(self, caller: str, service: SimulatedService) -> None:
        told = pushed_by(commands(caller), "no_such_option=1", *TARGET)
        assert list(told) == MEMBERS
        assert (told["status_name"], told["outcome_unknown"]) == ("CERTPUSH_INVALID_CONFIG", False)
        assert not service.received()


def test_perls_module_is_as_short_as_the_documentation_says() -> None:
    assert len((CALLERS / "Certpush.pm").read_text(encoding="utf-8").splitlines()) <= 15


@pytest.mark.timeout(600)
def test_perls_module_passes_the_whole_list(tmp_path: Path) -> None:
    runner = RELEASE.parent / "debug/certpush-conformance"
    # The runner gives drivers no variable of its own environment.
    driver = f"perl=env CERTPUSH_LIBRARY={LIBRARY} {perl()} {CALLERS / 'driver.pl'}"
    done = subprocess.run(
        [runner, "--driver", driver, "--lines", "perl", "--json", tmp_path / "results.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^perl +(\d+) +\1 +0 +0$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("caller", ["Perl", "ctypes"])
def test_ctrl_c_ends_a_push_at_once_and_tells_its_outcome(caller: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        port = silent.getsockname()[1]
        options = json.dumps({"endpoint": f"http://127.0.0.1:{port}", "token": "t" * 40})
        command: list[str | Path]
        if caller == "Perl":
            command = [perl(), CALLERS / "interrupted.pl", options, *TARGET]
        else:
            command = [sys.executable, CALLERS / "interrupted.py", LIBRARY, options, *TARGET]
        with subprocess.Popen(
            command,
            env={**os.environ, "CERTPUSH_LIBRARY": str(LIBRARY)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program:
            connection, _ = silent.accept()
            with connection:
                while b"\r\n\r\n{" not in connection.recv(100_000, socket.MSG_PEEK):
                    pass
                began = time.monotonic()
                program.send_signal(signal.SIGINT)
                output, _ = program.communicate(timeout=20)
                lasted = time.monotonic() - began
    told = json.loads(output.splitlines()[-1])
    assert told["status_name"] == "CERTPUSH_CANCELLED"
    assert told["outcome_unknown"]
    assert program.returncode != 0
    assert lasted < 0.2
