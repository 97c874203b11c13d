"""The Makefile on machines that are not quite as README asks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples import ROOT

WANTED = "certpush is built with Rust 1.88 or later"


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs make as a user would, who is not in another make."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MAKE") and name not in {"MFLAGS", "CC", "CXX", "CARGO"}
    }
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environment | variables,
        text=True,
        capture_output=True,
        timeout=50,
        check=False,
    )


def program(path: Path, script: str) -> str:
    """A program that is a script."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "goal",
    ["library", "build", "programs", "test-rust", "wheel", "lint-rust", "dist", "dist-static"],
)
@pytest.mark.parametrize("version", ["1.65.0", "1.87.0", "0.66.0"])
def test_an_old_rust_is_told_in_words_before_anything_is_built(
    tmp_path: Path, goal: str, version: str
) -> None:
    cargo = program(
        tmp_path / "cargo",
        f'[ "$1" = --version ] || touch "$0.built"; echo "cargo {version} (abc 2022-01-01)"',
    )
    done = make(goal, f"CARGO={cargo}")
    assert done.returncode == 2
    assert f"{WANTED}: {cargo} is {version}." in done.stderr
    assert not (tmp_path / "cargo.built").exists()


@pytest.mark.parametrize("version", ["1.88.0", "1.100.0", "1.96.0-nightly", "2.0.0"])
def test_a_newer_rust_is_taken(tmp_path: Path, version: str) -> None:
    cargo = program(tmp_path / "cargo", f'echo "cargo {version} (abc 2022-01-01)"')
    done = make("rust", f"CARGO={cargo}")
    assert (done.returncode, done.stderr) == (0, "")


def test_no_rust_is_told_in_words() -> None:
    done = make("library", "CARGO=/nowhere/cargo")
    assert done.returncode == 2
    assert f"{WANTED}: /nowhere/cargo is not there." in done.stderr


@pytest.mark.parametrize(
    "name", ["My projects", "R&D", "a;b", "it's", "(1)", "a$b", "a#b", "a*", "a:b"]
)
def test_a_folder_that_make_or_its_shell_would_take_apart_is_refused(
    tmp_path: Path, name: str
) -> None:
    """`rm -rf` of a name with a blank removes what stands before the blank."""
    done = make("-n", "wheel", CARGO_TARGET_DIR=f"{tmp_path}/{name.replace('$', '$$')}/target")
    assert done.returncode == 2
    assert "rm -rf" not in done.stdout
    assert "certpush is built in a folder whose path has no blanks" in done.stderr


@pytest.mark.parametrize("name", ["plain", "a+b,c=d_e-f.g~@1", "\u8bc1\u4e66"])
def test_other_folders_are_taken(tmp_path: Path, name: str) -> None:
    done = make("-n", "wheel", CARGO_TARGET_DIR=f"{tmp_path}/{name}/target")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"rm -rf {tmp_path}/{name}/target/wheels\n" in done.stdout


def compilers(*arguments: str, **variables: str) -> tuple[str, str]:
    """The C and the C++ compiler that make would start."""
    commands = make("--dry-run", "programs", *arguments, **variables).stdout
    found = [
        re.search(rf"^\s*(\S+) -std={standard} ", commands, re.MULTILINE)
        for standard in ("c99", r"c\+\+17")
    ]
    c, cpp = (match[1] for match in found if match)
    return c, cpp


def test_compilers_are_the_machines_own_unless_one_is_named() -> None:
    assert compilers() == ("cc", "c++")
    assert compilers(CC="clang", CXX="clang++") == ("clang", "clang++")
    assert compilers("CC=tcc", "CXX=icpx") == ("tcc", "icpx")


def test_a_binding_is_found_by_its_folder() -> None:
    folders = {path.parent.name for path in ROOT.glob("bindings/*/binding.mk")}
    played = make("--dry-run", "conformance").stdout
    assert {"c", "cpp", "python", "rust", "cli"} <= folders
    # Where a toolchain is missing, its bindings are skipped.
    assert set(re.findall(r"--(?:driver|skipped) '(\w+)=", played)) == folders
    assert {"c", "cpp", "python", "rust", "cli"} <= set(re.findall(r"--driver '(\w+)=", played))


def test_a_binding_without_its_programs_is_skipped_by_name() -> None:
    done = make("--dry-run", "conformance", "c.needs=sh no-such-program")
    assert "--skipped 'c=no-such-program is not installed'" in done.stdout
    assert "--driver 'c=" not in done.stdout
    assert "bindings/c/driver.c" not in done.stdout


def test_a_binding_that_lacks_a_module_is_skipped_with_the_packages_that_have_it() -> None:
    done = make("--dry-run", "conformance", "c.lacks=Some::Module", "c.packages=libsome-perl more")
    assert "--skipped 'c=Some::Module is not installed (Debian: libsome-perl more)'" in done.stdout


