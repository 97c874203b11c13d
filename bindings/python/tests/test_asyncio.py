"""AsyncClient: pushes that are awaited, and what becomes of them when the await ends early."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import gc
import json
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import certpush
from certpush import _aio_threads
from raw_server import RawServer
from simulated_service import CERTIFICATE, TOKEN, SimulatedService
from slow_service import SlowService, slow_service

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")
SINCE_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 brought it")

# What is promised within 100 ms, on a machine that does other things too.
AT_ONCE = 0.4


def client_of(service: SlowService | RawServer, **options: Any) -> certpush.AsyncClient:
    """A client of a service that takes its time."""
    defaults = {"endpoint": service.endpoint, "token": "t" * 32, "timeout": 30}
    return certpush.AsyncClient(**{**defaults, **options})


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes longer."""
    since = time.monotonic()
    yield
    took = time.monotonic() - since
    assert took < seconds, f"it took {took:.3f} s"


def threads_of_clients() -> int:
    """How many threads all clients have."""
    return sum(thread.name.startswith("certpush-") for thread in threading.enumerate())


def until(condition: Callable[[], bool]) -> None:
    """Wait, and hold the event loop up, until another thread has brought something about."""
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.001)


# What it does


def test_it_does_what_the_client_does(service: SimulatedService) -> None:
    async def program() -> None:
        options: dict[str, Any] = {"ca_file": service.ca_file, "token": TOKEN}
        async with certpush.AsyncClient(endpoint=service.https, **options) as client:
            await client.connect()
            receipt = await client.push(*PUSH, timeout=20)
            assert receipt.http_status == 204
            projects = (name for name in ("cn-north-4_test", "p"))
            results = await client.batch_push(CERTIFICATE, projects, target_service="WAF")
            assert [result.target_project for result in results] == ["cn-north-4_test", "p"]
            with pytest.raises(certpush.BatchIncomplete) as caught:
                await client.batch_push(CERTIFICATE, ["no-such-1"], "WAF")
            assert len(caught.value.results) == 1
            with pytest.raises(certpush.BadRequest):
                await client.push(CERTIFICATE, "no-such-1", "ELB")
            assert service.https in client.describe()
            assert repr(client).startswith("<certpush.AsyncClient ")
        assert repr(client).endswith("(closed)>")

    asyncio.run(program())


def test_its_options_may_come_from_the_environment(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def program() -> None:
        monkeypatch.setenv("CERTPUSH_ENDPOINT", "http://127.0.0.1:1")
        monkeypatch.setenv("CERTPUSH_TOKEN", TOKEN)
        client = certpush.AsyncClient.from_env(endpoint=service.http, max_concurrency=1)
        assert (await client.push(CERTIFICATE, None, "CDN")).target_project == ""
        assert not client.closed
        await client.close()
        assert client.closed

    asyncio.run(program())


def test_200_pushes_are_under_way_at_once_without_the_loops_executor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", refused)

    async def program() -> list[certpush.Receipt]:
        async with slow_service() as service, client_of(service) as client:
            pushes = asyncio.gather(*(client.push(*PUSH) for _ in range(200)))
            await service.has_received(200)
            assert not pushes.done()
            service.answer.set()
            return await pushes

    assert [receipt.http_status for receipt in asyncio.run(program())] == [204] * 200


def test_what_is_wrong_with_an_argument_is_said_as_by_the_client() -> None:
    async def program() -> None:
        client = certpush.AsyncClient(endpoint="http://127.0.0.1:1", token="t" * 32)
        wrong: list[tuple[Any, Awaitable[object]]] = [
            (TypeError, client.push(7, "p", "ELB")),  # type: ignore[arg-type]
            (TypeError, client.push(*PUSH, timeout="1")),  # type: ignore[arg-type]
            (TypeError, client.push(*PUSH, cancel=True)),  # type: ignore[arg-type]
            (TypeError, client.batch_push(CERTIFICATE, "p", "ELB")),
            (TypeError, client.batch_push(CERTIFICATE, 7, "ELB")),  # type: ignore[arg-type]
            (certpush.InvalidArgument, client.push("", "p", "ELB")),
            (certpush.InvalidArgument, client.push(*PUSH, timeout=1, timeout_ms=1)),
            (certpush.InvalidArgument, client.push(*PUSH, timeout=0)),
            (certpush.ConnectError, client.push(*PUSH)),
        ]
        for kind, call in wrong:
            with pytest.raises(kind) as caught:
                await call
            if isinstance(caught.value, certpush.Error):
                assert certpush.outcome_of(caught.value) == "not_pushed"
        await client.close()

    asyncio.run(program())


@pytest.mark.parametrize(
    ("most", "kind"),
    [(0, certpush.ConfigError), (1001, certpush.ConfigError), (True, TypeError), ("4", TypeError)],
)
def test_so_many_calls_at_once_are_none(most: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="max_concurrency must be"):
        certpush.AsyncClient(endpoint="http://127.0.0.1:1", token="t" * 32, max_concurrency=most)


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="tiemout"):
        certpush.AsyncClient(tiemout=1)  # type: ignore[call-arg]


