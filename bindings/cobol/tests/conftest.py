"""What every test may rely on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler import Compiler
from programs import tool
from simulated_service import SimulatedService, simulated_service


def pytest_configure() -> None:
    """Take SIGINT, which programs ignore if whoever starts them does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No option, no credential and no proxy of whoever runs the tests."""
    for name in os.environ:
        if name.startswith(("CERTPUSH_", "HUAWEICLOUD_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


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
def compiler(tmp_path: Path) -> Compiler:
    """The compiler, and a folder of the test's own for what it makes."""
    return Compiler(tool("cobc", "gnucobol3"), tmp_path)
