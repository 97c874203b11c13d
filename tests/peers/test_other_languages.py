"""The C ABI, called by languages that have nothing of ours but declarations, or not even those."""

from __future__ import annotations

import json
import os
import subprocess
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


def pushed_by(command: list[str | Path], *arguments: str | Path) -> dict[str, Any]:
    """What a program prints of its push, as JSON."""
    done = subprocess.run(
        [*command, *arguments],
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
    php = tool("php", "php-cli")
    return [php, "-d", "ffi.enable=1", CALLERS / "push.php", CDEF, LIBRARY]


@pytest.mark.parametrize("caller", ["LuaJIT", "PHP"])
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


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled by whatever cobc the machine has."""
    program = tmp_path_factory.mktemp("cobol") / "push"
    done = subprocess.run(
        [
            tool("cobc", "gnucobol3"),
            *("-x", "-Wall", "-fstatic-call", "-o", program, CALLERS / "push.cob"),
            *(f"-L{RELEASE}", "-lcertpush", "-Q", f"-Wl,-rpath,{RELEASE}"),
        ],
        cwd=program.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return program


class TestCobol:
    """Numbers of 32 bits and references alone."""

    @staticmethod
    def told_by(program: Path, service: SimulatedService, **changed: str) -> dict[str, str]:
        """What the program shows, by name."""
        options = service.options()
        push = {
            "PUSH_ENDPOINT": service.http,
            "PUSH_TOKEN_FILE": options["token_file"],
            "PUSH_ID": CERTIFICATE_ID,
            "PUSH_PROJECT": TARGET_PROJECT,
            "PUSH_SERVICE": TARGET_SERVICE,
        }
        done = subprocess.run(
            [program],
            env=push | changed,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    def test_a_push_tells_every_field(self, program: Path, service: SimulatedService) -> None:
        told = self.told_by(program, service)
        assert set(told) == {*MEMBERS, "returned", "unknown"}
        assert (int(told["returned"]), int(told["unknown"])) == (0, 0)
        assert (told["status"], told["status_name"]) == ("0", "CERTPUSH_OK")
        assert (told["http_status"], told["attempts"], told["retry_after_ms"]) == ("204", "1", "-1")
        assert (told["retryable"], told["outcome_unknown"]) == ("false", "false")
        assert told["certificate_id"] == CERTIFICATE_ID
        assert (told["target_project"], told["target_service"]) == (TARGET_PROJECT, TARGET_SERVICE)
        assert service.has_been_pushed_to()

    def test_a_refused_option_is_told(self, program: Path, service: SimulatedService) -> None:
        told = self.told_by(program, service, PUSH_ENDPOINT="ftp://x")
        assert (int(told["returned"]), told["status"]) == (2, "2")
        assert told["phase"] == "config"
        assert not service.received()

    def test_a_refused_id_is_told(self, program: Path, service: SimulatedService) -> None:
        told = self.told_by(program, service, PUSH_ID="scs-1")
        assert (int(told["returned"]), int(told["unknown"]), told["status"]) == (1, 0, "1")
        assert not service.received()