def test_it_is_neither_pickled_nor_copied() -> None:
    client = certpush.AsyncClient(endpoint="http://127.0.0.1:1", token="t" * 32)
    for spread in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="AsyncClient cannot be pickled or copied"):
            spread(client)


def test_a_token_source_has_the_context_of_the_task_and_a_thread_of_the_client(
    service: SimulatedService,
) -> None:
    tenant = contextvars.ContextVar("tenant", default="")
    asked: list[tuple[str, str]] = []

    def source() -> str:
        asked.append((tenant.get(), threading.current_thread().name.partition("-")[0]))
        return TOKEN

    async def program() -> None:
        options: dict[str, Any] = {"ca_file": service.ca_file, "token_source": source}
        async with certpush.AsyncClient(endpoint=service.https, **options) as client:
            tenant.set("a")
            await client.push(*PUSH)

    asyncio.run(program())
    assert asked == [("a", "certpush")]


def test_what_a_token_source_raises_reaches_the_await() -> None:
    def broken() -> str:
        raise LookupError("no vault")

    async def program() -> None:
        client = certpush.AsyncClient(
            endpoint="http://127.0.0.1:1", token_source=broken, retries=0, max_concurrency=1
        )
        with pytest.raises(certpush.CredentialsUnavailable) as caught:
            await client.push(*PUSH)
        assert isinstance(caught.value.__cause__, LookupError)
        await client.close()

    asyncio.run(program())


# Waiting for a turn


def test_more_calls_than_may_be_made_at_once_wait_for_their_turn() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service, max_concurrency=2) as client:
            pushes = [
                asyncio.ensure_future(client.push(CERTIFICATE, f"p-{number}", "ELB"))
                for number in range(6)
            ]
            await service.has_received(2)
            assert threads_of_clients() == 2
            service.answer.set()
            await asyncio.gather(*pushes)
            assert threads_of_clients() == 2
            projects = [json.loads(body)["target_project"] for body in service.received]
        assert sorted(projects[:2]) == ["p-0", "p-1"]
        assert sorted(projects) == [f"p-{number}" for number in range(6)]

    asyncio.run(program())


def test_the_wait_for_a_turn_counts_towards_the_calls_time() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service, max_concurrency=1) as client:
            first = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            with within(0.2 + AT_ONCE), pytest.raises(certpush.Timeout) as caught:
                await client.push(*PUSH, timeout=0.2)
            service.answer.set()
            await first
            assert len(service.received) == 1
        error = caught.value
        assert "timed out after 200 ms before anything was sent" in error.message
        assert (error.phase, error.attempts, error.retryable) == ("start", 0, True)
        assert not error.outcome_unknown

    asyncio.run(program())


