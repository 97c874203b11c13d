"""The command that the package brings is that of bindings/cli, which has tests of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest

from raw_server import RawServer
from simulated_service import CERTIFICATE, TOKEN, UNKNOWN_TOKEN, SimulatedService

TARGET = (CERTIFICATE, "ap-southeast-3", "ELB")
MODULE = [sys.executable, "-m", "certpush"]
SCRIPT = [str(Path(sysconfig.get_path("scripts")) / "certpush")]


def run(command: list[str], *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command with these variables added to the environment."""
    return subprocess.run(
        [*command, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [MODULE, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize(("token", "status"), [(TOKEN, 0), (UNKNOWN_TOKEN, 21)])
def test_a_push_has_the_commands_output_and_exit_status(
    service: SimulatedService, command: list[str], token: str, status: int
) -> None:
    variables = {"CERTPUSH_ENDPOINT": service.http, "CERTPUSH_TOKEN": token}
    done = run(command, "push", *TARGET, "--json", **variables)
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], done.stderr) == (status, status, "")
    assert told["outcome_unknown"] is False


def test_its_name_is_certpush_however_it_was_started() -> None:
    assert run(MODULE, "--version").stdout == f"certpush {version('certpush')}\n"
    assert "Usage: certpush push" in run(MODULE, "push", "--help").stdout
    refused = run(MODULE, "push-all")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "certpush push-all takes FILE" in refused.stderr


def test_an_argument_that_is_no_text_is_refused_as_it_is_by_the_command() -> None:
    arguments: list[str | bytes] = [*MODULE, "push", b"\xff", "ap-southeast-3", "ELB", "--json"]
    done = subprocess.run(arguments, capture_output=True, check=False)
    told = json.loads(done.stdout)
    assert told["status_name"] == "CERTPUSH_INVALID_ARGUMENT"
    assert done.returncode == told["status"]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_push_which_tells_what_became_of_it(
    raw: RawServer, ending: signal.Signals
) -> None:
    with subprocess.Popen(
        [*MODULE, "push", *TARGET, "--json"],
        env={**os.environ, "CERTPUSH_ENDPOINT": raw.endpoint, "CERTPUSH_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert raw.received.wait(20)
        running.send_signal(ending)
        stdout, stderr = running.communicate(timeout=30)
    told = json.loads(stdout)
    assert told["status_name"] == "CERTPUSH_CANCELLED"
    assert told["outcome_unknown"] is True
    assert running.returncode == told["status"] + 64
    assert "Traceback" not in stderr


def test_ctrl_c_before_anything_is_sent_ends_it_as_it_ends_any_command() -> None:
    with subprocess.Popen(
        [*MODULE, "push-all", "-"],
        env={**os.environ, "CERTPUSH_REGION": "ap-southeast-1", "CERTPUSH_TOKEN": TOKEN},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        # It takes what a pipe holds, and more, once it reads.
        running.stdin.write("x" * 1_000_000)
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        stderr = running.communicate(timeout=30)[1]
    assert running.returncode == -signal.SIGINT
    assert "Traceback" not in stderr
