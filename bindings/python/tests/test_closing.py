"""Ending calls: close() and Cancel."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import certpush
from raw_server import RawServer
from simulated_service import CERTIFICATE, SimulatedService

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")


def client_of(raw: RawServer) -> certpush.Client:
    return certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=30)


def test_a_closed_client_refuses_calls(service: SimulatedService) -> None:
    with service.client() as client:
        client.push(*PUSH)
    for call in (lambda: client.push(*PUSH), client.connect):
        with pytest.raises(certpush.Cancelled, match="the client is closed") as caught:
            call()
        assert caught.value.attempts == 0
        assert not caught.value.outcome_unknown
    assert len(service.saw("received")) == 1


def test_closing_twice_is_closing_once(service: SimulatedService) -> None:
    client = service.client()
    assert not client.closed
    client.close()
    assert client.closed
    client.close()
    assert "(closed)" in repr(client)
    assert service.https in client.describe()


def test_a_client_is_closed_when_an_exception_ends_its_with_statement() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32) as client,
    ):
        raise ZeroDivisionError
    assert "(closed)" in repr(client)


def test_a_running_push_ends_as_it_would_have(raw: RawServer) -> None:
    with ThreadPoolExecutor() as pool:
        client = client_of(raw)
        running = pool.submit(client.push, *PUSH)
        raw.received.wait()
        client.close()
        with pytest.raises(certpush.Cancelled):
            client.push(*PUSH)
        raw.answer()
        assert running.result().request_id == "raw-1"


def test_a_cancel_stops_a_running_push(raw: RawServer) -> None:
    cancel = certpush.Cancel()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(client_of(raw).push, *PUSH, cancel=cancel)
        raw.received.wait()
        cancel.trigger()
        with pytest.raises(certpush.Cancelled) as caught:
            running.result()
    assert caught.value.outcome_unknown
    assert caught.value.attempts == 1


def test_a_triggered_cancel_stops_what_it_is_given_to(service: SimulatedService) -> None:
    cancel = certpush.Cancel()
    assert not cancel.triggered
    assert repr(cancel) == "<certpush.Cancel not triggered>"
    cancel.trigger()
    assert cancel.triggered
    assert repr(cancel) == "<certpush.Cancel triggered>"
    with pytest.raises(certpush.Cancelled) as caught:
        service.client().push(*PUSH, cancel=cancel)
    assert not caught.value.outcome_unknown
    assert service.saw("received") == []


def test_one_cancel_stops_many_calls() -> None:
    cancel = certpush.Cancel()
    cancel.trigger()
    client = certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32)
    for _ in range(3):
        with pytest.raises(certpush.Cancelled):
            client.connect(cancel=cancel)


def test_a_client_may_be_dropped_while_it_pushes(raw: RawServer) -> None:
    receipts: list[certpush.Receipt] = []
    thread = threading.Thread(target=lambda: receipts.append(client_of(raw).push(*PUSH)))
    thread.start()
    raw.received.wait()
    raw.answer()
    thread.join()
    assert receipts[0].http_status == 204
