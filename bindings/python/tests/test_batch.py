"""A batch push: what is told of each project, and what survives of it."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import certpush
from certpush import BatchResult, Status
from certpush._certpush import REPORT_FIELDS
from raw_server import RawServer
from simulated_service import CERTIFICATE, UNKNOWN_TOKEN, SimulatedService

TWO = ["cn-north-4", "ap-southeast-3"]
PUSHED = BatchResult(
    "cn-north-4",
    Status.OK,
    target_certificate_id="scs16751254852691",
    message="it is there",
    hint="bind it",
    http_status=200,
    request_id="r-1",
    attempts=1,
    certificate_id=CERTIFICATE,
    target_service="ELB",
)
REFUSED = BatchResult(
    "cn-north-5",
    Status.TARGET_REFUSED,
    outcome_unknown=False,
    phase="receive",
    service_code="ELB.1",
    service_message="Invalid region id.",
)
IN_DOUBT = BatchResult("cn-north-7", Status.UNEXPECTED_RESPONSE)
ALL = [PUSHED, REFUSED, IN_DOUBT]


def answer(raw: RawServer, *results: dict[str, Any]) -> certpush.Client:
    """A client of a server that answers with these results."""
    body = json.dumps({"results": results}).encode()
    head = f"HTTP/1.1 200 OK\r\nX-Request-Id: r-7\r\nContent-Length: {len(body)}\r\n\r\n"
    raw.answer(head.encode() + body)
    return certpush.Client(endpoint=raw.endpoint, token="t" * 32, retries=0, timeout=20)


def test_each_project_has_a_result_in_the_order_asked_for(service: SimulatedService) -> None:
    results = service.client().batch_push(CERTIFICATE, target_projects=TWO, target_service="ELB")
    copies = service.saw("pushed")
    assert [result.target_project for result in results] == TWO
    assert [result.target_certificate_id for result in results] == [
        made["target_certificate_id"] for made in copies
    ]
    for result in results:
        assert type(result) is BatchResult
        assert result.status is Status.OK
        assert not result.outcome_unknown
        assert result.http_status == 200
        assert (result.phase, result.service_message) == ("", "")
        assert f" in {result.target_project} as {result.target_certificate_id} " in result.message
        assert "not yet bound" in result.hint
    [request] = service.saw("received")
    assert request["path"].endswith(f"/{CERTIFICATE}/batch-push")
    assert json.loads(request["body"]) == {"target_projects": TWO, "target_service": "ELB"}


def test_a_refused_project_does_not_hide_the_others(raw: RawServer) -> None:
    client = answer(
        raw,
        {"project_name": "b", "cert_id": "", "message": "Failed to push to ELB."},
        {"project_name": "a", "cert_id": "id-of-a", "message": "success"},
        {"project_name": "c", "cert_id": "", "message": "Invalid region id."},
    )
    with pytest.raises(certpush.BatchIncomplete) as caught:
        client.batch_push(CERTIFICATE, ["a", "b", "c", "d"], "ELB")
    error = caught.value
    assert error.status is Status.INCOMPLETE
    assert (error.outcome_unknown, error.retryable, error.phase) == (True, False, "receive")
    assert error.target_project == "a,b,c,d"
    assert error.request_id == "r-7"
    assert [(told.target_project, told.status, told.outcome_unknown) for told in error.results] == [
        ("a", Status.OK, False),
        ("b", Status.TARGET_REFUSED, True),
        ("c", Status.TARGET_REFUSED, False),
        ("d", Status.UNEXPECTED_RESPONSE, True),
    ]
    assert error.results[0].target_certificate_id == "id-of-a"
    assert error.results[1].service_message == "Failed to push to ELB."
    assert error.results[3].request_id == "r-7"
    assert error.results[3].certificate_id == CERTIFICATE
    assert str(error).endswith("not pushed to c; may have been pushed to b and d")
    assert certpush.outcome_of(error) == "unknown"


def test_what_is_refused_as_a_whole_is_no_batch_incomplete(service: SimulatedService) -> None:
    with pytest.raises(certpush.Unauthorized) as caught:
        service.client(token=UNKNOWN_TOKEN).batch_push(CERTIFICATE, TWO, "ELB")
    assert not caught.value.outcome_unknown
    assert "it was pushed to none of them" in str(caught.value)


def test_one_time_out_leaves_all_unknown(raw: RawServer) -> None:
    client = certpush.Client(endpoint=raw.endpoint, token="t" * 32)
    with pytest.raises(certpush.Timeout) as caught:
        client.batch_push(CERTIFICATE, TWO, "ELB", timeout=0.3)
    assert caught.value.outcome_unknown
    assert "it may have been pushed to any of them" in str(caught.value)


def test_a_cancel_and_a_closed_client_end_a_batch_push(service: SimulatedService) -> None:
    cancel = certpush.Cancel()
    cancel.trigger()
    client = service.client()
    with pytest.raises(certpush.Cancelled):
        client.batch_push(CERTIFICATE, TWO, "ELB", cancel=cancel)
    client.close()
    with pytest.raises(certpush.Cancelled):
        client.batch_push(CERTIFICATE, TWO, "ELB")
    assert service.saw("received") == []


@pytest.mark.parametrize(
    ("projects", "reason"),
    [
        ([], "must be 1 to 10 projects, not 0"),
        ([str(number) for number in range(11)], "not 11"),
        (["a", ""], "project 2 has 0"),
        (["p" * 33], "project 1 has 33"),
        (["a", "a"], "projects 1 and 2 are the same"),
        (["a,b"], "no comma"),
        ([" a"], "no blanks"),
        (["a\0"], "no control character"),
        (["\ud800"], "lone surrogate"),
    ],
)
def test_projects_outside_the_limits_are_refused(
    service: SimulatedService, projects: list[str], reason: str
) -> None:
    with pytest.raises(certpush.InvalidArgument, match=reason) as caught:
        service.client().batch_push(CERTIFICATE, projects, "ELB")
    assert str(caught.value).startswith("target_projects")
    assert service.saw("received") == []


@pytest.mark.parametrize(
    ("projects", "told"),
    [
        ("cn-north-4", "target_projects must be an iterable of str, not str"),
        (b"cn-north-4", "target_projects must be an iterable of str, not bytes"),
        (None, "target_projects must be an iterable of str, not NoneType"),
        (7, "target_projects must be an iterable of str, not int"),
        (["a", 7], "target_projects[1] must be str, not int"),
        ([None], "target_projects[0] must be str, not NoneType"),
    ],
)
def test_what_is_no_list_of_texts_is_a_type_error(
    service: SimulatedService, projects: Any, told: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(told)):
        service.client().batch_push(CERTIFICATE, projects, "ELB")


def test_any_iterable_of_texts_will_do(service: SimulatedService) -> None:
    def from_a_file() -> Iterator[str]:
        yield from TWO

    for projects in (tuple(TWO), from_a_file(), dict.fromkeys(TWO)):
        results = service.client().batch_push(CERTIFICATE, projects, "ELB")
        assert [result.target_project for result in results] == TWO

    def broken() -> Iterator[str]:
        yield "a"
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        service.client().batch_push(CERTIFICATE, broken(), "ELB")


def test_a_result_has_every_field() -> None:
    for result in ALL:
        told = result.to_dict()
        assert list(told) == [name for name, _ in REPORT_FIELDS]
        assert json.loads(json.dumps(told)) == told
        assert told.pop("retry_after_ms") == -1
        assert result.retry_after_ms is None
        for name in told:
            if name != "status_name":
                assert getattr(result, name) == told[name]
    assert PUSHED.to_dict()["status_name"] == "CERTPUSH_OK"
    error = certpush.Timeout("an error to compare with")
    assert {name for name in vars(error) if not hasattr(PUSHED, name)} == set()


def test_a_result_is_frozen() -> None:
    for name in ("status", "message", "target_project", "news"):
        with pytest.raises(AttributeError):
            setattr(PUSHED, name, "other")
    with pytest.raises(AttributeError):
        del REFUSED.message


def test_what_nobody_has_told_of_a_result_leaves_doubt() -> None:
    assert BatchResult("p", Status.OK).outcome_unknown is False
    assert BatchResult("p", Status.TARGET_REFUSED).outcome_unknown is True
    assert BatchResult("p", Status.TARGET_REFUSED, False).outcome_unknown is False


@pytest.mark.parametrize(
    "travel",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda result, protocol=protocol: pickle.loads(pickle.dumps(result, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_result_travels_whole(travel: Callable[[BatchResult], BatchResult]) -> None:
    for result in ALL:
        arrived = travel(result)
        assert arrived == result
        assert hash(arrived) == hash(result)
        assert vars(arrived) == vars(result)
    assert PUSHED != REFUSED
    assert PUSHED.to_dict() != PUSHED


def test_repr_tells_what_is_known() -> None:
    assert repr(IN_DOUBT) == (
        "BatchResult(target_project='cn-north-7', status=<Status.UNEXPECTED_RESPONSE: 16>)"
    )
    shown = repr(REFUSED)
    assert "outcome_unknown=False" in shown
    assert "service_message='Invalid region id.'" in shown
    assert "retryable" not in shown
    assert eval(shown.replace("<Status.TARGET_REFUSED: 27>", "Status.TARGET_REFUSED")) == REFUSED


def test_an_incomplete_batch_tells_its_results_wherever_it_goes() -> None:
    error = certpush.BatchIncomplete("2 of 3", results=ALL, outcome_unknown=True, attempts=2)
    assert error.results == ALL
    told = json.loads(json.dumps(error.args))
    for arrived in (
        certpush.BatchIncomplete(*error.args),
        certpush.BatchIncomplete(*told),
        certpush.BatchIncomplete.__new__(certpush.BatchIncomplete, *told),
        pickle.loads(pickle.dumps(error)),
        pickle.loads(pickle.dumps(certpush.BatchIncomplete(*told))),
        copy.deepcopy(error),
        certpush.BatchIncomplete(str(error), error.to_dict()),
    ):
        assert arrived.results == ALL
        assert (arrived.attempts, arrived.outcome_unknown) == (2, True)
        assert arrived.to_dict() == error.to_dict()
    assert error.to_dict()["results"] == [result.to_dict() for result in ALL]
    assert "results=[BatchResult(target_project='cn-north-4', " in repr(error)
    with pytest.raises(AttributeError):
        error.results = []  # type: ignore[misc]


@pytest.mark.parametrize("spoilt", [None, "[]", 7, {}])
def test_results_that_were_lost_leave_doubt(spoilt: Any) -> None:
    error = certpush.BatchIncomplete("no", {"outcome_unknown": False, "results": spoilt})
    [result] = error.results
    assert result.outcome_unknown
    assert certpush.outcome_of(error) == "unknown"
    assert certpush.BatchIncomplete("no").outcome_unknown
    assert certpush.BatchIncomplete("no").results == []


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        "text",
        [],
        {},
        {"status": "27"},
        {"status": True, "outcome_unknown": False},
        {"status": 27},
        {"status": 27, "outcome_unknown": None},
        {"status": 27, "outcome_unknown": 0},
        {"status": 0, "outcome_unknown": "no"},
        {"status": 58, "retryable": True},
    ],
    ids=repr,
)
def test_a_result_that_was_spoilt_leaves_doubt(spoilt: Any) -> None:
    [result] = certpush.BatchIncomplete("no", {"results": [spoilt]}).results
    if spoilt != {"status": True, "outcome_unknown": False}:
        assert result.outcome_unknown
    assert not result.retryable
    assert result.status is not Status.OK or result.outcome_unknown
    assert certpush.outcome_of(certpush.BatchIncomplete("no", {"results": [spoilt]})) == "unknown"


def test_a_status_of_a_later_version_travels() -> None:
    error = certpush.BatchIncomplete("no", {"results": [{"status": 58, "target_project": "p"}]})
    [result] = error.results
    assert result.status is Status.INTERNAL
    assert vars(pickle.loads(pickle.dumps(result))) == vars(result)


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ([PUSHED, REFUSED], "unknown"),
        ([REFUSED], "not_pushed"),
        ([REFUSED, REFUSED], "not_pushed"),
        ([REFUSED, IN_DOUBT], "unknown"),
    ],
)
def test_a_batch_is_not_pushed_only_if_no_project_has_it(
    results: list[BatchResult], outcome: str
) -> None:
    error = certpush.BatchIncomplete("no", results=results, outcome_unknown=False)
    assert certpush.outcome_of(error) == outcome


def test_no_secret_that_the_service_echoes_is_told(raw: RawServer) -> None:
    token = "a-token-that-is-echoed-everywhere"
    body = json.dumps({"results": [{"project_name": token, "cert_id": token, "message": token}]})
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    raw.answer((head + body).encode())
    client = certpush.Client(endpoint=raw.endpoint, token=token, retries=0)
    with pytest.raises(certpush.BatchIncomplete) as caught:
        client.batch_push(CERTIFICATE, TWO, "ELB")
    shown = f"{caught.value!r} {caught.value} {caught.value.args} {caught.value.to_dict()}"
    assert token not in shown
