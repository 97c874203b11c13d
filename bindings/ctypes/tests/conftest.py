"""What every test may rely on, and what is kept of all that they were told."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import certpush_ctypes as certpush
from simulated_service import SimulatedService, simulated_service

for name in list(os.environ):
    if name.startswith(("CERTPUSH_", "HUAWEICLOUD_")) and name != "CERTPUSH_REQUIRE_TOOLS":
        del os.environ[name]
os.environ["no_proxy"] = "*"


@pytest.fixture(autouse=True)
def _errors_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    if "TRANSCRIPTS" not in os.environ:
        return
    make = certpush.Error.__init__

    def kept(error: certpush.Error, *arguments: Any) -> None:
        make(error, *arguments)
        with Path(os.environ["TRANSCRIPTS"], "ctypes.transcript").open("a") as file:
            file.write(f"{error!s} {error!r}\n".encode("unicode_escape").decode())

    monkeypatch.setattr(certpush.Error, "__init__", kept)


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


@pytest.fixture
def client(service: SimulatedService) -> Iterator[certpush.Client]:
    """A client of it."""
    with certpush.Client(**service.options()) as client:
        yield client


@dataclass
class Silent:
    """A service that takes requests and never answers."""

    listening: socket.socket

    @property
    def options(self) -> dict[str, Any]:
        """The options of a client of it."""
        url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        return {"endpoint": url, "token": "t" * 40, "retries": 0}

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
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        server.settimeout(20)
        yield Silent(server)
