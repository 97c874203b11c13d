"""Errors that come back from a Celery worker, through a real Redis."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certpush
import pytest

from command import TOKEN
from environments import environment
from examples import CERTIFICATE_ID
from programs import ended, free_port, keep_logs, serving, tool
from recorder import Cutting, Failing, recorder

pytestmark = pytest.mark.timeout(300)  # Celery is installed once.

REQUIREMENT = "celery[redis]==5.7.0"
APPLICATION = Path(__file__).with_name("celery_push.py")


@dataclass(frozen=True)
class Application:
    """A running Redis and a worker."""

    python: Path
    variables: dict[str, str]

    def push(self, *endpoints: str) -> list[dict[str, Any]]:
        """What comes back of a push to each endpoint, plain and in other words."""
        done = subprocess.run(
            [self.python, APPLICATION, *endpoints],
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis for as long as the block lasts, that keeps nothing."""
    port = free_port()
    command = [tool("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with serving(command, port, folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(params=["json", "pickle"])
def application(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Application]:
    """A worker, with this serializer of results."""
    with redis(tmp_path) as url:
        python = environment("celery", REQUIREMENT) / "python"
        modules = tmp_path / "modules"
        modules.mkdir()
        (modules / "certpush").symlink_to(Path(certpush.__file__).parent)
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{modules}{os.pathsep}{APPLICATION.parent}",
            "REDIS_URL": url,
            "RESULT_SERIALIZER": request.param,
            "TOKEN": TOKEN,
            "C_FORCE_ROOT": "1",  # Else root's worker takes no pickles.
        }
        command = [str(python), "-m", "celery", "-A", "celery_push", "worker", "--concurrency=1"]
        with (tmp_path / "worker.log").open("wb") as output:
            worker = subprocess.Popen(
                [*command, "--pool=prefork", "--without-gossip", "--without-mingle"],
                cwd=tmp_path,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        with ended(worker):
            yield Application(python, variables)
    keep_logs(tmp_path, "celery")


def test_a_push_that_may_have_happened_comes_back_so(application: Application) -> None:
    with recorder(Cutting) as cutting, recorder(Failing) as failing:
        told = application.push(cutting.url, failing.url)
        assert [len(server.requests) for server in (cutting, failing)] == [2, 2]
    lost, lost_again, failed, failed_again = told
    for one, kind in ((lost, "ConnectionLost"), (failed, "ServerError")):
        assert one["class"] == f"certpush.{kind}"
        assert one["outcome_unknown"] is True
        assert one["outcome"] == "unknown"
        assert one["retryable"] is False
        assert one["attempts"] == 1
        assert one["certificate_id"] == CERTIFICATE_ID
    for one, again in ((lost, lost_again), (failed, failed_again)):
        assert again["class"] == one["class"]
        assert again["message"].endswith(one["message"].partition("push of ")[2])
        assert again["outcome_unknown"] is True
        assert again["retryable"] is False


def test_a_push_that_provably_did_not_happen_comes_back_so(application: Application) -> None:
    refused, refused_again = application.push(f"http://127.0.0.1:{free_port()}")
    assert refused["class"] == refused_again["class"] == "certpush.ConnectError"
    assert refused["outcome"] == refused_again["outcome"] == "not_pushed"
    assert (refused["retryable"], refused["attempts"], refused["phase"]) == (True, 1, "connect")
    # Raised anew without its fields, it is not known whether trying again may help.
    assert (refused_again["retryable"], refused_again["attempts"]) == (False, 0)
