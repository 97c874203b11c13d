"""What one push costs in instructions and in system calls.

Each is counted for a few pushes and for more pushes: the difference has neither the start of the
process in it nor the first connection.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..clients import Client, environment
from ..peer import Peer
from ..tools import tool

FEW = 50

Counter = Callable[[list[str], dict[str, str], int], int]


def per_push(counter: Counter, client: Client, peer: Peer, scheme: str, pushes: int) -> float:
    """What `counter` counts for one push."""
    command = client.arguments(peer.endpoint(scheme), peer)
    few, many = (counter(command, environment(peer), count) for count in (FEW, FEW + pushes))
    return (many - few) / pushes


def instructions(command: list[str], environ: dict[str, str], pushes: int) -> int:
    """All instructions of a process in user space, by callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        callgrind = [tool("valgrind"), "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        done = run([*callgrind, *command], environ, pushes)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    assert collected, done.stderr
    return int(collected[1])


def system_calls(command: list[str], environ: dict[str, str], pushes: int) -> int:
    """All system calls of a process and its threads: the least of five counts.

    Session tickets that come late, and a machine that stalls, cost a read more now and then.
    """
    return min(_system_calls(command, environ, pushes) for _ in range(5))


def _system_calls(command: list[str], environ: dict[str, str], pushes: int) -> int:
    """One count, by strace."""
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder, "summary")
        run([tool("strace"), "-f", "-c", "-o", str(summary), *command], environ, pushes)
        total = re.search(
            r"^\s*100\.00\s+\S+\s+\d+\s+(\d+).*total$", summary.read_text(), re.MULTILINE
        )
    assert total
    return int(total[1])


def run(
    command: list[str], environ: dict[str, str], pushes: int
) -> subprocess.CompletedProcess[str]:
    """Runs a client for a number of pushes."""
    return subprocess.run(
        command,
        env=environ,
        input=f"push {pushes}\n",
        capture_output=True,
        text=True,
        check=True,
    )
