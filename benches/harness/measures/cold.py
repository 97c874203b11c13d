"""What a program pays before its first answer: the start, the import, the trust store, TLS."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median

from ..clients import BARE, CERTPUSH_PYTHON, FLOOR, PYCURL, REQUESTS, SDK, Client, environment
from ..paths import BENCH_VENV, VENV
from ..peer import Peer
from ..prepare import Reasons
from ..results import Row, not_measured

BARE_PYTHON = "bare Python"
IMPORTS = {
    BARE_PYTHON: (Path(sys.prefix), "pass"),
    CERTPUSH_PYTHON.name: (VENV, "import certpush"),
    PYCURL.name: (BENCH_VENV, "import pycurl"),
    REQUESTS.name: (BENCH_VENV, "import requests"),
    SDK.name: (
        BENCH_VENV,
        "import huaweicloudsdkscm.v3, huaweicloudsdkcore.auth.credentials",
    ),
}
"""What a program imports to push, and where that is installed."""


def starts(
    peer: Peer, clients: list[Client], scheme: str, rounds: int
) -> dict[str, dict[str, float]]:
    """Milliseconds from the start of a process to the answer to its first push.

    The clients read the system's trust store; the floor only the test's authority.
    """
    environ = environment(peer) | peer.system_store()
    commands = {
        client.name: client.arguments(peer.endpoint(scheme), peer, None if client is FLOOR else "")
        for client in clients
    }
    told = medians({**BARE, **commands}, environ, rounds)
    bare_of = {client.name: client.bare for client in clients}
    return {
        name: {"ms": own, "ms_more_than_bare": own - told[bare_of.get(name, name)]}
        for name, own in told.items()
    }


def imports(peer: Peer, missing: Reasons, rounds: int) -> Row:
    """Milliseconds that a Python process takes that imports a module and ends."""
    commands = {
        name: [str(venv / "bin/python"), "-c", statement]
        for name, (venv, statement) in IMPORTS.items()
        if name not in missing
    }
    told = medians(commands, environment(peer), rounds)
    bare = told[BARE_PYTHON]
    measured = {name: {"ms": own, "ms_more_than_bare": own - bare} for name, own in told.items()}
    return {name: measured.get(name) or not_measured(missing[name]) for name in IMPORTS}


def medians(
    commands: dict[str, list[str]], environ: dict[str, str], rounds: int
) -> dict[str, float]:
    """The median time of each command; they take turns."""
    told: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            took = to_answer(command, environ)
            if turn > 0:  # the first fills the caches
                told[name].append(took)
    return {name: median(own) for name, own in told.items()}


def to_answer(command: list[str], environ: dict[str, str]) -> float:
    """Milliseconds until a process that is asked for one push has answered or ended."""
    request, ask = os.pipe()
    answer, tell = os.pipe()
    os.write(ask, b"push 1\n")
    os.close(ask)
    start = time.perf_counter()
    process = os.posix_spawn(
        command[0],
        command,
        environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, request, 0),
            (os.POSIX_SPAWN_DUP2, tell, 1),
        ],
    )
    os.close(tell)
    os.read(answer, 1)
    took = time.perf_counter() - start
    os.close(request)
    os.close(answer)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"{command} failed with {os.waitstatus_to_exitcode(status)}")
    return took * 1000
