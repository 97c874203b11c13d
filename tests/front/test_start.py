"""What the page on the first push prints is what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from printed import blocks, commands, run

from examples import ROOT

PAGE = (ROOT / "docs/start.md").read_text(encoding="utf-8")
BEGINNING, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
FIRST_PUSHES = {
    section.partition("\n")[0]: section
    for section in SECTIONS
    if not section.startswith(("Other languages", "The real service"))
}
BUILD, SIMULATOR = blocks(BEGINNING, "console")


def test_what_is_built_first_is_what_the_tests_have_built() -> None:
    assert commands(BUILD) == [
        "make library wheel",
        "cargo build -p certpush-sim -p certpush --bins --examples",
    ]


@pytest.mark.parametrize("language", FIRST_PUSHES)
def test_the_first_push_goes_through_as_printed(language: str, tmp_path: Path) -> None:
    (block,) = blocks(FIRST_PUSHES[language], "console")
    done = run(commands(SIMULATOR) + commands(block), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "scs1600313391074 was pushed to ELB in ap-southeast-3" in done.stdout


@pytest.mark.parametrize(
    ("replaced", "by", "status"),
    [
        ("ap-southeast-3", "no-such-project", 20),
        ("--http-port", "--latency-ms 60000 --http-port", 78),
    ],
)
def test_what_fails_does_so_as_the_page_says(
    replaced: str, by: str, status: int, tmp_path: Path
) -> None:
    (block,) = blocks(FIRST_PUSHES["The command"], "console")
    lines = [line.replace(replaced, by) for line in commands(SIMULATOR) + commands(block)]
    said = BEGINNING.partition("exit status is 0.")[2]
    assert f"`{by.removesuffix(' --http-port')}`" in said
    assert f": {status}" in said
    (variable,) = re.findall(r"`(CERTPUSH_TIMEOUT_MS=\d+)`", said)
    assert run([f"export {variable}", *lines], tmp_path).returncode == status


def test_the_examples_are_the_languages_of_the_page() -> None:
    assert set(FIRST_PUSHES) == {"The command", "C", "C++", "Python", "Rust"}
