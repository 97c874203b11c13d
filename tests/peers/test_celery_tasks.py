"""examples/celery_tasks.py: retries, time limits and dead workers, through a real Redis."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certpush
import pytest

from celery_worker import Application, application
from examples import CERTIFICATE_ID
from simulated_service import SimulatedService

pytestmark = pytest.mark.timeout(300)  # Celery is installed once.

PUSH = [CERTIFICATE_ID, "ap-southeast-3", "ELB"]

CONFIGURED = """
import os
from celery_tasks import app
app.conf.update(
    result_serializer=os.environ["SERIALIZER"],
    result_accept_content=["json", "pickle"],
    broker_transport_options={
        "visibility_timeout": int(os.environ.get("VISIBLE_AGAIN_AFTER", "3600")),
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)
"""
# Calls a task and prints its id; or waits for one and prints what came of it.
PROGRAM = """
import json, sys
import celery_tasks, certpush, configured
from celery.result import AsyncResult
what, arguments, options = json.loads(sys.argv[1])
if what != "wait":
    task = celery_tasks.app.tasks[f"celery_tasks.{what}"]
    print(json.dumps(task.apply_async(arguments, **options).id))
else:
    told = AsyncResult(arguments[0]).get(timeout=60, propagate=False)
    if isinstance(told, BaseException):
        told = {
            "class": type(told).__name__,
            "outcome": certpush.outcome_of(told),
            "retryable": certpush.is_retryable(told),
            "message": str(told),
            "results": [result.to_dict() for result in getattr(told, "results", ())],
        }
    print(json.dumps(told))
"""


class Tasks:
    """The example's tasks, as a program calls them."""

    def __init__(self, app: Application, service: SimulatedService) -> None:
        self.app = app
        self.service = service

    def call(self, task: str, *arguments: Any, **options: Any) -> str:
        """Call a task; its id."""
        [id_] = self.app.run(PROGRAM, json.dumps([task, arguments, options]))
        return str(id_)

    def wait(self, id_: str) -> Any:
        """What came of a task."""
        [told] = self.app.run(PROGRAM, json.dumps(["wait", [id_], {}]))
        return told

    def received(self, count: int) -> list[dict[str, Any]]:
        """The requests that the service got, once there are so many."""
        give_up = time.monotonic() + 30
        while len(requests := self.service.received()) < count:
            assert time.monotonic() < give_up, requests
            time.sleep(0.01)
        return requests


@pytest.fixture
def tasks(
    request: pytest.FixtureRequest, tmp_path: Path, service: SimulatedService
) -> Iterator[Tasks]:
    """The example, without a worker yet."""
    journals, module = tmp_path / "journals", tmp_path / "configured.py"
    journals.mkdir()
    module.write_text(CONFIGURED)
    options = {**service.options(), "retries": "0", "timeout_ms": "20000"}
    variables = {f"CERTPUSH_{name.upper()}": value for name, value in options.items()}
    variables |= {"JOURNALS": str(journals), "SERIALIZER": getattr(request, "param", "json")}
    with application(module, tmp_path, **variables) as app:
        yield Tasks(app, service)


IN_JSON_AND_PICKLE = pytest.mark.parametrize("tasks", ["json", "pickle"], indirect=True)


def journal(tasks: Tasks) -> Path:
    """The journal of the push."""
    return Path(tasks.app.variables["JOURNALS"], "-".join(PUSH) + ".journal")


def process_that_works(worker: subprocess.Popen[bytes]) -> int:
    """The one process of a worker's pool."""
    [child] = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return int(child)


def test_a_push_gives_its_receipt_and_is_not_made_twice(tasks: Tasks) -> None:
    with tasks.app.worker():
        first = tasks.wait(tasks.call("push", *PUSH))
        again = tasks.wait(tasks.call("push", *PUSH))
    assert (first["status_name"], first["attempts"]) == ("CERTPUSH_OK", 1)
    assert (again["status_name"], again["attempts"]) == ("CERTPUSH_OK", 0)
    assert len(tasks.service.received()) == 1


def test_only_what_was_provably_not_pushed_is_tried_again(tasks: Tasks) -> None:
    throttled = {"status": 429, "headers": {"Retry-After": "0"}}
    tasks.service.answer_next(throttled, count=2)
    with tasks.app.worker():
        assert tasks.wait(tasks.call("push", *PUSH))["http_status"] == 204
        assert len(tasks.service.received()) == 3
        tasks.service.forget()
        tasks.service.answer_next({"status": 500}, pushed=True)
        failed = tasks.wait(tasks.call("push", CERTIFICATE_ID, "cn-north-4", "ELB"))
        assert (failed["class"], failed["outcome"]) == ("ServerError", "unknown")
        refused = tasks.wait(tasks.call("push", CERTIFICATE_ID, "no-such-1", "ELB"))
        assert (refused["class"], refused["outcome"]) == ("BadRequest", "not_pushed")
        unsettled = tasks.wait(tasks.call("push", CERTIFICATE_ID, "cn-north-4", "ELB"))
        assert (unsettled["class"], unsettled["outcome"]) == ("Unsettled", "unknown")
    assert len(tasks.service.received()) == 2


def test_what_is_throttled_for_good_comes_back_as_what_it_is(tasks: Tasks) -> None:
    tasks.service.answer_next({"status": 429, "headers": {"Retry-After": "0"}}, count=100)
    with tasks.app.worker():
        told = tasks.wait(tasks.call("push", *PUSH))
    assert (told["class"], told["outcome"], told["retryable"]) == ("Throttled", "not_pushed", True)
    assert len(tasks.service.received()) == 6


@IN_JSON_AND_PICKLE
def test_a_soft_time_limit_ends_the_push_and_its_outcome_comes_back(tasks: Tasks) -> None:
    tasks.service.answer_next({"steps": ["hold"]})
    with tasks.app.worker():
        told = tasks.wait(tasks.call("push", *PUSH, soft_time_limit=1))
    assert (told["class"], told["outcome"]) == ("Cancelled", "unknown")
    assert "interrupted while waiting for the answer" in told["message"]


@IN_JSON_AND_PICKLE
def test_a_list_comes_back_whole(tasks: Tasks) -> None:
    projects = ["cn-north-4", "no-such-1", "cn-north-7"]
    targets = [
        {"certificate_id": CERTIFICATE_ID, "target_project": project, "target_service": "WAF"}
        for project in projects
    ]
    with tasks.app.worker():
        told = tasks.wait(tasks.call("push_list", "a list", targets))
        outcomes = [(one["target_project"], one["status_name"]) for one in told["results"]]
        names = ["CERTPUSH_OK", "CERTPUSH_BAD_REQUEST", "CERTPUSH_OK"]
        assert told["class"] == "BatchIncomplete"
        assert outcomes == list(zip(projects, names))
        assert [result["index"] for result in told["results"]] == [0, 1, 2]
        del targets[1]
        complete = tasks.wait(tasks.call("push_list", "a list", targets))
    assert [(one["status"], one["attempts"]) for one in complete] == [(0, 0), (0, 0)]
    assert len(tasks.service.received()) == 3


@IN_JSON_AND_PICKLE
def test_a_soft_time_limit_ends_a_list_and_all_its_outcomes_come_back(tasks: Tasks) -> None:
    projects = ["cn-north-4", "cn-north-7"]
    targets = [
        {"certificate_id": CERTIFICATE_ID, "target_project": project, "target_service": "WAF"}
        for project in projects
    ]
    tasks.service.answer_next({"steps": ["hold"]})
    with tasks.app.worker():
        told = tasks.wait(tasks.call("push_list", "a list", targets, soft_time_limit=1))
    assert (told["class"], told["outcome"]) == ("BatchIncomplete", "unknown")
    outcomes = [(one["status_name"], one["outcome_unknown"]) for one in told["results"]]
    assert outcomes == [("CERTPUSH_CANCELLED", True), ("CERTPUSH_NOT_TRIED", False)]


def kill_process(worker: subprocess.Popen[bytes]) -> None:
    """The process that works dies; its worker starts another."""
    os.kill(process_that_works(worker), signal.SIGKILL)


def kill_worker(worker: subprocess.Popen[bytes]) -> None:
    """All of the worker dies, as when its machine does."""
    os.killpg(worker.pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_process, kill_worker])
