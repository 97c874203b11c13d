"""What every test may rely on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from certificates import Authority
from simulated_service import SimulatedService, simulated_service


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


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the pushes trust."""
    return Authority(tmp_path_factory.mktemp("authority"))
