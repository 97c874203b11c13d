"""A program's own source of tokens."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, NoReturn

import pytest

import certpush
from simulated_service import CERTIFICATE, TOKEN, UNKNOWN_TOKEN, SimulatedService

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")
FEW_RETRIES: dict[str, Any] = {"retries": 2, "retry_base_ms": 1}


def client_of(
    service: SimulatedService, source: Callable[[], Any], **options: Any
) -> certpush.Client:
    """A client that asks `source` for its tokens."""
    return service.client(token=None, token_source=source, **options)


class VaultSealedError(Exception):
    """What a program's own code may raise."""


class Failing:
    """A source that raises, and counts how often it was asked."""

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception
        self.asked = 0

    def __call__(self) -> NoReturn:
        self.asked += 1
        raise self.exception


def test_a_source_is_asked_before_each_push_on_its_thread(service: SimulatedService) -> None:
    asked_on: list[int] = []

    def source() -> str:
        asked_on.append(threading.get_ident())
        return TOKEN

    client = client_of(service, source)
    assert asked_on == []
    client.push(*PUSH)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.push, *PUSH).result()
        (thread,) = pool._threads
    assert asked_on == [threading.get_ident(), thread.ident]


def test_a_source_is_asked_once_more_when_its_token_was_refused(service: SimulatedService) -> None:
    tokens = iter([UNKNOWN_TOKEN, TOKEN])
    receipt = client_of(service, lambda: next(tokens)).push(*PUSH)
    assert receipt.attempts == 2


def test_threads_share_a_source(service: SimulatedService) -> None:
    with client_of(service, lambda: TOKEN) as client, ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: client.push(*PUSH), range(160)))
    assert len({receipt.request_id for receipt in receipts}) == 160


def test_its_exception_is_the_cause_of_the_pushes(service: SimulatedService) -> None:
    source = Failing(VaultSealedError("sealed since noon"))
    client = client_of(service, source, **FEW_RETRIES)
    with pytest.raises(certpush.CredentialsUnavailable, match="sealed since noon") as caught:
        client.push(*PUSH)
    assert caught.value.__cause__ is source.exception
    assert source.asked == 3
    assert caught.value.attempts == 0
    assert caught.value.retryable
    assert not caught.value.outcome_unknown
    assert service.saw("received") == []


def test_an_exception_that_passes_does_not_stop_the_push(service: SimulatedService) -> None:
    answers: Iterator[Any] = iter([VaultSealedError(), TOKEN])

    def source() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    assert client_of(service, source, **FEW_RETRIES).push(*PUSH).attempts == 1


def test_an_error_of_another_push_has_no_cause(service: SimulatedService) -> None:
    failing = client_of(service, Failing(VaultSealedError()), retries=0)
    with pytest.raises(certpush.CredentialsUnavailable):
        failing.push(*PUSH)
    with pytest.raises(certpush.Unauthorized) as caught:
        service.client(token=UNKNOWN_TOKEN).push(*PUSH)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("exception", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
@pytest.mark.parametrize("in_a_thread", [False, True])
def test_what_is_no_exception_for_programs_is_raised_itself(
    exception: BaseException, in_a_thread: bool, service: SimulatedService
) -> None:
    source = Failing(exception)
    client = client_of(service, source, **FEW_RETRIES)
    caught: list[BaseException] = []

    def push() -> None:
        try:
            client.push(*PUSH)
        except BaseException as raised:  # noqa: BLE001 - it is what is tested
            caught.append(raised)

    if in_a_thread:
        thread = threading.Thread(target=push)
        thread.start()
        thread.join()
    else:
        push()
    assert caught == [exception]
    assert source.asked == 1
    outcome = exception.__cause__
    assert isinstance(outcome, certpush.Error)
    assert not outcome.outcome_unknown
    assert outcome.attempts == 0


@pytest.mark.parametrize("wrong", [None, 1, b"bytes"])
def test_a_result_of_the_wrong_type_is_a_type_error(wrong: Any, service: SimulatedService) -> None:
    expected = rf"^what token_source returns must be str, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=expected):
        client_of(service, lambda: wrong, **FEW_RETRIES).push(*PUSH)


@pytest.mark.parametrize("wrong", ["short", "t" * 31, "t" * 32 + "\n", "\udcff" * 32])
def test_a_result_that_is_no_token_is_an_invalid_argument(
    wrong: str, service: SimulatedService
) -> None:
    with pytest.raises(certpush.InvalidArgument, match="token") as caught:
        client_of(service, lambda: wrong).push(*PUSH)
    assert wrong not in str(caught.value)


def test_a_source_may_push_itself(service: SimulatedService) -> None:
    inner = client_of(service, Failing(VaultSealedError("inner")), retries=0)

    def source() -> str:
        with pytest.raises(certpush.CredentialsUnavailable, match="inner"):
            inner.push(*PUSH)
        raise LookupError("outer")

    with pytest.raises(certpush.CredentialsUnavailable, match="outer") as caught:
        client_of(service, source, retries=0).push(*PUSH)
    assert isinstance(caught.value.__cause__, LookupError)


def test_an_exception_of_a_signal_handler_that_runs_within_the_source_is_the_sources(
    service: SimulatedService,
) -> None:
    class OutOfTimeError(Exception):
        pass

    def handler(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise OutOfTimeError

    def source() -> str:
        signal.raise_signal(signal.SIGALRM)
        return TOKEN

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(certpush.CredentialsUnavailable) as caught:
            client_of(service, source, retries=0).push(*PUSH)
    finally:
        signal.signal(signal.SIGALRM, before)
    # It was raised within the source, so nobody can tell it from the source's own.
    assert isinstance(caught.value.__cause__, OutOfTimeError)


def test_a_source_and_a_token_exclude_each_other(service: SimulatedService) -> None:
    with pytest.raises(certpush.ConfigError, match="token source and option token exclude"):
        service.client(token_source=lambda: TOKEN)


def test_no_token_of_a_source_is_shown(service: SimulatedService) -> None:
    client = client_of(service, lambda: UNKNOWN_TOKEN)
    with pytest.raises(certpush.Unauthorized) as caught:
        client.push(*PUSH)
    for shown in (repr(client), client.describe(), repr(caught.value)):
        assert UNKNOWN_TOKEN not in shown
    assert "own source" in client.describe()


class Deployer:
    """An object that has a client which asks the object for its tokens."""

    def __init__(self, service: SimulatedService) -> None:
        self.client = client_of(service, self.token)

    def token(self) -> str:
        return TOKEN


def test_an_object_that_is_its_own_clients_source_is_collected(service: SimulatedService) -> None:
    deployer = Deployer(service)
    deployer.client.push(*PUSH)
    gone = weakref.ref(deployer)
    del deployer
    gc.collect()
    assert gone() is None


def test_a_closed_client_lets_go_of_its_source(service: SimulatedService) -> None:
    deployer = Deployer(service)
    deployer.client.close()
    gone = weakref.ref(deployer)
    gc.disable()
    try:
        del deployer
        assert gone() is None
    finally:
        gc.enable()


def test_a_source_that_takes_longer_than_the_push_may_is_a_timeout_of_the_credentials(
    service: SimulatedService,
) -> None:
    def slow() -> str:
        time.sleep(0.2)
        return TOKEN

    with pytest.raises(certpush.Timeout, match="token source") as caught:
        client_of(service, slow, timeout=0.1).push(*PUSH)
    assert (caught.value.phase, caught.value.attempts) == ("credentials", 0)
    assert not caught.value.outcome_unknown
    assert "token source" in caught.value.hint
