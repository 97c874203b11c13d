"""What every test may rely on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import certpush
import pytest

from environments import environment
from examples import ROOT
from simulated_service import SimulatedService, simulated_service

EXAMPLES = ROOT / "bindings" / "python" / "examples"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SimulatedService]:
    """A simulated service of which each push takes a little."""
    folder = tmp_path / "service"
    folder.mkdir()
    with simulated_service(folder, "--any-project", "--latency-ms=20") as service:
        yield service


@dataclass(frozen=True)
class Engine:
    """An engine that is installed, and the environment of what it runs."""

    programs: Path
    variables: dict[str, str]

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.programs / name)


def engine(
    name: str, requirement: str, service: SimulatedService, folder: Path, **variables: str
) -> Engine:
    """An engine whose programs find certpush, its options and the examples."""
    programs = environment(name, requirement)
    modules, journals = folder / "modules", folder / "journals"
    modules.mkdir()
    journals.mkdir()
    (modules / "certpush").symlink_to(Path(certpush.__file__).parent)
    options = {**service.options(), "retries": "0", "timeout_ms": "20000"}
    given = {f"CERTPUSH_{key.upper()}": value for key, value in options.items()}
    return Engine(
        programs,
        {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(map(str, (modules, EXAMPLES))),
            "JOURNALS": str(journals),
            **given,
            **variables,
        },
    )
