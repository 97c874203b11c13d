"""What README prints is what works."""

from __future__ import annotations

import re
from pathlib import Path

from printed import blocks, commands, run

from examples import ROOT

README = (ROOT / "README.md").read_text()


def commands_of(block_with: str) -> list[str]:
    """The commands of the block that has this text."""
    (block,) = (block for block in blocks(README, "console") if block_with in block)
    return commands(block)


def test_the_version_of_rust_is_the_one_that_cargo_demands() -> None:
    manifest = (ROOT / "Cargo.toml").read_text()
    demanded = re.search(r'^rust-version = "(.*)"$', manifest, re.MULTILINE)
    assert demanded
    assert f"with Rust {demanded[1]} or later" in README


def test_there_are_two_commands() -> None:
    told = [command.split("#")[0].strip() for command in commands_of("make demo")]
    assert told == ["make demo", "make test"]


def test_the_first_push_goes_through_as_printed(tmp_path: Path) -> None:
    lines = commands_of("certpush-sim")
    assert len(lines) == 3
    done = run(lines, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "scs1600313391074 was pushed to ELB in ap-southeast-3" in done.stdout


def test_what_is_installed_can_be_built() -> None:
    table = README[README.index("## Install, in one line") : README.index("## What can go wrong")]
    told = set(re.findall(r"\| `make ([a-z-]+)` \|", table))
    files = [ROOT / "Makefile", *ROOT.glob("*/*.mk"), *ROOT.glob("bindings/*/*.mk")]
    rules = "\n".join(path.read_text() for path in files)
    assert told == {target for target in told if re.search(rf"^{target}:", rules, re.MULTILINE)}
    assert len(told) == 4
