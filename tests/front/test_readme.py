"""What README prints is what works."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from examples import ROOT
from programs import free_port

README = (ROOT / "README.md").read_text()


def commands_of(block_with: str) -> list[str]:
    """The commands of the block that has this text."""
    blocks: list[str] = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (block,) = (block for block in blocks if block_with in block)
    return [line.removeprefix("$ ") for line in block.splitlines()]


def test_the_version_of_rust_is_the_one_that_cargo_demands() -> None:
    manifest = (ROOT / "Cargo.toml").read_text()
    demanded = re.search(r'^rust-version = "(.*)"$', manifest, re.MULTILINE)
    assert demanded
    assert f"with Rust {demanded[1]} or later" in README


def test_there_are_two_commands() -> None:
    commands = [command.split("#")[0].strip() for command in commands_of("make demo")]
    assert commands == ["make demo", "make test"]


def test_the_first_push_goes_through_as_printed(tmp_path: Path) -> None:
    lines = commands_of("certpush-sim")
    assert len(lines) == 3
    # As printed, but on a free port, and with what make may have built elsewhere.
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    script = re.sub(r"\btarget(?=/(debug|release)/)", target, "\n".join(lines))
    script = script.replace("8080", str(free_port()))
    done = subprocess.run(
        ["sh", "-ec", f"trap 'kill $!' EXIT\n{script}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "scs1600313391074 was pushed to ELB in ap-southeast-3" in done.stdout
