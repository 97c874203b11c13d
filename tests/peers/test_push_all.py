"""`certpush push-all` on a terminal, and its objects through jq: what docs/command.md prints."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from command import TOKEN, program
from examples import ROOT, simulator
from programs import ended, tool

PAGE = (ROOT / "docs/command.md").read_text()
SILENT = "scs1590053258704"


@dataclass(frozen=True)
class Shell:
    """A folder with the page's list, and what its commands need."""

    folder: Path
    environment: dict[str, str]

    def on_a_terminal(self, command: str) -> str:
        """What a command prints on a terminal, as it is written there."""
        own, other = terminal()
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)
        shown = b""
        with process, ended(process), open(own, "rb", buffering=0) as screen:
            # Linux tells with EIO that nobody writes any more.
            with suppress(OSError):
                while part := screen.read(65536):
                    shown += part
            process.wait()
        return shown.decode().replace("\r\n", "\n")

    def run(self, command: str) -> str:
        """What a command prints on standard output, and on no terminal."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout


def terminal() -> tuple[int, int]:
    """Both sides of a new one. Without, the test is skipped, or fails where all must run."""
    try:
        return pty.openpty()
    except OSError as error:
        missing = f"pty: there is no terminal to be had ({error}); is /dev/pts mounted?"
        if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell that finds the command, before a service that one certificate gets no answer from."""
    scenarios = {"scenarios": [{"certificate_id": SILENT, "answer": {"steps": ["hold"]}}]}
    (tmp_path / "scenarios.json").write_text(json.dumps(scenarios))
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    files: list[str | Path] = [
        "--scenarios",
        tmp_path / "scenarios.json",
        "--token-file",
        tmp_path / "token",
    ]
    process = subprocess.Popen(
        [*simulator(), "--stop-on-stdin-eof", *files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process, ended(process):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "targets.csv").write_text(list_of_the_page())
        environment = {
            "PATH": f"{Path(program()).resolve().parent}:/usr/bin:/bin",
            "TERM": "xterm",
            "CERTPUSH_ENDPOINT": ready["http"],
            "CERTPUSH_TOKEN_FILE": str(tmp_path / "token"),
            "CERTPUSH_TIMEOUT_MS": "700",
        }
        yield Shell(folder, environment)


def session(word: str) -> list[tuple[str, str]]:
    """The commands of the block of the page with this word, each with what it prints."""
    blocks: list[str] = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (block,) = (block for block in blocks if word in block)
    commands = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    parted = (command.partition("\n") for command in commands)
    return [(command, printed) for command, _, printed in parted]


def list_of_the_page() -> str:
    """The list that the page's session begins with."""
    command, printed = session("cat targets.csv")[0]
    assert command == "cat targets.csv"
    return printed


def lasting(text: str) -> list[str]:
    """The lines that stay on a terminal, without what is another at each run."""
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in shown.split("\n")]
    changing = {
        r" \(request_id \w+\)": "",
        r"after \d+ ms": "after N ms",
        r"not tried; .* s$": "not tried; N s",
    }
    for pattern, same in changing.items():
        lines = [re.sub(pattern, same, line) for line in lines]
    return [line for line in lines if line and not line.startswith("[")]


def test_the_pages_session_is_what_a_terminal_shows(shell: Shell) -> None:
    status = ""
    for command, printed in session("cat targets.csv"):
        if command == "echo $?":
            assert status == printed
            continue
        shown = shell.on_a_terminal(f"{command}; echo $? >status")
        status = (shell.folder / "status").read_text()
        assert lasting(shown) == lasting(printed), command


def test_a_bar_tells_how_far_the_run_has_come(shell: Shell) -> None:
    shown = shell.on_a_terminal("certpush push-all targets.csv")
    assert "] 4/5, 1 failed; " in shown
    assert "was pushed to" not in shown
    for quieter in ["-q", "--json"]:
        shown = shell.on_a_terminal(f"certpush push-all {quieter} --no-journal targets.csv")
        assert "] " not in shown.replace('"] ', "")
    dumb = shell.on_a_terminal("TERM=dumb certpush push-all --no-journal targets.csv")
    assert "\x1b" not in dumb
    assert "line 2: scs1600313391074 was pushed to ELB in ap-southeast-3" in dumb


def test_what_goes_elsewhere_is_told_beside_the_bar(shell: Shell) -> None:
    shown = shell.on_a_terminal("certpush push-all targets.csv >pushed")
    assert "] 4/5, 1 failed; " in shown
    pushed = (shell.folder / "pushed").read_text()
    assert len(re.findall(r"^line \d: .* was pushed to ", pushed, re.MULTILINE)) == 3


def test_jq_takes_what_the_page_lets_it_take(shell: Shell) -> None:
    tool("jq", "jq")
    for command, printed in [*session("| @tsv'\n3"), *session("report.jsonl")]:
        lines = shell.run(command).splitlines()
        assert sorted(lines) == sorted(printed.splitlines()), command


def test_what_jq_leaves_is_a_list(shell: Shell) -> None:
    tool("jq", "jq")
    (make, _), (take, printed) = session("report.jsonl")
    shell.run(make)
    shell.run(f"{take} | sed s/ap-southest-1/ap-southeast-1/ >rest.jsonl")
    assert len(printed.splitlines()) == 1
    told = shell.run("certpush push-all rest.jsonl 2>new")
    assert "\n1 target: 1 pushed, " in told
    assert (shell.folder / "new").read_text() == "certpush: journal rest.jsonl.journal is new\n"
