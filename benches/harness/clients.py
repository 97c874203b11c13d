"""The clients, and how one is run and asked."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .paths import BENCH_VENV, BENCHES, BUILT, RELEASE, VENV
from .peer import Peer

SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Client:
    """A program that pushes as the harness asks."""

    name: str
    command: tuple[str, ...]
    bare: str = "bare C"
    """The program without any client that its cold start is compared with."""

    def arguments(self, endpoint: str, peer: Peer, ca_file: str | None = None) -> list[str]:
        """The command line; `ca_file` "" trusts what the client trusts by itself."""
        ca = str(peer.ca_file) if ca_file is None else ca_file
        return [*self.command, endpoint, ca, str(peer.token_file)]


def _python(name: str, venv: Path, script: str) -> Client:
    command = (str(venv / "bin/python"), str(BENCHES / "python" / script))
    return Client(name, command, bare="bare Python")


FLOOR = Client("C floor", (str(BUILT / "floor"),))
CERTPUSH_RUST = Client("certpush Rust", (str(RELEASE / "bench-certpush"),))
CERTPUSH_C = Client("certpush C", (str(BUILT / "certpush"),))
CERTPUSH_PYTHON = _python("certpush Python", VENV, "push_certpush.py")
REQWEST = Client("reqwest blocking", (str(RELEASE / "bench-reqwest"),))
LIBCURL = Client("libcurl", (str(BUILT / "curl"),))
PYCURL = _python("pycurl", BENCH_VENV, "push_pycurl.py")
REQUESTS = _python("requests", BENCH_VENV, "push_requests.py")
SDK = _python("official SDK", BENCH_VENV, "push_sdk.py")

CLIENTS = (
    FLOOR,
    CERTPUSH_RUST,
    CERTPUSH_C,
    CERTPUSH_PYTHON,
    REQWEST,
    LIBCURL,
    PYCURL,
    REQUESTS,
    SDK,
)
BARE = {
    "bare C": [str(BUILT / "bare")],
    "bare Python": [str(VENV / "bin/python"), str(BENCHES / "python" / "bare.py")],
}
"""Programs that answer without a push."""


def environment(peer: Peer) -> dict[str, str]:
    """A small environment, so that the machine's own is not measured."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(peer.folder),  # the official SDK writes there
        "LD_LIBRARY_PATH": str(RELEASE),  # where libcertpush.so is
    }


class Running:
    """A client that runs and waits for requests."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Takes over the process of a client."""
        self.process = process

    def ask(self, request: str) -> str:
        """Makes the client do something, and returns its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args!r} ended with {self.process.wait()}")
        return answer.rstrip("\n")

    def time(self, count: int) -> tuple[int, list[int]]:
        """The processor time of some pushes, and how long each took, in nanoseconds."""
        cpu, *took = map(int, self.ask(f"time {count}").split())
        return cpu, took


@contextmanager
def running(
    client: Client, peer: Peer, endpoint: str, ca_file: str | None = None, **more: str
) -> Iterator[Running]:
    """Runs a client while the block runs; `more` is put into its environment."""
    with subprocess.Popen(
        client.arguments(endpoint, peer, ca_file),
        env=environment(peer) | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Running(process)


@contextmanager
def all_running(clients: list[Client], peer: Peer, endpoint: str) -> Iterator[dict[str, Running]]:
    """Runs several clients at once, by name."""
    with ExitStack() as stack:
        yield {
            client.name: stack.enter_context(running(client, peer, endpoint)) for client in clients
        }
