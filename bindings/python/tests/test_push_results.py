"""What a result of many pushes tells, and what survives of it."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

import certpush
from certpush import BatchResult, PushResult, Status, Target
from certpush._certpush import REPORT_FIELDS
from simulated_service import CERTIFICATE

TARGET = Target(CERTIFICATE, "p", "ELB", line=7)
RECEIPT = certpush.Receipt(CERTIFICATE, "p", "ELB", 204, "r-1", 1, "pushed", "bind it")
PUSHED = PushResult(3, TARGET, receipt=RECEIPT)
UNSETTLED = PushResult(
    4,
    Target(CERTIFICATE, None, "CDN"),
    error=certpush.Unsettled("begun", outcome_unknown=True, hint="settle it"),
)
NOT_TRIED = PushResult(
    5, TARGET, error=certpush.NotTried("stopped", outcome_unknown=False, retry_after_ms=7)
)
ALL = [PUSHED, UNSETTLED, NOT_TRIED]


def test_a_result_has_its_place_a_target_and_a_receipt_or_an_error() -> None:
    assert (PUSHED.index, PUSHED.line, PUSHED.target) == (3, 7, TARGET)
    assert PUSHED.target.line == 7
    assert PUSHED.receipt == RECEIPT
    assert PUSHED.error is None
    assert (PUSHED.ok, PUSHED.outcome, PUSHED.status) == (True, "pushed", Status.OK)
    assert UNSETTLED.receipt is None
    assert isinstance(UNSETTLED.error, certpush.Unsettled)
    assert (UNSETTLED.ok, UNSETTLED.outcome, UNSETTLED.line) == (False, "unknown", None)
    assert UNSETTLED.error.hint == UNSETTLED.hint == "settle it"
    assert (NOT_TRIED.outcome, NOT_TRIED.status) == ("not_pushed", Status.NOT_TRIED)
    assert UNSETTLED.target == Target(CERTIFICATE, "", "CDN")


def test_the_error_of_a_result_tells_what_the_result_does() -> None:
    arrived = pickle.loads(pickle.dumps(NOT_TRIED))
    error = arrived.error
    assert isinstance(error, certpush.NotTried)
    assert error is arrived.error
    assert not error.outcome_unknown
    assert error.retry_after_ms == arrived.retry_after_ms == 7
    assert (error.certificate_id, error.target_project) == (CERTIFICATE, "p")
    assert certpush.outcome_of(error) == "not_pushed"


def test_a_dict_has_its_place_and_every_field() -> None:
    for result in ALL:
        told = result.to_dict()
        assert list(told) == ["index", "line", *(name for name, _ in REPORT_FIELDS)]
        assert json.loads(json.dumps(told)) == told
    receipt = {"index": 3, "line": 7, **RECEIPT.to_dict()}
    assert PUSHED.to_dict() == receipt


@pytest.mark.parametrize(
    "travel",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda result, protocol=protocol: pickle.loads(pickle.dumps(result, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
        lambda result: certpush.BatchIncomplete("no", {"results": [result.to_dict()]}).results[0],
        lambda result: eval(repr(result), vars(certpush)),
    ],
)
def test_a_result_travels_whole(travel: Any) -> None:
    for result in ALL:
        arrived = travel(result)
        assert type(arrived) is PushResult
        assert arrived == result
        assert hash(arrived) == hash(result)
        assert vars(arrived) == vars(result)
        assert arrived.target.line == result.target.line
        assert type(arrived.error) is type(result.error)
    assert PushResult(4, TARGET, receipt=RECEIPT) != PUSHED


def test_an_incomplete_run_tells_its_results_wherever_it_goes() -> None:
    error = certpush.BatchIncomplete("1 of 3", results=ALL, outcome_unknown=True)
    told = json.loads(json.dumps(error.args))
    for arrived in (
        certpush.BatchIncomplete(*error.args),
        certpush.BatchIncomplete(*told),
        pickle.loads(pickle.dumps(error)),
        copy.deepcopy(error),
        certpush.BatchIncomplete(str(error), error.to_dict()),
    ):
        assert arrived.results == ALL
        assert [type(result) for result in arrived.results] == [PushResult] * 3
        assert arrived.to_dict() == error.to_dict()
        assert certpush.outcome_of(arrived) == "unknown"


def test_a_result_is_frozen() -> None:
    with pytest.raises(AttributeError, match="a PushResult is frozen: 'index'"):
        PUSHED.index = 7
    with pytest.raises(AttributeError, match="a PushResult is frozen: 'line'"):
        del PUSHED.line
    with pytest.raises(AttributeError):
        TARGET.line = 8  # type: ignore[misc]


def test_it_is_made_of_a_receipt_or_an_error() -> None:
    for wrong in ({}, {"receipt": RECEIPT, "error": certpush.NotTried("no")}):
        with pytest.raises(TypeError, match="needs either receipt or error"):
            PushResult(0, TARGET, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("spoilt", ["3", None, True, 3.0])
def test_a_place_that_was_lost_leaves_what_became_of_the_target(spoilt: Any) -> None:
    [result] = certpush.BatchIncomplete(
        "no", {"results": [{**UNSETTLED.to_dict(), "index": spoilt}]}
    ).results
    assert type(result) is BatchResult
    assert result.outcome == "unknown"
    assert isinstance(result.error, certpush.Unsettled)


def test_what_was_lost_of_a_result_leaves_doubt() -> None:
    [result] = certpush.BatchIncomplete("no", {"results": [{"index": 1}]}).results
    assert isinstance(result, PushResult)
    assert (result.ok, result.outcome, result.receipt) == (False, "unknown", None)
    assert isinstance(result.error, certpush.InternalError)
    [result] = certpush.BatchIncomplete(
        "no", {"results": [{"index": 1, "status": 0, "outcome_unknown": "no"}]}
    ).results
    assert (result.ok, result.outcome) == (False, "unknown")
    assert result.error is not None
    assert result.error.outcome_unknown


def test_a_result_of_a_batch_push_has_an_error_too() -> None:
    refused = BatchResult("p", Status.TARGET_REFUSED, False, service_code="ELB.1")
    assert isinstance(refused.error, certpush.TargetRefused)
    assert (refused.error.service_code, refused.outcome) == ("ELB.1", "not_pushed")
    assert refused.error is refused.error
    assert BatchResult("p", Status.OK).error is None
    assert BatchResult("p", Status.OK).target == Target("", "p", "")


def test_targets_are_plain_data() -> None:
    for arrived in (copy.copy(TARGET), pickle.loads(pickle.dumps(TARGET))):
        assert (arrived, arrived.line) == (TARGET, 7)
    assert Target(CERTIFICATE, "p", "ELB") == TARGET
    assert hash(Target(CERTIFICATE, "p", "ELB")) == hash(TARGET)
    assert Target(CERTIFICATE, "p", "WAF") != TARGET
    assert TARGET.to_dict() == {
        "certificate_id": CERTIFICATE,
        "target_project": "p",
        "target_service": "ELB",
        "line": 7,
    }
    with pytest.raises(TypeError, match="certificate_id must be str, not int"):
        Target(7, "p", "ELB")  # type: ignore[arg-type]
