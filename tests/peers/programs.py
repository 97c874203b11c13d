"""Programs that the tests start: where they are, when they are ready, that they end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SEARCHED = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/lib/squid"]
)


def tool(name: str, package: str) -> str:
    """The path of a program. Without it the test is skipped, or fails where all must run."""
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        missing = f"{name} is not installed (Debian package {package})"
        if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def openssl(*arguments: object) -> str:
    """Runs the command openssl to its end; returns what it prints."""
    command = [tool("openssl", "openssl"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def free_port() -> int:
    """A port for a server that cannot be told to take a free one, or for none at all."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(command: list[str], port: int, output: Path, user: str | None = None) -> Iterator[None]:
    """A server for as long as the block lasts, which begins when it takes connections."""
    with output.open("wb") as file:
        server = subprocess.Popen(
            command,
            cwd=output.parent,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    with ended(server):
        wait_until_open(port, server, output)
        yield


def keep_logs(folder: Path, server: str) -> None:
    """Keeps what a server logged for the scan of all that any test was told."""
    if "TRANSCRIPTS" in os.environ:
        logs = [f"# {server}\n".encode() + log.read_bytes() for log in folder.glob("*.log")]
        with Path(os.environ["TRANSCRIPTS"], "peers.servers").open("ab") as kept:
            kept.writelines(logs)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends a process when the block does, however that is."""
    try:
        yield
    finally:
        process.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        finally:
            process.kill()
            process.wait()


def is_open(port: int) -> bool:
    """Whether anybody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_open(port: int, server: subprocess.Popen[bytes], output: Path) -> None:
    """Returns when the server takes connections."""
    give_up = time.monotonic() + 20
    while server.poll() is None and time.monotonic() < give_up:
        if is_open(port):
            return
        time.sleep(0.01)
    raise AssertionError(f"{server.args!r} takes no connections: {output.read_text()}")
