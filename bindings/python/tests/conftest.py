"""What every test may rely on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from push_service import PushService, push_service
from raw_server import RawServer, raw_server
from simulated_service import SimulatedService, start


def pytest_configure() -> None:
    """Take SIGINT, which Python ignores if it was started so: by nohup, or beside a shell.

    The programs that tests start take it as well then.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No option, no credential and no proxy of whoever runs the tests."""
    for name in os.environ:
        if name.startswith(("CERTPUSH_", "HUAWEICLOUD_", "HC_CONTAINER_")) or (
            name.lower().endswith("_proxy")
        ):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedService]:
    """One certpush-sim for all tests."""
    service, process = start(tmp_path_factory.mktemp("sim"))
    with process:
        yield service
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def service(running_service: SimulatedService) -> SimulatedService:
    """The simulated service, which has forgotten what other tests did."""
    running_service.forget()
    return running_service


@pytest.fixture
def raw() -> Iterator[RawServer]:
    """A server of one request that answers when the test says so."""
    with raw_server() as server:
        yield server


@pytest.fixture
def pushes() -> Iterator[PushService]:
    """A service of many pushes that answers when the test says so."""
    with push_service() as service:
        yield service
