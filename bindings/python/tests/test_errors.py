"""The exceptions: one tree, each with every field. They travel in test_travelling_errors.py."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
import typing
from typing import Any, Optional

import pytest

import certpush
from certpush import Status
from certpush._certpush import REPORT_FIELDS
from certpush._errors import CLASS_OF_STATUS

TREE: dict[type[certpush.Error], type[Exception]] = {
    certpush.InvalidArgument: certpush.Error,
    certpush.ConfigError: certpush.Error,
    certpush.CredentialsError: certpush.Error,
    certpush.NoCredentials: certpush.CredentialsError,
    certpush.CredentialsRefused: certpush.CredentialsError,
    certpush.CredentialsUnavailable: certpush.CredentialsError,
    certpush.TransportError: certpush.Error,
    certpush.ResolveError: certpush.TransportError,
    certpush.ConnectError: certpush.TransportError,
    certpush.TlsError: certpush.TransportError,
    certpush.ProxyError: certpush.TransportError,
    certpush.Timeout: certpush.TransportError,
    certpush.ConnectionLost: certpush.TransportError,
    certpush.UnexpectedResponse: certpush.Error,
    certpush.Cancelled: certpush.Error,
    certpush.ApiError: certpush.Error,
    certpush.BadRequest: certpush.ApiError,
    certpush.Unauthorized: certpush.ApiError,
    certpush.Forbidden: certpush.ApiError,
    certpush.NotFound: certpush.ApiError,
    certpush.Throttled: certpush.ApiError,
    certpush.Rejected: certpush.ApiError,
    certpush.ServerError: certpush.ApiError,
    certpush.TargetRefused: certpush.ApiError,
    certpush.Unsettled: certpush.Error,
    certpush.NotTried: certpush.Error,
    certpush.BatchIncomplete: certpush.Error,
    certpush.InternalError: certpush.Error,
    certpush.Error: Exception,
}
UMBRELLAS = {
    certpush.Error,
    certpush.CredentialsError,
    certpush.TransportError,
    certpush.ApiError,
}
FIELDS: dict[str, Any] = {
    "hint": "wait",
    "phase": "receive",
    "http_status": 599,
    "service_code": "SCM.9999",
    "service_message": "no",
    "request_id": "r-1",
    "retryable": False,
    "outcome_unknown": True,
    "retry_after_ms": 1500,
    "attempts": 14,
    "certificate_id": "scs1600313391074",
    "target_project": "p",
    "target_service": "ELB",
    "target_certificate_id": "scs16751254852691",
}

FIELD_TYPES: dict[str, Any] = {"str": str, "int": int, "bool": bool, "int | None": Optional[int]}
# What a field is in plain JSON.
JSON_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "int | None": int}


def with_all_fields(kind: type[certpush.Error]) -> certpush.Error:
    """An error of this class in which no field has its default."""
    status: dict[str, Any] = {"status": Status.FORBIDDEN} if kind in UMBRELLAS else {}
    return kind("what happened", **FIELDS, **status)


every_class = pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)


@every_class
def test_a_class_stands_in_the_tree(kind: type[certpush.Error]) -> None:
    assert kind.__bases__[0] is TREE[kind]
    is_value_error = kind in {certpush.InvalidArgument, certpush.ConfigError}
    assert issubclass(kind, ValueError) is is_value_error
    assert not issubclass(kind, OSError)
    assert kind.__name__ in certpush.__all__


@every_class
def test_a_traceback_names_a_class_where_a_user_finds_it(kind: type[certpush.Error]) -> None:
    told = "".join(traceback.format_exception_only(kind, with_all_fields(kind)))
    assert told.splitlines()[0] == f"certpush.{kind.__name__}: what happened"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 is the first with notes")
@every_class
def test_a_traceback_shows_the_hint_once(kind: type[certpush.Error]) -> None:
    error = with_all_fields(kind)
    for _ in range(2):
        shown = "".join(traceback.format_exception_only(kind, error))
        assert shown == f"certpush.{kind.__name__}: what happened\nhint: wait\n"
    shown = "".join(traceback.format_exception_only(kind, made(kind)))
    assert shown == f"certpush.{kind.__name__}: no\n"
    assert "hint:" not in str(error)
    assert "hint: " not in repr(error.args)


def test_an_uncaught_error_shows_the_hint_below_its_message() -> None:
    program = "import certpush; raise certpush.Timeout('no answer', hint='wait')"
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    ).stderr.splitlines()
    message = shown.index("certpush.Timeout: no answer")
    assert shown[message + 1 :] == (["hint: wait"] if sys.version_info >= (3, 11) else [])


def test_the_tree_has_every_exception_of_the_package() -> None:
    exported = {getattr(certpush, name) for name in certpush.__all__}
    classes = {item for item in exported if isinstance(item, type)}
    assert {item for item in classes if issubclass(item, Exception)} == set(TREE)


def test_every_failure_has_a_class_of_its_own() -> None:
    assert set(CLASS_OF_STATUS) == set(Status) - {Status.OK}
    assert set(CLASS_OF_STATUS.values()) == set(TREE) - UMBRELLAS
    for number, kind in CLASS_OF_STATUS.items():
        assert kind("what happened").status is Status(number)


def test_the_fields_are_the_cores() -> None:
    by_status = {"status", "status_name", "message"}
    assert set(FIELDS) == {name for name, _ in REPORT_FIELDS} - by_status
    hints = typing.get_type_hints(certpush.Error)
    given = typing.get_type_hints(certpush.Error.__init__)
    for name, kind in REPORT_FIELDS:
        if name in FIELDS or name == "message":
            assert hints[name] == FIELD_TYPES[kind], name
            # Nobody has to say the outcome.
            kinds = {FIELD_TYPES[kind], Optional[FIELD_TYPES[kind]]}
            assert given[name] in (kinds if name == "outcome_unknown" else {FIELD_TYPES[kind]})


def test_a_receipt_has_every_field_too() -> None:
    receipt = certpush.Receipt("scs1600313391074", "p", "ELB", 204, "r-1", 1, "pushed", "")
    told = receipt.to_dict()
    assert list(told) == [name for name, _ in REPORT_FIELDS]
    for name, kind in REPORT_FIELDS:
        assert type(told[name]) is JSON_TYPES[kind]
        if name not in {"status", "status_name", "retry_after_ms"}:
            assert getattr(receipt, name) == told[name]
    assert (told["status"], told["status_name"]) == (receipt.status, "CERTPUSH_OK")
    assert (told["retry_after_ms"], receipt.retry_after_ms) == (-1, None)
    assert json.loads(json.dumps(told)) == told


@every_class
def test_an_error_can_be_made_with_every_field(kind: type[certpush.Error]) -> None:
    error = with_all_fields(kind)
    assert {name: getattr(error, name) for name in FIELDS} == FIELDS
    assert isinstance(error.status, Status)
    assert str(error) == error.message == "what happened"


@every_class
def test_a_dict_has_the_members_that_the_command_prints(kind: type[certpush.Error]) -> None:
    error = with_all_fields(kind)
    told = error.to_dict()
    if kind is certpush.BatchIncomplete:
        assert told.pop("results") == []
    assert list(told) == [name for name, _ in REPORT_FIELDS]
    assert told == {
        **FIELDS,
        "status": int(error.status),
        "status_name": f"CERTPUSH_{error.status.name}",
        "message": "what happened",
    }


@every_class
def test_the_dict_of_an_error_of_which_little_is_told_is_whole(kind: type[certpush.Error]) -> None:
    error = made(kind)
    told = error.to_dict()
    for name, type_name in REPORT_FIELDS:
        assert type(told[name]) is JSON_TYPES[type_name], name
    assert (told["retry_after_ms"], error.retry_after_ms) == (-1, None)
    assert told["outcome_unknown"] is error.outcome_unknown
    assert json.loads(json.dumps(told)) == told
    error.retry_after_ms = 0
    error.attempts = 7
    told = error.to_dict()
    assert (told["retry_after_ms"], told["attempts"]) == (0, 7)


PROVABLY_NOT_PUSHED = {
    certpush.InvalidArgument,
    certpush.ConfigError,
    certpush.CredentialsError,
    certpush.NoCredentials,
    certpush.CredentialsRefused,
    certpush.CredentialsUnavailable,
    certpush.ResolveError,
    certpush.ConnectError,
    certpush.TlsError,
    certpush.ProxyError,
}


def made(kind: type[certpush.Error], **told: Any) -> certpush.Error:
    """An error of which nothing is told but this."""
    if kind in UMBRELLAS:
        told["status"] = Status.FORBIDDEN
    return kind("no", **told)


@every_class
def test_what_nobody_has_told_may_have_been_pushed(kind: type[certpush.Error]) -> None:
    assert made(kind).outcome_unknown is (kind not in PROVABLY_NOT_PUSHED)
    assert made(kind, outcome_unknown=None).outcome_unknown is made(kind).outcome_unknown
    assert made(kind, retryable=True).outcome_unknown is False
    for told in (False, True):
        assert made(kind, outcome_unknown=told).outcome_unknown is told


@every_class
def test_what_may_have_been_pushed_cannot_be_retryable(kind: type[certpush.Error]) -> None:
    with pytest.raises(ValueError, match="retryable and outcome_unknown exclude each other"):
        made(kind, retryable=True, outcome_unknown=True)


@every_class
def test_repr_tells_every_field_that_says_something(kind: type[certpush.Error]) -> None:
    shown = repr(with_all_fields(kind))
    assert shown.startswith(f"{kind.__name__}('what happened', ")
    for name, value in FIELDS.items():
        if value:
            assert f"{name}={value!r}" in shown
    assert ("status=" in shown.replace("http_status=", "")) is (kind in UMBRELLAS)
    assert "\n" not in shown


def test_repr_is_short_when_there_is_nothing_to_tell() -> None:
    assert repr(certpush.Timeout("no answer")) == "Timeout('no answer')"


def test_an_umbrella_class_must_be_given_its_status() -> None:
    assert certpush.ApiError("no", status=Status.FORBIDDEN).status is Status.FORBIDDEN
    with pytest.raises(TypeError, match=r"ApiError\(\) needs the keyword argument 'status'"):
        certpush.ApiError("no")


def test_any_other_class_has_its_status() -> None:
    with pytest.raises(TypeError, match=r"Timeout\(\) takes no status: it is always TIMEOUT"):
        certpush.Timeout("no answer", status=Status.TIMEOUT)