def test_a_push_whose_worker_is_killed_is_unknown_neither_lost_nor_repeated(
    tasks: Tasks, kill: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    tasks.service.answer_next({"steps": ["hold"]}, pushed=True)
    with tasks.app.worker() as worker:
        id_ = tasks.call("push", *PUSH)
        tasks.received(1)
        kill(worker)
        # The first worker's process is replaced; a worker that is gone is missed after a while.
        with tasks.app.worker(VISIBLE_AGAIN_AFTER="2"):
            told = tasks.wait(id_)
            assert (told["class"], told["outcome"]) == ("Unsettled", "unknown")
            assert len(tasks.service.received()) == 1
            # Somebody looks on the target, and finds it.
            assert len(tasks.service.ask("pushed")) == 1
            certpush.settle(journal(tasks), *PUSH, pushed=True)
            assert tasks.wait(tasks.call("push", *PUSH))["attempts"] == 0
    assert len(tasks.service.received()) == 1


def test_the_same_push_is_not_made_by_two_workers_at_once(tasks: Tasks) -> None:
    tasks.service.answer_next({"steps": ["hold"]})
    with tasks.app.worker("--hostname=a@%h"), tasks.app.worker("--hostname=b@%h"):
        tasks.call("push", *PUSH)
        tasks.received(1)
        told = tasks.wait(tasks.call("push", *PUSH))
        assert (told["class"], told["outcome"]) == ("ConfigError", "not_pushed")
        assert "in use" in told["message"]
    assert len(tasks.service.received()) == 1
