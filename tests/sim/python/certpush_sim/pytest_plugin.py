"""The fixtures, which pytest finds by itself once the package is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ._simulator import Simulator, start


@pytest.fixture(scope="session")
def certpush_sim_options() -> list[str]:
    """Options of the program certpush-sim: a fixture of this name in conftest.py gives others."""
    return []


@pytest.fixture(scope="session")
def _running_certpush_sim(certpush_sim_options: list[str]) -> Iterator[Simulator]:
    with start(*certpush_sim_options) as simulator:
        yield simulator


@pytest.fixture
def certpush_sim(_running_certpush_sim: Simulator) -> Simulator:
    """A simulated service to which nothing has been pushed yet.

    One program serves all tests of a session, and forgets before each what was before.
    """
    _running_certpush_sim.reset()
    return _running_certpush_sim