def test_a_call_that_has_waited_has_what_is_left_of_its_time(raw: RawServer) -> None:
    def slow_token() -> str:
        time.sleep(0.3)
        return "t" * 32

    async def program() -> None:
        client = client_of(raw, token=None, token_source=slow_token, max_concurrency=1)
        first = asyncio.ensure_future(client.push(*PUSH, timeout=20))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(client.push(*PUSH, timeout=0.5))
        await asyncio.to_thread(raw.received.wait)
        raw.answer()
        with within(0.6 + AT_ONCE), pytest.raises(certpush.Timeout, match="after 500 ms"):
            await second
        await first
        await client.close()

    asyncio.run(program())


def test_a_call_that_waits_for_its_turn_is_cancelled_at_once_and_was_not_pushed() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service, max_concurrency=1) as client:
            first = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            waiting = [asyncio.ensure_future(client.push(*PUSH)) for _ in range(100)]
            await asyncio.sleep(0)
            with within(AT_ONCE):
                for push in waiting:
                    push.cancel()
                for push in waiting:
                    with pytest.raises(asyncio.CancelledError) as caught:
                        await push
                    if sys.version_info >= (3, 11):
                        assert isinstance(caught.value.__cause__, certpush.Cancelled)
                        assert caught.value.__cause__.attempts == 0
                    assert certpush.outcome_of(caught.value) == "not_pushed"
            service.answer.set()
            await first
            assert len(service.received) == 1

    asyncio.run(program())


def test_a_call_that_waits_for_its_turn_is_stopped_by_its_cancel() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service, max_concurrency=1) as client:
            first = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            cancel = certpush.Cancel()
            second = asyncio.ensure_future(client.push(*PUSH, cancel=cancel))
            await asyncio.sleep(0)
            cancel.trigger()
            with within(AT_ONCE), pytest.raises(certpush.Cancelled) as caught:
                await second
            assert (caught.value.attempts, caught.value.outcome_unknown) == (0, False)
            service.answer.set()
            await first

    asyncio.run(program())


def test_what_waits_for_its_turn_keeps_no_journal_when_it_is_over(
    service: SimulatedService, tmp_path: Any
) -> None:
    journal = tmp_path / "journal"

    def hold() -> str:
        held.set()
        free.wait()
        return TOKEN

    held, free = threading.Event(), threading.Event()

    async def program() -> None:
        client = certpush.AsyncClient(
            endpoint=service.http, token_source=hold, journal=journal, max_concurrency=1
        )
        first = asyncio.ensure_future(client.push(*PUSH))
        await asyncio.to_thread(held.wait)
        with pytest.raises(certpush.Timeout):
            await client.push(CERTIFICATE, "p", "ELB", timeout=0.05)
        free.set()
        await first
        await client.close()

    asyncio.run(program())
    told = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    assert [entry["target_project"] for entry in told] == ["ap-southeast-3"] * 2


# Its own Cancel, and others'


def test_a_cancel_of_several_calls_stops_them_and_a_cancelled_task_stops_only_its_own() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service) as client:
            cancel = certpush.Cancel()
            pushes = [asyncio.ensure_future(client.push(*PUSH, cancel=cancel)) for _ in range(3)]
            await service.has_received(3)
            pushes[0].cancel()
            with suppress(asyncio.CancelledError):
                await pushes[0]
            assert not cancel.triggered
            cancel.trigger()
            with within(AT_ONCE):
                for push in pushes[1:]:
                    with pytest.raises(certpush.Cancelled) as caught:
                        await push
                    assert caught.value.outcome_unknown

    asyncio.run(program())


# The ways in which an await ends early


