"""Skipped tests are named, and only what they would have written may be missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import scan

from examples import ROOT
from skips import Skip, main, skips, told, what_is_wrong

RECORDED = ROOT / "tests/secrets/recorded.sh"
NGINX = "nginx is not installed (Debian package nginx-light)"


def suite(transcripts: Path, name: str, *command: object) -> None:
    """Runs a suite as the Makefile does."""
    subprocess.run(
        [RECORDED, name, *map(str, command)],
        cwd=transcripts,
        env=os.environ
        | {
            "TRANSCRIPTS": str(transcripts),
            "SUITE": name,
            "PYTHONPATH": os.pathsep.join((f"{ROOT}/tests/skips", f"{ROOT}/tests/peers")),
        },
        stdout=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(autouse=True)
def _tools_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CERTPUSH_REQUIRE_TOOLS", raising=False)


PYTEST = """
import pytest
from programs import tool

@pytest.fixture
def server():
    tool("no-such-server", "some-package")

@pytest.mark.parametrize("binding", ["C", "C++ [and more]"])
def test_a_server_is_needed(server, binding): pass

def test_a_library_is_needed(): pytest.importorskip("no_such_library")

@pytest.mark.skip(reason="not yet\\nwritten")
def test_something(): pass

def test_that_passes(): pass

