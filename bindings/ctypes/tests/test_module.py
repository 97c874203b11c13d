"""Pushes, lists, errors, texts: what goes over, and what is told."""

from __future__ import annotations

import ast
import copy
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import certpush_ctypes as certpush
from conftest import Silent
from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from simulated_service import SimulatedService

TARGET = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
HERE = ROOT / "bindings/ctypes"
Status = certpush.Status


def test_what_is_generated_is_as_committed() -> None:
    generate = [sys.executable, HERE / "generate.py"]
    if os.environ.get("CERTPUSH_UPDATE") == "1":
        subprocess.run([*generate, "--write"], check=True)
    done = subprocess.run(generate, check=True, capture_output=True, text=True)
    assert done.stdout == (HERE / "certpush_ctypes.py").read_text(encoding="utf-8")


def test_the_file_can_be_read_by_python_3_6() -> None:
    text = (HERE / "certpush_ctypes.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert "__future__" not in text
    assert not re.search(r"\b(?:list|dict|tuple)\[", text)


def test_a_push_tells_every_member(client: certpush.Client, service: SimulatedService) -> None:
    report = client.push(*TARGET)
    assert list(report.members) == list(certpush.MEMBERS)
    assert (report.status, report.http_status, report.attempts) == (Status.OK, 204, 1)
    assert (report.certificate_id, report.target_project, report.target_service) == TARGET
    assert report.outcome_unknown is False
    assert "was pushed to ELB" in report.message
    assert service.has_been_pushed_to()
    with pytest.raises(AttributeError):
        report.colour  # noqa: B018


def test_options_may_come_from_the_environment(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in service.options().items():
        monkeypatch.setenv(f"CERTPUSH_{key.upper()}", value)
    with certpush.Client(trust_env=True) as client:
        assert client.push(*TARGET).status == Status.OK
    with pytest.raises(certpush.Error, match="region"):
        certpush.Client()


def test_options_have_pythons_types(service: SimulatedService) -> None:
    options = service.options() | {"token_file": service.token_file, "retries": 0, "proxy": None}
    with certpush.Client(**options, allow_http=True) as client:
        assert client.push(*TARGET).status == Status.OK
    for wrong in ([], 1.5, object()):
        with pytest.raises(TypeError):
            certpush.Client(**service.options(), timeout_ms=wrong)
    with pytest.raises(certpush.Error, match='"colour" is no option'):
        certpush.Client(colour="red")
    with pytest.raises(certpush.Error, match="timeout_ms"):
        certpush.Client(**service.options(), timeout_ms=0)


def test_a_batch_push_tells_of_each_project(client: certpush.Client) -> None:
    reports = client.batch_push(CERTIFICATE_ID, ["cn-north-4", "cn-north-7"], "ELB")
    assert [report.target_project for report in reports] == ["cn-north-4", "cn-north-7"]
    assert reports[0].target_certificate_id.startswith("scs")
    with pytest.raises(certpush.Error) as caught:
        client.batch_push(CERTIFICATE_ID, iter(["cn-north-4", "no-such-1"]), "WAF")
    assert caught.value.status == Status.INCOMPLETE
    assert [report.status for report in caught.value.results] == [0, Status.TARGET_REFUSED]
    with pytest.raises(certpush.Error) as caught:
        client.batch_push(CERTIFICATE_ID, ["cn-north-4"], "XYZ")
    assert (caught.value.service_code, caught.value.results) == ("SCM.0030", [])
    with pytest.raises(ValueError, match="comma"):
        client.batch_push(CERTIFICATE_ID, ["a,b"], "ELB")
    with pytest.raises(TypeError):
        client.batch_push(CERTIFICATE_ID, "cn-north-4", "ELB")


def test_a_list_is_pushed_and_each_entry_told(client: certpush.Client) -> None:
    told: list[tuple[int, str]] = []
    reports = client.push_all(
        [TARGET, (CERTIFICATE_ID, "", "CDN")],
        progress=lambda index, report: told.append((index, report.target_service)),
    )
    assert [report.target_service for report in reports] == ["ELB", "CDN"]
    assert sorted(told) == [(0, "ELB"), (1, "CDN")]
    text = "certificate_id,target_project,target_service\n{0},ap-southeast-3,WAF\n{0},no-such,ELB\n"
    for entries in (text.format(CERTIFICATE_ID), text.format(CERTIFICATE_ID).encode()):
        with pytest.raises(certpush.Error) as caught:
            client.push_all(entries)
        assert caught.value.status == Status.INCOMPLETE
        assert [report.service_code for report in caught.value.results] == ["", "SCM.0069"]
    with pytest.raises(certpush.Error, match="line 4"):
        client.push_all(text.format(CERTIFICATE_ID) + "x,,\n")
    assert client.push_all([]) == []


def test_a_progress_function_that_raises_has_no_more_begun(service: SimulatedService) -> None:
    def enough(_index: int, _report: certpush.Report) -> None:
        raise RuntimeError("enough")

    entries = [(CERTIFICATE_ID, f"no-such-{n}", "ELB") for n in range(1000)]
    with certpush.Client(**service.options(), jobs=1) as client:
        with pytest.raises(RuntimeError, match="enough") as caught:
            client.push_all(entries, progress=enough)
    failed = caught.value.__cause__
    assert isinstance(failed, certpush.Error)
    assert len(failed.results) == 1000
    assert failed.results[0].status == Status.BAD_REQUEST
    assert failed.results[999].status == Status.NOT_TRIED


def test_a_journal_is_kept_and_settled(
    service: SimulatedService, silent: Silent, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    with certpush.Client(**service.options(), journal=journal) as client:
        assert [client.push(*TARGET).attempts for _ in range(2)] == [1, 0]
        assert client.push(*TARGET, again=True).attempts == 1
        assert client.push_all([TARGET])[0].attempts == 0
        assert client.push_all([TARGET], again=True)[0].attempts == 1
        with pytest.raises(certpush.Error, match="in use"):
            certpush.settle(journal, *TARGET, pushed=True)
    unsettled = tmp_path / "unsettled"
    with certpush.Client(**silent.options, journal=unsettled) as client:
        with pytest.raises(certpush.Error) as caught:
            client.push(*TARGET, timeout_ms=300)
        assert caught.value.outcome_unknown
        with pytest.raises(certpush.Error) as caught:
            client.push(*TARGET)
        assert caught.value.status == Status.UNSETTLED
    with pytest.raises(TypeError):
        certpush.settle(unsettled, *TARGET, pushed="no")
    certpush.settle(unsettled, *TARGET, pushed=True)
    with certpush.Client(**silent.options, journal=unsettled) as client:
        assert client.push(*TARGET).attempts == 0


def lost(error: certpush.Error) -> list[certpush.Error]:
    """What programs make of an error."""
    return [
        copy.copy(error),
        copy.deepcopy(error),
        pickle.loads(pickle.dumps(error)),
        type(error)(*error.args),
        type(error)(*json.loads(json.dumps(error.args))),
    ]


def test_copies_pickles_and_json_tell_the_same(client: certpush.Client) -> None:
    with pytest.raises(certpush.Error) as caught:
        client.batch_push(CERTIFICATE_ID, ["cn-north-4", "no-such-1"], "WAF")
    error = caught.value
    for other in lost(error):
        assert str(other) == str(error)
        assert other.members == error.members
        assert [report.members for report in other.results] == [
            report.members for report in error.results
        ]


@pytest.mark.parametrize("arguments", [(), (None,), ({},), ("text",), ({"retryable": True},)])
def test_what_is_lost_reads_may_have_been_pushed(arguments: tuple[Any, ...]) -> None:
    error = certpush.Error("timed out", *arguments)
    assert error.outcome_unknown is True
    assert error.retryable is False
    assert error.status == 99
    assert str(error) == "timed out"
    assert certpush.Error("x", {"outcome_unknown": "false"}).outcome_unknown is True
    assert certpush.Error("x", {"outcome_unknown": False}).outcome_unknown is False


REFUSED: dict[str, tuple[str, str]] = {
    "half a surrogate pair": ("\ud800", "is not UTF-8"),
    "an undecodable byte": (os.fsdecode(b"caf\xe9"), "is not UTF-8"),
    "a NUL": ("p\0q", "control character"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_text_is_refused_before_anything_is_sent(
    client: certpush.Client, service: SimulatedService, what: str
) -> None:
    text, message = REFUSED[what]
    with pytest.raises(certpush.Error, match=message) as caught:
        client.push(CERTIFICATE_ID, text, "ELB")
    assert (caught.value.status, caught.value.outcome_unknown) == (Status.INVALID_ARGUMENT, False)
    assert not service.received()


@pytest.mark.parametrize("wrong", [None, b"ap-southeast-3", 1, ["p"]])
def test_what_is_no_str_is_a_type_error(client: certpush.Client, wrong: Any) -> None:
    with pytest.raises(TypeError, match="target_project must be a str"):
        client.push(CERTIFICATE_ID, wrong, "ELB")


@pytest.mark.parametrize("wrong", [0, -1, 2**70])
def test_no_time_is_not_the_clients_own(client: certpush.Client, wrong: int) -> None:
    with pytest.raises(certpush.Error, match="timeout_ms"):
        client.push(*TARGET, timeout_ms=wrong)
    for no_number in (True, 1.5, "1"):
        with pytest.raises(TypeError):
            client.push(*TARGET, timeout_ms=no_number)


def test_each_push_is_a_line_of_the_log(
    service: SimulatedService, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[tuple[int, str]] = []
    with certpush.Client(**service.options(), log=lambda *told: lines.append(told)) as client:
        client.push(*TARGET)
        with pytest.raises(certpush.Error):
            client.push(CERTIFICATE_ID, "no-such", "ELB")
    # Others can read the token's file, which is told, too.
    assert [level for level, _ in lines] == [2, 1, 3]
    assert "not_pushed" in lines[2][1]

    def fail(_level: int, _line: str) -> None:
        raise OSError("the disk is full")

    with certpush.Client(**service.options(), log=fail) as client:
        assert client.push(*TARGET).status == Status.OK
    assert "the disk is full" in capsys.readouterr().err


def test_a_token_source_gives_the_token_or_the_reason_why_not(service: SimulatedService) -> None:
    options = service.options() | {"retries": 0}
    token = Path(options.pop("token_file")).read_text()
    with certpush.Client(**options, token_source=lambda: token) as client:
        assert client.push(*TARGET).status == Status.OK

    def sealed() -> str:
        raise LookupError("the vault is sealed")

    for source, message in ((sealed, "the vault is sealed"), (lambda: None, "token must be a str")):
        with certpush.Client(**options, token_source=source) as client:
            with pytest.raises(certpush.Error, match=message) as caught:
                client.push(*TARGET)
        assert caught.value.status == Status.CREDENTIALS_UNAVAILABLE
        assert not caught.value.outcome_unknown
