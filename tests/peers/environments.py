"""Python environments with packages that nobody wants beside the tests' own."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pytest

from examples import ROOT

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def environment(name: str, requirement: str) -> Path:
    """The `bin` folder of an environment with a package from PyPI, which is made once.

    If it cannot be installed the test is skipped, or fails where all must run.
    """
    folder = TARGET / "peers" / name
    programs, ready = folder / "bin", folder / "ready"
    if not ready.exists() or ready.read_text() != requirement:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(programs / "python"), "-m", "pip", "install", "--quiet", requirement]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            why = done.stderr.strip().rpartition("\n")[2]
            missing = f"{requirement} cannot be installed: {why}"
            if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
                pytest.fail(missing)
            pytest.skip(missing)
        ready.write_text(requirement)
    return programs
