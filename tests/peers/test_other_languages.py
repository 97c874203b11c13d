"""The C ABI, called by languages that have nothing of ours but declarations, or not even those."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

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


def luajit() -> list[str | Path]:
    """How LuaJIT's program is run, but for the options and the target."""
    return [tool("luajit", "luajit"), CALLERS / "push.lua", CDEF, LIBRARY]


class TestTwoCalls:
    """Open a client by a text of options, push, and read one text of JSON."""

    def test_a_push_tells_every_field(self, service: SimulatedService) -> None:
        options = json.dumps(service.options())
        told = pushed_by(luajit(), options, *TARGET)
        assert list(told) == MEMBERS
        assert (told["status"], told["http_status"], told["outcome_unknown"]) == (0, 204, False)
        assert (told["certificate_id"], told["target_project"], told["target_service"]) == TARGET
        assert service.has_been_pushed_to()

    def test_refused_options_tell_every_field(self, service: SimulatedService) -> None:
        told = pushed_by(luajit(), "no_such_option=1", *TARGET)
        assert list(told) == MEMBERS
        assert (told["status_name"], told["outcome_unknown"]) == ("CERTPUSH_INVALID_CONFIG", False)
        assert not service.received()
