"""What pages print, as commands to run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from examples import ROOT
from programs import free_port


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page, or of a part of it."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """The commands of a block."""
    return [line.removeprefix("$ ") for line in block.splitlines()]


def run(lines: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Runs commands as printed, but on a free port, and with what make may have built elsewhere."""
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    script = re.sub(r"\btarget(?=/)", target, "\n".join(lines))
    script = script.replace("8080", str(free_port()))
    return subprocess.run(
        ["sh", "-ec", f"trap 'kill $!' EXIT\n{script}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