def test_callers_are_found_by_their_folders_and_stand_in_the_table() -> None:
    folders = {
        path.parent.name
        for path in ROOT.glob("bindings/*/binding.mk")
        if ".caller := yes" in path.read_text()
    }
    played = make("--dry-run", "callers").stdout
    assert set(re.findall(r"--(?:driver|skipped) '(\w+)=", played)) == folders
    shown = (ROOT / "docs/callers.md").read_text()
    rows = re.findall(r"^\| \[.*\]\(\.\./bindings/(\w+)/README\.md\) \|", shown, re.MULTILINE)
    assert set(rows) == folders
    assert all((ROOT / "bindings" / name / "README.md").is_file() for name in rows)


def test_a_caller_without_its_toolchain_keeps_its_row(tmp_path: Path) -> None:
    page, results = tmp_path / "page.md", tmp_path / "results.json"
    marks = "before\n<!-- callers -->\n{}<!-- end of callers -->\nafter\n"
    there = "| [Perl](../bindings/perl/README.md) | Perl 5 | 1 | 2 | 2 | 0 | 3 |"
    page.write_text(marks.format(f"\n{there}\n| [Gone](../bindings/gone/README.md) | x |\n\n"))
    played = {"name": "s", "bindings": {"sh": {"verdict": "passed", "took_ms": 2600}}}
    found = {
        "failed": 0,
        "bindings": {"sh": {"passed": 1, "failed": 0, "cannot": 1}},
        "skipped": {"perl": "perl is not installed"},
        "scenarios": [played],
    }
    (tmp_path / "module.sh").write_text("# a comment\n\necho 1\n  echo 2\n")
    script = ROOT / "tests/conformance/callers.py"
    table: list[str | Path] = [sys.executable, script, results, page]
    caller: list[str | Path] = ["--caller", "sh", "Shell", "dash 0.5", tmp_path / "module.sh"]
    environment = {name: value for name, value in os.environ.items() if "CERTPUSH" not in name}
    for failed, status in ((0, 0), (1, 1)):
        before = page.read_text()
        results.write_text(json.dumps(found | {"failed": failed}))
        done = subprocess.run([*table, *caller], env=environment, capture_output=True, check=False)
        assert done.returncode == status, done.stderr
        if failed:
            assert page.read_text() == before
    rows = page.read_text().split("\n")[5:8]
    assert rows == [
        there,
        "| [Shell](../bindings/sh/README.md) | dash 0.5 | 2 | 2 | 1 | 1 | 3 |",
        "",
    ]
    required = environment | {"CERTPUSH_REQUIRE_TOOLS": "1"}
    results.write_text(json.dumps(found))
    assert subprocess.run([*table, *caller], env=required, check=False).returncode == 1


def test_what_takes_hours_of_a_binding_or_a_release_is_found() -> None:
    defined = {
        target
        for path in [*ROOT.glob("bindings/*/binding.mk"), ROOT / "dist/dist.mk"]
        for target in re.findall(r"^(release-check-\w+):", path.read_text(), re.MULTILINE)
    }
    # A line with $(MAKE) is run although nothing else is.
    done = make("--dry-run", "release-check", "MAKE=echo ran:")
    told = re.search(r"^ran: test-engines(.*)$", done.stdout, re.MULTILINE)
    assert told is not None, done.stdout + done.stderr
    assert defined == set(told[1].split()) >= {"release-check-cobol", "release-check-wheels"}


def test_all_python_is_linted() -> None:
    commands = make("--dry-run", "lint-python").stdout
    linted = set()
    for folder, files in re.findall(r"cd (\S+) && \S+ruff check ([^&]*)", commands):
        linted |= {(ROOT / folder / file).resolve() for file in files.split()}
    for files in re.findall(
        r"^\S+ruff check --config \S+ (.*)|^for \w+ in (.*?);", commands, re.MULTILINE
    ):
        linted |= {ROOT / file for file in " ".join(files).split()}
    for folder in ("benches", "bindings", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not linted.isdisjoint({path, *path.parents}), path


def test_an_old_python_is_told_in_words(tmp_path: Path) -> None:
    python = program(tmp_path / "python", "exit 1")
    done = make(
        f"{tmp_path}/target/venv/ready", f"PYTHON={python}", CARGO_TARGET_DIR=f"{tmp_path}/target"
    )
    assert done.returncode == 2
    assert f"certpush is built and tested with Python 3.10 or later: {python} is not" in done.stderr


@pytest.mark.parametrize("missing", ["libcertpush.so", "libcertpush.a", "certpush"])
def test_what_was_not_built_is_told_and_nothing_is_installed(tmp_path: Path, missing: str) -> None:
    release = tmp_path / "target/release"
    release.mkdir(parents=True)
    for name in {"libcertpush.so", "libcertpush.a", "certpush"} - {missing}:
        program(release / name, "exit 0")
    done = make("install", f"DESTDIR={tmp_path}/root", CARGO_TARGET_DIR=str(tmp_path / "target"))
    assert done.returncode == 2
    assert f"there is nothing to install in {release}: make library builds it" in done.stderr
    assert not (tmp_path / "root").exists()