async def by_cancel(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    task = asyncio.ensure_future(push)
    await ready
    task.cancel()
    await task


async def by_cancelling_twice(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    task = asyncio.ensure_future(push)
    await ready
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await task


async def by_wait_for(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    await asyncio.wait_for(asyncio.gather(push, ready), 0.3)


async def by_wait_for_alone(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    asyncio.ensure_future(ready)  # noqa: RUF006 - it ends before the push
    await asyncio.wait_for(push, 0.3)


async def by_timeout(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    asyncio.ensure_future(ready)  # noqa: RUF006 - it ends before the push
    async with asyncio.timeout(0.3):
        await push


async def by_a_task_group_around(
    push: Coroutine[Any, Any, object], ready: Awaitable[object]
) -> None:
    async def fail() -> None:
        await ready
        raise LookupError

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        await push


async def by_a_task_of_a_group(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    task: asyncio.Task[object] | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
            task = group.create_task(push)
            await ready
            limit.reschedule(0)
    assert task
    task.result()  # The group does not tell of tasks that it has cancelled.


async def by_a_failed_sibling(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    async def fail() -> None:
        await ready
        raise LookupError

    task: asyncio.Task[object] | None = None
    with suppress(Exception):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(push)
            group.create_task(fail())
    assert task
    task.result()


async def by_gather(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    task = asyncio.ensure_future(push)
    together = asyncio.gather(asyncio.sleep(60), task)
    await ready
    together.cancel()
    with suppress(asyncio.CancelledError):
        await together  # It tells of the one that has ended first.
    await task


async def by_a_task_around(push: Coroutine[Any, Any, object], ready: Awaitable[object]) -> None:
    async def inner() -> None:
        try:
            await push
        except asyncio.CancelledError as cancelled:
            raise RuntimeError("in other words") from cancelled

    await by_cancel(inner(), ready)


ENDINGS: list[Any] = [
    by_cancel,
    by_cancelling_twice,
    by_wait_for,
    by_wait_for_alone,
    by_gather,
    by_a_task_around,
    pytest.param(by_timeout, marks=SINCE_3_11),
    pytest.param(by_a_task_group_around, marks=SINCE_3_11),
    pytest.param(by_a_task_of_a_group, marks=SINCE_3_11),
    pytest.param(by_a_failed_sibling, marks=SINCE_3_11),
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_push_that_was_sent_is_stopped_and_the_chain_says_that_it_may_have_happened(
    ending: Callable[..., Coroutine[Any, Any, None]],
) -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service) as client:
            with within(0.3 + AT_ONCE), pytest.raises(BaseException) as caught:  # noqa: PT011
                await ending(client.push(*PUSH), service.has_received(1))
            assert not isinstance(caught.value, AssertionError)
            [told] = certpush_errors(caught.value)
            assert isinstance(told, certpush.Cancelled)
            assert (told.outcome_unknown, told.phase, told.attempts) == (True, "receive", 1)
            assert certpush.outcome_of(caught.value) == "unknown"

    asyncio.run(program())


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_chain_says_of_a_push_that_was_not_sent_that_it_did_not_happen(
    ending: Callable[..., Coroutine[Any, Any, None]],
) -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service, max_concurrency=1) as client:
            first = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            with pytest.raises(BaseException) as caught:  # noqa: PT011
                await ending(client.push(*PUSH), asyncio.sleep(0.01))
            assert certpush.outcome_of(caught.value) == "not_pushed"
            service.answer.set()
            await first
            assert len(service.received) == 1

    asyncio.run(program())


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_chain_says_of_a_push_that_was_answered_that_it_happened(
    service: SimulatedService,
    monkeypatch: pytest.MonkeyPatch,
    ending: Callable[..., Coroutine[Any, Any, None]],
    batch: bool,
) -> None:
    """It has succeeded when the task is cancelled, but the thread has not told the loop yet."""
    monkeypatch.setattr(_aio_threads, "PATIENCE", 20.0)

    async def program() -> None:
        answered, go_on = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        class Hold(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if "outcome=pushed" in record.getMessage():
                    loop.call_soon_threadsafe(answered.set)
                    go_on.wait(20)

        async def cancelled_meanwhile() -> None:
            await answered.wait()
            # For whom is told by this to cancel. What comes by the clock comes later.
            loop.call_later(0.4, go_on.set)

        logger, handler = logging.getLogger("certpush"), Hold()
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            client = certpush.AsyncClient(endpoint=service.http, token=TOKEN)
            push: Coroutine[Any, Any, object] = client.push(*PUSH)
            if batch:
                push.close()
                push = client.batch_push(CERTIFICATE, ["p", "cn-north-4"], "ELB")
            with pytest.raises(BaseException) as caught:  # noqa: PT011
                await ending(push, cancelled_meanwhile())
            await client.close()
        finally:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
        assert certpush.outcome_of(caught.value) == "pushed"
        told = next(one for one in certpush_errors(caught.value))
        assert isinstance(told, certpush.Cancelled)
        assert told.pushed
        assert told.request_id == service.saw("received")[-1].get("request_id", told.request_id)
        assert (told.http_status, told.outcome_unknown) == (200 if batch else 204, True)
        assert "but the task was cancelled before the receipt" in told.message

    asyncio.run(program())


def certpush_errors(exception: BaseException) -> list[certpush.Error]:
    """The errors of certpush in a chain of causes."""
    found: list[certpush.Error] = []
    left, seen = [exception], set()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, certpush.Error):
            found.append(one)
        left += [next_ for next_ in (one.__cause__, one.__context__) if next_ is not None]
    return found


def test_a_push_that_happened_is_pushed_wherever_its_error_goes() -> None:
    error = certpush.Cancelled("pushed, but", http_status=204, pushed=True)
    again = certpush.Cancelled(*json.loads(json.dumps(error.args)))
    for one in (error, again, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (one.pushed, one.outcome_unknown, one.retryable) == (True, True, False)
        assert certpush.outcome_of(one) == "pushed"
        assert repr(one).endswith("pushed=True)")
    in_other_words = certpush.Cancelled(f"on the way: {error}")
    assert not in_other_words.pushed
    assert certpush.outcome_of(in_other_words) == "unknown"


def test_a_group_of_which_one_was_pushed_and_another_not_is_unknown() -> None:
    error = RuntimeError()
    error.__cause__ = certpush.Cancelled("pushed, but", pushed=True)
    error.__context__ = certpush.ConnectError("refused")
    assert certpush.outcome_of(error) == "unknown"


def test_a_task_that_was_cancelled_before_it_began_knows_of_no_push() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service) as client:
            task = asyncio.ensure_future(client.push(*PUSH))
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert certpush.outcome_of(caught.value) == "unknown"
            assert service.received == []

    asyncio.run(program())


# A program's own code holds the thread


def test_an_await_is_not_held_up_by_a_token_source_and_nothing_is_sent_after_it() -> None:
    held, free = threading.Event(), threading.Event()

    def hold() -> str:
        held.set()
        free.wait(20)
        return "t" * 32

    async def program() -> None:
        async with slow_service() as service:
            client = client_of(service, token=None, token_source=hold)
            task = asyncio.ensure_future(client.push(*PUSH))
            await asyncio.to_thread(held.wait)
            task.cancel()
            with within(0.5 + AT_ONCE), pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert certpush.outcome_of(caught.value) == "unknown"
            [told] = certpush_errors(caught.value)
            assert "has not ended within 500 ms" in told.message
            assert told.certificate_id == CERTIFICATE
            free.set()
            await client.close()
            assert service.received == []

    asyncio.run(program())


def test_a_cancelled_connect_has_pushed_nothing() -> None:
    held, free = threading.Event(), threading.Event()

    class Hold(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            held.set()
            free.wait(20)

    async def program(waits: bool) -> None:
        async with slow_service() as service, client_of(service) as client:
            task = asyncio.ensure_future(client.connect())
            await asyncio.to_thread(held.wait)
            task.cancel()
            if not waits:
                free.set()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            free.set()
            assert certpush.outcome_of(caught.value) == "not_pushed"

    logger, handler = logging.getLogger("certpush"), Hold()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        for waits in (False, True):
            held.clear()
            free.clear()
            asyncio.run(program(waits))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


# Loops that go away


def test_a_loop_that_was_closed_is_not_touched(raw: RawServer) -> None:
    loop = asyncio.new_event_loop()
    client = client_of(raw)
    push = client.push(*PUSH)
    task = loop.create_task(push)
    loop.run_until_complete(asyncio.sleep(0))
    raw.received.wait()
    loop.close()
    raw.answer()
    until(lambda: client._threads._calls == 0)
    asyncio.run(client.close())
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    push.close()


def test_a_push_whose_await_was_dropped_is_stopped() -> None:
    async def program() -> None:
        async with slow_service() as service, client_of(service) as client:
            push = client.push(*PUSH)
            push.send(None)
            await service.has_received(1)
            push.close()
            with within(AT_ONCE):
                await client.close()

    asyncio.run(program())


def test_several_loops_share_a_client(service: SimulatedService) -> None:
    async def pushes(client: certpush.AsyncClient) -> list[certpush.Receipt]:
        return await asyncio.gather(*(client.push(*PUSH) for _ in range(25)))

    client = certpush.AsyncClient(endpoint=service.http, token=TOKEN, max_concurrency=8)
    receipts: list[certpush.Receipt] = []
    threads = [
        threading.Thread(target=lambda: receipts.extend(asyncio.run(pushes(client))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(client.close())
    assert len({receipt.request_id for receipt in receipts}) == 200


# close()


def test_close_refuses_calls_and_waits_for_those_that_run() -> None:
    async def program() -> None:
        async with slow_service() as service:
            client = client_of(service, max_concurrency=1)
            running = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            waiting = asyncio.ensure_future(client.push(*PUSH))
            await asyncio.sleep(0)
            closing = [asyncio.ensure_future(client.close()) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(certpush.Cancelled, match="the client is closed") as caught:
                await client.push(*PUSH)
            assert (caught.value.attempts, caught.value.outcome_unknown) == (0, False)
            assert not any(close.done() for close in closing)
            service.answer.set()
            await asyncio.gather(*closing)
            assert (await running).http_status == 204
            with pytest.raises(certpush.Cancelled, match="the client is closed") as caught:
                await waiting
            assert (caught.value.attempts, caught.value.outcome_unknown) == (0, False)
            assert len(service.received) == 1
            until(lambda: threads_of_clients() == 0)
            await client.close()

    asyncio.run(program())


def test_a_close_that_is_cancelled_has_closed_the_client() -> None:
    async def program() -> None:
        async with slow_service() as service:
            client = client_of(service)
            running = asyncio.ensure_future(client.push(*PUSH))
            await service.has_received(1)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.close(), 0.01)
            with pytest.raises(certpush.Cancelled, match="the client is closed"):
                await client.push(*PUSH)
            service.answer.set()
            assert (await running).http_status == 204

    asyncio.run(program())


# Threads


def test_idle_threads_end_after_a_while(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def program() -> None:
        monkeypatch.setattr(_aio_threads, "KEPT", 0.01)
        client = certpush.AsyncClient(endpoint=service.http, token=TOKEN)
        for _ in range(3):
            await asyncio.gather(*(client.push(*PUSH) for _ in range(10)))
            until(lambda: threads_of_clients() == 0)
        await client.close()

    asyncio.run(program())


def test_where_no_thread_can_be_started_nothing_was_pushed(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def program() -> None:
        async with certpush.AsyncClient(endpoint=service.http, token=TOKEN) as client:
            with monkeypatch.context() as patched:
                patched.setattr(threading.Thread, "start", full)
                with pytest.raises(certpush.InternalError, match="can't start new") as caught:
                    await client.push(*PUSH)
                assert not caught.value.outcome_unknown
            await client.push(*PUSH)
            with monkeypatch.context() as patched:
                patched.setattr(threading.Thread, "start", full)
                await asyncio.gather(*(client.push(*PUSH) for _ in range(10)))

    asyncio.run(program())
    assert len(service.saw("received")) == 11


def test_thousands_of_awaits_leave_nothing_behind(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest keeps every line of a test's log.
    monkeypatch.setattr(logging.getLogger("certpush"), "propagate", False)

    async def program() -> int:
        client = certpush.AsyncClient(endpoint=service.http, token=TOKEN, max_concurrency=2)

        async def each(count: int) -> None:
            for _ in range(count):
                await client.push(*PUSH)
                with suppress(certpush.InvalidArgument):
                    await client.push("", "p", "ELB")
                task = asyncio.ensure_future(client.push(*PUSH))
                await asyncio.sleep(0)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

        await each(50)
        gc.collect()
        gc.disable()
        try:
            before = len(gc.get_objects())
            await each(1000)
            return len(gc.get_objects()) - before
        finally:
            gc.enable()
            await client.close()

    assert asyncio.run(program()) < 500


# Processes


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        [sys.executable, "-c", "import asyncio, certpush, os, sys\n" + program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


FORK = """
endpoint, token = sys.argv[1:]
client = certpush.AsyncClient(endpoint=endpoint, token=token, max_concurrency=4)

async def pushes():
    async def push():
        return (await client.push("scs1600313391074", "p", "ELB")).request_id
    return await asyncio.gather(*(push() for _ in range(20)))

before = asyncio.run(pushes())
readable, writable = os.pipe()
child = os.fork()
if child == 0:
    os.write(writable, " ".join(asyncio.run(pushes())).encode())
    os._exit(0)
os.close(writable)
after = asyncio.run(pushes())
with open(readable) as pipe:
    in_child = pipe.read().split()
assert os.waitpid(child, 0)[1] == 0
print(len({*before, *after, *in_child}))
"""


def test_a_forked_child_uses_its_parents_client(service: SimulatedService) -> None:
    done = run(FORK, service.http, TOKEN)
    assert (done.returncode, done.stdout) == (0, "60\n"), done.stderr


WITHOUT_END = """
import threading
way, endpoint = sys.argv[1:]
loop = asyncio.new_event_loop()
asked = loop.create_future()

def hang():
    loop.call_soon_threadsafe(lambda: asked.done() or asked.set_result(None))
    threading.Event().wait()

source = {"token_source": hang} if way == "source" else {"token": "t" * 32}
client = certpush.AsyncClient(endpoint=endpoint, max_concurrency=3, **source)
pushes = [loop.create_task(client.push("scs1600313391074", "p", "ELB")) for _ in range(5)]
for push in pushes:
    push._log_destroy_pending = False
if way == "source":
    loop.run_until_complete(asked)
else:
    loop.run_until_complete(asyncio.sleep(0.1))
sys.exit(7)
"""


@pytest.mark.parametrize("way", ["source", "service"])
def test_no_push_holds_up_the_end_of_the_program(raw: RawServer, way: str) -> None:
    with within(10):
        done = run(WITHOUT_END, way, raw.endpoint)
    assert (done.returncode, done.stdout) == (7, "")
    assert "Error" not in done.stderr


CTRL_C = """
import signal, threading
endpoint = sys.argv[1]

async def program():
    async with certpush.AsyncClient(endpoint=endpoint, token="t" * 32) as client:
        loop = asyncio.get_running_loop()
        loop.call_later(0.2, os.kill, os.getpid(), signal.SIGINT)
        await client.push("scs1600313391074", "p", "ELB")

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    asyncio.run(program())
except KeyboardInterrupt as interrupt:
    print(certpush.outcome_of(interrupt), interrupt.__context__.__cause__.phase)
"""


@SINCE_3_11
def test_ctrl_c_stops_what_is_awaited_and_tells_its_outcome(raw: RawServer) -> None:
    done = run(CTRL_C, raw.endpoint)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "unknown receive\n")


def test_asyncio_is_imported_by_those_alone_who_want_it() -> None:
    program = "assert 'asyncio' not in set(sys.modules)\ncertpush.AsyncClient\n"
    done = subprocess.run([sys.executable, "-c", f"import certpush, sys\n{program}"], check=False)
    assert done.returncode == 0
