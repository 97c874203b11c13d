"""What every test may rely on."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from examples import ROOT, TARGET
from programs import ended, tool
from simulated_service import SimulatedService, simulated_service

COMMAND = Path(os.environ.get("CERTPUSH_COMMAND", TARGET / "release/certpush"))
FUNCTIONS = ROOT / "bindings/shell/certpush.sh"


@pytest.fixture(scope="session")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedService]:
    """One certpush-sim for all tests."""
    with simulated_service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(running_service: SimulatedService) -> SimulatedService:
    """The simulated service, which has forgotten what other tests did."""
    running_service.forget()
    return running_service


@dataclass
class Shell:
    """A shell that has the functions, and the environment of a program that cron starts."""

    command: list[str]
    home: Path
    options: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Hardly any variables, and the options."""
        path = f"{self.home}:{COMMAND.parent}:/usr/bin:/bin"
        named = {f"CERTPUSH_{key.upper()}": value for key, value in self.options.items()}
        return {"HOME": str(self.home), "LOGNAME": "root", "PATH": path, "SHELL": "/bin/sh"} | named

    def run(
        self, script: str, stdin: bytes = b"", arguments: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a script to its end."""
        done = subprocess.run(
            [*self.command, "-c", self.with_functions(script), "script", *arguments],
            input=stdin,
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            timeout=50,
            check=False,
        )
        if "TRANSCRIPTS" in os.environ:
            with Path(os.environ["TRANSCRIPTS"], "shell.transcript").open("ab") as kept:
                kept.write(done.stdout + done.stderr)
        return done

    @contextmanager
    def running(self, script: str) -> Iterator[subprocess.Popen[bytes]]:
        """A script for as long as the block lasts, in a session of its own."""
        with (
            subprocess.Popen(
                [*self.command, "-c", self.with_functions(script)],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as process,
            ended(process),
        ):
            yield process

    @staticmethod
    def with_functions(script: str) -> str:
        """A script that has the functions."""
        return f". {shlex.quote(str(FUNCTIONS))}\n{script}"


@pytest.fixture(params=["dash", "bash --posix", "bash", "busybox sh"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A shell that has the functions."""
    name, *rest = request.param.split()
    return Shell([tool(name, name), *rest], tmp_path)


@dataclass
class Silent:
    """A service that takes requests and never answers."""

    listening: socket.socket

    @property
    def options(self) -> dict[str, str]:
        """The options of a push to it."""
        url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        return {"endpoint": url, "token": "t" * 40, "retries": "0"}

    def wait_for_request(self) -> socket.socket:
        """Returns when a whole request has come; its connection."""
        connection, _ = self.listening.accept()
        connection.settimeout(20)
        while b"\r\n\r\n{" not in connection.recv(100_000, socket.MSG_PEEK):
            pass
        return connection


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A service that never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(20)
        yield Silent(server)


def press_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    """What a terminal does: the whole group gets the signal."""
    os.killpg(process.pid, signal.SIGINT)
