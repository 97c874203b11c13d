"""examples/ansible/library/certpush_push.py in playbooks, run by ansible-playbook."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certpush
import pytest

from conftest import EXAMPLES, engine
from examples import CERTIFICATE_ID
from simulated_service import SimulatedService

REQUIREMENT = "ansible-core>=2.19,<2.20"  # The last for Python 3.11.

Play = Callable[..., dict[str, Any]]


@pytest.fixture
def play(service: SimulatedService, tmp_path: Path) -> Play:
    """Runs the module once, with these arguments and keywords of the task; what it returned."""
    ansible = engine("ansible", REQUIREMENT, service, tmp_path)
    variables = {
        **ansible.variables,
        "ANSIBLE_LIBRARY": str(EXAMPLES / "ansible" / "library"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "LC_ALL": "C.UTF-8",
    }

    def played(
        *options: str, task: dict[str, Any] | None = None, **arguments: Any
    ) -> dict[str, Any]:
        target = {"certificate_id": CERTIFICATE_ID, "target_project": "p", "target_service": "ELB"}
        results = tmp_path / "result.json"
        results.unlink(missing_ok=True)
        push = {
            "certpush_push": {**target, **arguments},
            "register": "pushed",
            "ignore_errors": True,
            **(task or {}),
        }
        tell = {
            "copy": {"content": "{{ pushed | to_json }}", "dest": str(results)},
            "check_mode": False,
        }
        book = tmp_path / "playbook.json"
        tasks = [push, tell]
        book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        done = subprocess.run(
            [ansible.program("ansible-playbook"), *options, str(book)],
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert service.token_file.read_text() not in done.stdout + done.stderr
        told: dict[str, Any] = json.loads(results.read_text())
        return told

    return played


def test_a_push_changes_something_once(
    play: Play, service: SimulatedService, tmp_path: Path
) -> None:
    journal = str(tmp_path / "journals" / "p.journal")
    first = play(journal=journal)
    assert (first["changed"], first["outcome"]) == (True, "pushed")
    assert first["report"]["http_status"] == 204
    assert first["report"]["request_id"] == service.ask("pushed")[0]["request_id"]
    again = play(journal=journal)
    assert (again["changed"], again["outcome"], again["report"]["attempts"]) == (False, "pushed", 0)
    assert len(service.received()) == 1


def test_check_mode_sends_nothing_and_leaves_no_journal(
    play: Play, service: SimulatedService, tmp_path: Path
) -> None:
    journal = tmp_path / "journals" / "p.journal"
    told = play("--check", journal=str(journal))
    assert (told["changed"], told["outcome"]) == (True, "not_pushed")
    assert not journal.exists()
    wrong = play("--check", ca_file=str(tmp_path / "none.pem"))
    assert (wrong["failed"], wrong["outcome"]) == (True, "not_pushed")
    assert "none.pem" in wrong["msg"]
    assert service.received() == []


def test_what_is_refused_fails_and_changes_nothing(play: Play, service: SimulatedService) -> None:
    service.answer_next({"status": 400, "json": {"error_code": "SCM.0201", "error_msg": "quota"}})
    told = play()
    assert (told["failed"], told["changed"]) == (True, False)
    assert (told["outcome"], told["retryable"]) == ("not_pushed", False)
    assert told["report"]["service_code"] == "SCM.0201"
    assert "SCM.0201" in told["msg"]


def test_what_may_have_been_pushed_fails_as_changed_until_it_is_settled(
    play: Play, service: SimulatedService, tmp_path: Path
) -> None:
    journal = str(tmp_path / "journals" / "p.journal")
    service.answer_next({"steps": ["reset"]}, pushed=True)
    told = play(journal=journal)
    assert (told["failed"], told["changed"], told["outcome"]) == (True, True, "unknown")
    assert not told["retryable"]
    unsettled = play(journal=journal)
    assert unsettled["report"]["status_name"] == "CERTPUSH_UNSETTLED"
    assert unsettled["outcome"] == "unknown"
    certpush.settle(journal, CERTIFICATE_ID, "p", "ELB", pushed=True)
    assert play(journal=journal)["changed"] is False
    assert len(service.received()) == 1


def test_a_task_is_tried_again_only_if_that_is_safe(play: Play, service: SimulatedService) -> None:
    again = {"retries": 3, "delay": 0, "until": "pushed is succeeded or not pushed.retryable"}
    throttled = {"status": 429, "headers": {"Retry-After": "0"}}
    service.answer_next(throttled, count=2)
    told = play(task=again)
    assert (told["outcome"], told["attempts"]) == ("pushed", 3)
    service.forget()
    service.answer_next({"status": 502})
    told = play(task=again)
    assert (told["failed"], told["outcome"]) == (True, "unknown")
    assert len(service.received()) == 1


def test_a_token_that_is_given_is_shown_nowhere(play: Play, service: SimulatedService) -> None:
    token = service.token_file.read_text()
    told = play("-vvv", token=token)
    assert told["outcome"] == "pushed"
    assert token not in json.dumps(told)


def test_what_is_not_there_is_said(play: Play) -> None:
    told = play(certificate_id="short")
    assert (told["failed"], told["outcome"]) == (True, "not_pushed")
    assert "certificate_id" in told["msg"]
    told = play(region="ap-southeast-1", endpoint="https://127.0.0.1:1")
    assert "mutually exclusive" in told["msg"]
