"""AsyncClient.push_all: results as they come, and a run that ends early tells all outcomes."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import certpush
from certpush import Target
from push_service import TOKEN, PushService, push_service, refusal
from raw_server import NO_CONTENT
from simulated_service import CERTIFICATE
from test_asyncio import AT_ONCE, SINCE_3_11, certpush_errors, until, within


@pytest.fixture
def pushes() -> Iterator[PushService]:
    """A service of many pushes."""
    with push_service() as service:
        yield service


def client_of(service: PushService, **options: Any) -> certpush.AsyncClient:
    credential = {} if "token_source" in options else {"token": TOKEN}
    defaults = {"endpoint": service.endpoint, "timeout": 30, "retries": 0, "jobs": 4, **credential}
    return certpush.AsyncClient(**{**defaults, **options})


def targets(count: int) -> list[Target]:
    return [Target(CERTIFICATE, f"p{number}", "ELB") for number in range(count)]


def counted(**counts: int) -> dict[str, int]:
    """What PushAll.counts tells, with 0 for what is not given."""
    keys = ("pushed", "pushed_earlier", "not_pushed", "unknown", "not_tried")
    assert counts.keys() <= set(keys)
    return {key: counts.get(key, 0) for key in keys}


async def is_held(held: threading.Event) -> None:
    """Wait for what a run does, which has begun before the tasks that wait for it."""
    await asyncio.sleep(0)
    await asyncio.to_thread(held.wait)


async def has_come(service: PushService, count: int) -> None:
    """Wait for so many pushes, and let the loop go on meanwhile."""
    await asyncio.to_thread(service.wait_for, count)


def serving_threads() -> int:
    return sum(thread.name == "certpush-push-all" for thread in threading.enumerate())


def test_results_come_as_they_end_and_the_loop_goes_on(pushes: PushService) -> None:
    async def program() -> None:
        pushes.hold("p2")  # The first goes alone, until the service has taken the token.
        async with client_of(pushes) as client:
            run = client.push_all(targets(3))
            assert len(run) == 3
            assert (run.message, run.counts) == ("", counted())
            first = {(await run.__anext__()).target_project for _ in range(2)}
            assert first == {"p0", "p1"}
            assert [result.index for result in run.results] == [0, 1]
            last = asyncio.ensure_future(run.__anext__())
            await asyncio.sleep(0.01)
            assert not last.done()
            pushes.released.set()
            assert (await last).target_project == "p2"
            with pytest.raises(StopAsyncIteration):
                await run.__anext__()
            assert [result.index for result in run.results] == [0, 1, 2]
            assert await run.raise_if_incomplete() == run.results
            assert run.counts["pushed"] == 3
            assert run.message.startswith("3 targets: 3 pushed")
            assert repr(run) == "<certpush.AsyncPushAll 3 of 3 targets ended>"

    asyncio.run(program())
    until(lambda: serving_threads() == 0)


def test_what_was_not_pushed_is_raised_with_all_results(pushes: PushService) -> None:
    failed = refusal(500, "SCM.0001")
    pushes.answer = lambda project: failed if project == "p1" else NO_CONTENT

    async def program() -> None:
        async with client_of(pushes) as client:
            with pytest.raises(certpush.BatchIncomplete) as caught:
                await client.push_all(targets(3)).raise_if_incomplete()
        outcomes = [result.outcome for result in caught.value.results]
        assert outcomes == ["pushed", "unknown", "pushed"]

    asyncio.run(program())


def test_counts_tell_what_has_ended_so_far(pushes: PushService, tmp_path: Path) -> None:
    answers = {"p1": refusal(500, "SCM.0001"), "p2": refusal(400, "SCM.0069")}

    def answer(project: str) -> bytes:
        if project == "p4":
            pushes.released.wait()
        return answers.get(project, NO_CONTENT)

    pushes.answer = answer
    journal = tmp_path / "journal"
    with pushes.client(journal=journal) as before:
        before.push(CERTIFICATE, "p0", "ELB")

    async def program() -> None:
        async with client_of(pushes, journal=journal, jobs=1) as client:
            run = client.push_all(targets(6))
            for _ in range(4):
                await run.__anext__()
            so_far = {"pushed": 2, "pushed_earlier": 1, "not_pushed": 1, "unknown": 1}
            assert (run.message, run.counts) == ("", counted(**so_far))
            await has_come(pushes, 5)
            run.stop()
            pushes.released.set()
            async for _ in run:
                pass
            # The last result comes before the end does.
            whole = counted(**{**so_far, "pushed": 3}, not_tried=1)
            assert run.counts == whole
            with suppress(certpush.BatchIncomplete):
                await run.raise_if_incomplete()
            assert run.counts == whole

    asyncio.run(program())


def test_an_asynchronous_generator_that_is_closed_cuts_no_push_off(pushes: PushService) -> None:
    runs: list[certpush.AsyncPushAll] = []

    async def indices(client: certpush.AsyncClient) -> AsyncIterator[int]:
        async with client.push_all(targets(9)) as run:
            runs.append(run)
            async for result in run:
                yield result.index

    async def program() -> None:
        pushes.hold("p1")
        async with client_of(pushes, jobs=1) as client:
            generator: Any = indices(client)
            assert await generator.__anext__() == 0
            await has_come(pushes, 2)
            await generator.aclose()
            await asyncio.sleep(0.3)  # A cancel would be over by then.
            pushes.released.set()
        assert runs[0].counts == counted(pushed=2, not_tried=7)

    asyncio.run(program())
    assert pushes.seen == ["p0", "p1"]


def test_a_list_that_is_refused_is_refused_at_once() -> None:
    async def program() -> None:
        client = certpush.AsyncClient(endpoint="http://127.0.0.1:1", token=TOKEN)
        with pytest.raises(certpush.InvalidArgument, match=r"targets\[1\]"):
            client.push_all([*targets(1), ("", "p", "ELB")])
        with pytest.raises(TypeError):
            client.push_all(7)  # type: ignore[arg-type]
        await client.close()
        with pytest.raises(certpush.Cancelled, match="the client is closed"):
            client.push_all(targets(1))

    asyncio.run(program())
    until(lambda: serving_threads() == 0)


def test_without_a_thread_nothing_is_begun(
    pushes: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def program() -> None:
        async with client_of(pushes) as client:
            with monkeypatch.context() as patched:
                patched.setattr(threading.Thread, "start", full)
                with pytest.raises(certpush.InternalError, match="can't start") as caught:
                    client.push_all(targets(3))
            assert not caught.value.outcome_unknown

    asyncio.run(program())
    assert pushes.seen == []


def test_a_thousand_results_are_told_once_each_to_several_tasks(pushes: PushService) -> None:
    async def program() -> Counter[int]:
        async with client_of(pushes, jobs=16) as client:
            run = client.push_all(targets(1000))

            async def some() -> list[int]:
                return [result.index async for result in run]

            told = await asyncio.gather(*(some() for _ in range(4)))
            return Counter(index for one in told for index in one)

    assert asyncio.run(program()) == dict.fromkeys(range(1000), 1)


@pytest.mark.parametrize("way", ["break", "exception"])
def test_a_block_that_is_left_stops_the_run_and_waits_for_what_is_under_way(
    pushes: PushService, way: str
) -> None:
    async def program() -> None:
        pushes.hold(*(f"p{number}" for number in range(1, 100)))
        client = client_of(pushes)
        run = client.push_all(targets(100))
        with suppress(LookupError):
            async with run:
                async for _ in run:
                    await has_come(pushes, 5)
                    asyncio.get_running_loop().call_later(0.05, pushes.released.set)
                    if way == "exception":
                        raise LookupError
                    break
        outcomes = Counter(result.outcome for result in run.results)
        assert len(run.results) == 100
        assert outcomes["unknown"] == 0
        assert outcomes["pushed"] == len(pushes.seen) < 20
        await client.close()

    asyncio.run(program())


async def in_the_loop(run: certpush.AsyncPushAll, ready: asyncio.Event) -> None:
    async for _ in run:
        ready.set()


async def in_the_wait(run: certpush.AsyncPushAll, ready: asyncio.Event) -> None:
    ready.set()
    await run.raise_if_incomplete()


async def in_the_block(run: certpush.AsyncPushAll, ready: asyncio.Event) -> None:
    async with run:
        ready.set()
        await asyncio.sleep(60)


async def leaving_the_block(run: certpush.AsyncPushAll, ready: asyncio.Event) -> None:
    async with run:
        ready.set()


WAITS = [in_the_loop, in_the_wait, in_the_block, leaving_the_block]


@pytest.mark.parametrize("wait", WAITS)
def test_a_cancelled_task_cancels_its_run_and_the_chain_tells_all_outcomes(
    pushes: PushService, wait: Any
) -> None:
    async def program() -> None:
        pushes.hold(*(f"p{number}" for number in range(1, 100)))
        async with client_of(pushes) as client:
            run = client.push_all(targets(100))
            await has_come(pushes, 5)
            ready = asyncio.Event()
            task = asyncio.ensure_future(wait(run, ready))
            await ready.wait()
            task.cancel()
            with within(AT_ONCE), pytest.raises(asyncio.CancelledError) as caught:
                await task
            told = certpush_errors(caught.value)
            [incomplete] = [one for one in told if isinstance(one, certpush.BatchIncomplete)]
            assert len(incomplete.results) == 100
            assert incomplete.results == run.results
            outcomes = Counter(result.outcome for result in incomplete.results)
            assert (outcomes["pushed"], outcomes["unknown"]) == (1, 4)
            assert certpush.outcome_of(caught.value) == "unknown"

    asyncio.run(program())


@SINCE_3_11
def test_a_timeout_around_the_loop_tells_all_outcomes(pushes: PushService) -> None:
    async def program() -> None:
        pushes.hold()
        async with client_of(pushes) as client:
            run = client.push_all(targets(9))

            async def wait() -> None:
                async with asyncio.timeout(0.2):
                    await in_the_loop(run, asyncio.Event())

            with within(0.2 + AT_ONCE), pytest.raises(TimeoutError) as caught:
                await wait()
            told = certpush_errors(caught.value)
            assert any(isinstance(one, certpush.BatchIncomplete) for one in told)
            assert certpush.outcome_of(caught.value) == "unknown"

    asyncio.run(program())


def test_a_run_of_which_all_were_pushed_when_its_task_was_cancelled_says_so(
    pushes: PushService,
) -> None:
    held, free = threading.Event(), threading.Event()

    class Hold(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            held.set()
            free.wait(20)

    async def program() -> None:
        async with client_of(pushes) as client:
            task = asyncio.ensure_future(client.push_all(targets(1)).raise_if_incomplete())
            await is_held(held)
            task.cancel()
            await asyncio.sleep(0)
            free.set()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert certpush.outcome_of(caught.value) == "pushed"

    logger, handler = logging.getLogger("certpush"), Hold()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        asyncio.run(program())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def test_a_token_source_that_hangs_does_not_hold_up_the_task(pushes: PushService) -> None:
    held, free = threading.Event(), threading.Event()

    def hang() -> str:
        held.set()
        free.wait(20)
        return TOKEN

    async def program() -> None:
        async with client_of(pushes, token_source=hang) as client:
            run = client.push_all(targets(3))
            task = asyncio.ensure_future(in_the_loop(run, asyncio.Event()))
            await is_held(held)
            task.cancel()
            with within(0.5 + AT_ONCE), pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert certpush.outcome_of(caught.value) == "unknown"
            assert (run.message, run.counts, run.results) == ("", counted(), [])
            free.set()
            with pytest.raises(certpush.BatchIncomplete) as incomplete:
                await run.raise_if_incomplete()
            assert certpush.outcome_of(incomplete.value) == "not_pushed"

    asyncio.run(program())
    assert pushes.seen == []


def test_what_a_token_source_raises_that_is_no_exception_reaches_the_task(
    pushes: PushService,
) -> None:
    class Stop(BaseException):
        pass

    def stop() -> str:
        raise Stop

    async def program() -> None:
        async with client_of(pushes, token_source=stop) as client:
            run = client.push_all(targets(3))
            with pytest.raises(Stop) as caught:
                await in_the_loop(run, asyncio.Event())
            assert certpush.outcome_of(caught.value) == "not_pushed"

    asyncio.run(program())


def test_a_run_that_nobody_has_any_more_is_stopped(pushes: PushService) -> None:
    async def program() -> None:
        pushes.hold(*(f"p{number}" for number in range(1, 100)))
        async with client_of(pushes) as client:
            run = client.push_all(targets(100))
            await has_come(pushes, 5)
            del run
            gc.collect()
            pushes.released.set()
        assert len(pushes.seen) < 20

    asyncio.run(program())


def test_close_waits_for_runs(pushes: PushService) -> None:
    async def program() -> None:
        pushes.hold("p8")
        client = client_of(pushes)
        run = client.push_all(targets(9))
        await has_come(pushes, 9)
        closing = asyncio.ensure_future(client.close())
        await asyncio.sleep(0.01)
        assert not closing.done()
        pushes.released.set()
        await closing
        assert len(await run.raise_if_incomplete()) == 9

    asyncio.run(program())


CTRL_C = """
import asyncio, certpush, os, signal, sys
endpoint = sys.argv[1]

async def program():
    async with certpush.AsyncClient(endpoint=endpoint, token="t" * 32) as client:
        loop = asyncio.get_running_loop()
        loop.call_later(0.2, os.kill, os.getpid(), signal.SIGINT)
        async for _ in client.push_all([("scs1600313391074", f"p{n}", "ELB") for n in range(9)]):
            pass

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    asyncio.run(program())
except KeyboardInterrupt as interrupt:
    told = interrupt.__context__.__cause__
    print(certpush.outcome_of(interrupt), len(told.results))
"""


@SINCE_3_11
def test_ctrl_c_cancels_a_run_and_tells_all_outcomes(pushes: PushService) -> None:
    pushes.hold()
    done = subprocess.run(
        [sys.executable, "-c", CTRL_C, pushes.endpoint], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "unknown 9\n")
