"""The example and the conformance driver, run as their users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from simulated_service import CERTIFICATE, TOKEN, UNKNOWN_TOKEN, SimulatedService

BINDING = Path(__file__).parents[1]
DRIVER = BINDING / "driver.py"
EXAMPLE = BINDING / "examples" / "push.py"


def run(program: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables added to the environment."""
    return subprocess.run(
        [sys.executable, str(program), *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("token", "status", "shown"),
    [
        (TOKEN, 0, ["status          0 OK", "outcome         it was pushed"]),
        (UNKNOWN_TOKEN, 1, ["status          21 UNAUTHORIZED", "it was not pushed", "APIGW.0301"]),
    ],
)
def test_the_example_says_what_happened(
    service: SimulatedService, token: str, status: int, shown: list[str]
) -> None:
    finished = run(
        EXAMPLE,
        CERTIFICATE,
        "ap-southeast-3",
        "ELB",
        CERTPUSH_ENDPOINT=service.https,
        CERTPUSH_CA_FILE=service.ca_file,
        CERTPUSH_TOKEN=token,
    )
    assert finished.returncode == status, finished.stderr
    assert [text for text in shown if text not in finished.stdout] == []


def test_the_example_tells_how_it_is_used() -> None:
    finished = run(EXAMPLE, CERTIFICATE)
    assert finished.returncode == 1
    assert "CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE" in finished.stderr


@pytest.mark.parametrize(
    ("certificate_id", "status", "outcome"),
    [(CERTIFICATE, 0, 204), ("scs160031339107%00", 1, 0), ("scs160031339107%FF", 1, 0)],
)
def test_the_driver_reports_in_one_line(
    service: SimulatedService, tmp_path: Path, certificate_id: str, status: int, outcome: int
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    arguments = [quote(text, safe="") for text in (service.https, str(token_file))]
    finished = run(
        DRIVER,
        *arguments,
        certificate_id,
        "ap%2Dsoutheast-3",
        "ELB",
        CERTPUSH_CA_FILE=service.ca_file,
    )
    assert finished.stderr == ""
    told: dict[str, Any] = json.loads(finished.stdout)
    assert (told["status"], told["http_status"]) == (status, outcome)
