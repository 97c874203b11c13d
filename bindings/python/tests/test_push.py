"""A push and what it tells."""

from __future__ import annotations

import pickle

import pytest

import certpush
from raw_server import RawServer
from simulated_service import CERTIFICATE, LONGEST_TOKEN, UNKNOWN_TOKEN, SimulatedService


def test_a_push_over_https_returns_a_receipt(service: SimulatedService) -> None:
    with service.client() as client:
        receipt = client.push(
            CERTIFICATE, target_project="ap-southeast-3", target_service="ELB", timeout=10.0
        )
    [request] = service.saw("received")
    assert request["problem"] is None
    assert receipt == certpush.Receipt(
        certificate_id=CERTIFICATE,
        target_project="ap-southeast-3",
        target_service="ELB",
        http_status=204,
        request_id=receipt.request_id,
        attempts=1,
        message="scs1600313391074 was pushed to ELB in ap-southeast-3"
        " (stored, not yet bound to a listener)",
        hint=receipt.hint,
    )
    assert receipt.request_id
    assert "not yet bound" in receipt.hint


def test_a_receipt_is_frozen_pickles_and_tells_what_an_error_would(
    service: SimulatedService,
) -> None:
    receipt = service.client().push(CERTIFICATE, "", "CDN")
    with pytest.raises(AttributeError, match="not writable"):
        receipt.http_status = 500  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(receipt)) == receipt
    error = certpush.Timeout("an error to compare with")
    assert {name for name in vars(error) if not hasattr(receipt, name)} == set()
    assert pickle.loads(pickle.dumps(receipt)) != service.client().push(CERTIFICATE, "", "CDN")
    assert hash(pickle.loads(pickle.dumps(receipt))) == hash(receipt)
    assert repr(receipt).startswith(f"Receipt(certificate_id='{CERTIFICATE}', target_project='', ")
    assert receipt.status is certpush.Status.OK


def test_a_refusal_tells_everything_that_the_service_did(service: SimulatedService) -> None:
    client = service.client(token=UNKNOWN_TOKEN)
    with pytest.raises(certpush.Unauthorized) as caught:
        client.push(CERTIFICATE, "ap-southeast-3", "ELB")
    error = caught.value
    assert error.request_id
    assert "new one from the IAM of the same site" in error.hint
    assert error.status is certpush.Status.UNAUTHORIZED
    told = {**vars(error)}
    del told["request_id"], told["hint"]
    assert told == {
        "message": f"push of {CERTIFICATE} to ELB in ap-southeast-3: the service answered 401 "
        "APIGW.0301 Incorrect IAM authentication information: decrypt token fail; "
        "it was not pushed",
        "phase": "receive",
        "http_status": 401,
        "service_code": "APIGW.0301",
        "service_message": "Incorrect IAM authentication information: decrypt token fail",
        "retryable": False,
        "outcome_unknown": False,
        "retry_after_ms": None,
        "attempts": 1,
        "certificate_id": CERTIFICATE,
        "target_project": "ap-southeast-3",
        "target_service": "ELB",
        "target_certificate_id": "",
    }
    assert str(error) == error.message


def test_a_wait_that_the_service_asks_for_is_told(raw: RawServer) -> None:
    raw.answer(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
    client = certpush.Client(endpoint=raw.endpoint, token="t" * 32, retries=0)
    with pytest.raises(certpush.Throttled) as caught:
        client.push(CERTIFICATE, "", "CDN")
    assert caught.value.retry_after_ms == 7000
    assert caught.value.retryable


def test_a_push_of_its_own_takes_its_options_from_the_environment(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTPUSH_ENDPOINT", service.https)
    monkeypatch.setenv("CERTPUSH_CA_FILE", service.ca_file)
    monkeypatch.setenv("CERTPUSH_TOKEN", UNKNOWN_TOKEN)
    with pytest.raises(certpush.Unauthorized):
        certpush.push(CERTIFICATE, "", "CDN")
    receipt = certpush.push(CERTIFICATE, "", target_service="CDN", token=LONGEST_TOKEN, timeout=20)
    assert receipt.http_status == 204


def test_the_longest_token_is_sent(service: SimulatedService) -> None:
    receipt = service.client(token=LONGEST_TOKEN).push(CERTIFICATE, "", "CDN")
    assert receipt.http_status == 204


def test_connect_makes_the_connection_of_the_next_push(service: SimulatedService) -> None:
    with service.client() as client:
        assert client.connect(timeout=10) is None  # type: ignore[func-returns-value]
        client.push(CERTIFICATE, "", "CDN")
    assert service.saw("connections")["https"] == 1
    assert len(service.saw("received")) == 1


def test_a_failed_connect_is_a_transport_error() -> None:
    client = certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32)
    with pytest.raises(certpush.ConnectError) as caught:
        client.connect()
    assert not caught.value.outcome_unknown
    assert caught.value.phase == "connect"


def test_codes_are_explained() -> None:
    known = certpush.explain("scm.0203")
    assert known is not None
    assert known.name == "SCM.0203"
    assert known.status_number is None
    assert "although it is a 400" in known.outcome
    assert certpush.explain(certpush.Status.TIMEOUT) == certpush.explain("TIMEOUT")
    assert certpush.explain("no such code") is None
    told = known.to_dict()
    assert certpush.Explanation(**told) == known  # type: ignore[arg-type]
    assert list(told) == ["name", "status_number", "meaning", "hint", "outcome"]