@pytest.mark.xfail
def test_that_fails(): assert False
"""


def test_a_pytest_suite_names_what_it_skipped(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(PYTEST)
    (tmp_path / "test_module.py").write_text("import pytest; pytest.importorskip('no_such_module')")
    pytest_q = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "skip_recorder",
        "-p",
        "no:cacheprovider",
    )
    suite(tmp_path, "some", *pytest_q, "--rootdir", tmp_path, tmp_path)
    found = {test.rpartition("::")[2]: reason for _, test, reason in skips(tmp_path)}
    server = "no-such-server is not installed (Debian package some-package)"
    assert found.pop("test_module.py").startswith("could not import 'no_such_module'")
    assert found.pop("test_a_library_is_needed").startswith("could not import 'no_such_library'")
    assert found == {
        "test_a_server_is_needed[C]": server,
        "test_a_server_is_needed[C++ [and more]]": server,
        "test_something": "not yet written",
    }
    assert list(what_is_wrong(tmp_path)) == []
    assert told(tmp_path).splitlines()[0] == "5 tests were skipped:"
    assert f"  {server}\n    some: test_some.py::test_a_server_is_needed (2)\n" in told(tmp_path)


SHELL = """
. "$ROOT/tests/c/suite.sh"
passed=1
needs sh "the shell" && check "the shell is there" true
needs no-such-tool "a page" || echo "# nothing"
cd "$(dirname "$0")"
run program sh -c 'echo "# SKIPPED: a namespace: not for this user"; echo "1 passed, 0 failed"'
run_under_valgrind arguments
needs_standard no-compiler c++97 "the header in C++97" || echo "# nothing"
end
"""


def test_a_suite_in_c_names_what_it_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests/c").mkdir(parents=True)
    script = SHELL.replace("$ROOT", str(ROOT))
    (tmp_path / "bin").mkdir()
    for name in ("sh", "sed", "mkdir", "rm", "tee", "bash", "env", "dirname"):
        (tmp_path / "bin" / name).symlink_to(Path("/usr/bin", name).resolve())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    suite(tmp_path, "c", "sh", "-c", script, tmp_path / "tests/c/run.sh")
    assert skips(tmp_path) == [
        Skip("c", "a page", "no-such-tool is not installed"),
        Skip("c", "a namespace", "not for this user"),
        Skip("c", "arguments under valgrind", "valgrind is not installed"),
        Skip("c", "the header in C++97", "no-compiler does not know -std=c++97"),
    ]
    assert (tmp_path / "c.console").read_text().endswith("3 passed, 0 failed, 4 skipped\n")
    assert list(what_is_wrong(tmp_path)) == []


CONSOLES = {
    "test a ... ok\ntest result: ok. 1 passed; 0 failed; 0 ignored": None,
    "test a ... ignored, no net\ntest result: ok. 1 passed; 0 failed; 1 ignored": None,
    "test a ... ignored\ntest result: ok. 1 passed; 0 failed; 1 ignored": "no reason",
    "test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured": "skipped 2 tests and named 0",
    "105 passed in 3.21s": None,
    "105 passed, 3 skipped in 83.21s (0:01:23)": "skipped 3 tests and named 0",
    "== 1 skipped, 2 warnings in 0.1s ==": "skipped 1 tests and named 0",
    "7 passed, 0 failed, 2 skipped": "skipped 2 tests and named 0",
    "# SKIPPED: a: b is not installed\n7 passed, 0 failed": "skipped 0 tests and named 1",
    "# SKIPPED: a: \n7 passed, 0 failed, 1 skipped": "no reason",
}


@pytest.mark.parametrize("console", CONSOLES)
def test_what_a_suite_skipped_and_did_not_name_is_found(tmp_path: Path, console: str) -> None:
    (tmp_path / "some.console").write_text(f"3 skipped\n{console}\n")
    wrong, expected = " ".join(what_is_wrong(tmp_path)), CONSOLES[console]
    assert expected in wrong if expected else wrong == ""
    assert main(tmp_path) == (1 if expected else 0)


def test_no_test_may_be_skipped_where_all_must_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.console").write_text(
        "# SKIPPED: a: b is not there\n1 passed, 0 failed, 1 skipped\n"
    )
    assert main(tmp_path) == 0
    monkeypatch.setenv("CERTPUSH_REQUIRE_TOOLS", "1")
    assert main(tmp_path) == 1


def transcripts(folder: Path, *without: str, skipped: str = "", of: str = "peers") -> list[str]:
    """What the scan misses among full transcripts, without some and where some were skipped."""
    for name, marks in scan.EXPECTED.items():
        left = [mark for mark in marks if f"{name} {mark.decode()}" not in without]
        if left:
            (folder / name).write_bytes(b"\n".join(left))
    (folder / f"{of}.skipped").write_text(f"test_x.py::test_x\t{skipped}\n" if skipped else "")
    return list(scan.what_is_missing(folder, scan.expected(folder)))


SERVERS = ("peers.servers # nginx", "peers.servers # tinyproxy", "peers.servers # keystone")


def test_the_scan_demands_the_transcript_of_every_test_that_ran(tmp_path: Path) -> None:
    assert transcripts(tmp_path) == []
    (missing,) = transcripts(tmp_path, SERVERS[0])
    assert "has no '# nginx'" in missing


def test_the_scan_does_not_demand_what_was_skipped(tmp_path: Path) -> None:
    assert transcripts(tmp_path, SERVERS[0], skipped=NGINX) == []


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ("peers", "tinyproxy is not installed (Debian package tinyproxy)"),
        ("peers", "nginx-extras is not installed"),
        ("peers", "not today, as nginx is not installed"),
        ("python", NGINX),
    ],
)
def test_the_scan_demands_what_was_skipped_for_another_reason(
    tmp_path: Path, of: str, reason: str
) -> None:
    assert len(transcripts(tmp_path, SERVERS[0], skipped=reason, of=of)) == 1


def test_the_scan_demands_what_each_caller_printed_unless_it_was_skipped(tmp_path: Path) -> None:
    (caller, *_) = scan.CALLERS
    (missing,) = transcripts(tmp_path, f"{caller}.console \n")
    assert f"{caller}.console is missing" in missing
    console = tmp_path / "conformance.console"
    console.write_bytes(
        console.read_bytes() + f"\n# SKIPPED: the binding {caller}: x is not installed\n".encode()
    )
    assert list(scan.what_is_missing(tmp_path, scan.expected(tmp_path))) == []


def test_the_scan_demands_everything_where_all_tests_must_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTPUSH_REQUIRE_TOOLS", "1")
    assert len(transcripts(tmp_path, SERVERS[0], skipped=NGINX)) == 1


def test_a_file_that_nothing_could_write_may_be_missing(tmp_path: Path) -> None:
    reasons = (NGINX, "tinyproxy is not installed", "keystone==30.0.0 cannot be installed: no net")
    skipped = "\ntest_y.py::test_y\t".join(reasons)
    assert transcripts(tmp_path, *SERVERS, skipped=skipped) == []
    assert not (tmp_path / "peers.servers").exists()
    assert len(transcripts(tmp_path, *SERVERS, skipped="\ntest_y\t".join(reasons[:2]))) == 1
