"""Signals while a push waits: they end it at once, and tell what may have happened."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import certpush
from raw_server import RawServer
from simulated_service import CERTIFICATE, SimulatedService

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")

WAITING = """
import certpush, json, sys, time

def wait_for_an_answer():
    client = certpush.Client(endpoint=sys.argv[1], token="t" * 32, timeout=30)
    try:
        client.push("scs1600313391074", "ap-southeast-3", "ELB")
    except KeyboardInterrupt as interrupt:
        ended = time.monotonic()
        cause = interrupt.__cause__
        print(json.dumps({
            "ended": ended,
            "cause": type(cause).__name__,
            "outcome_unknown": cause.outcome_unknown,
            "attempts": cause.attempts,
        }), flush=True)
"""
WITHOUT_THREADS = "wait_for_an_answer()"
# What gevent and eventlet do to a program.
WITH_GREEN_THREADS = """
import _thread, os, threading
_thread.get_ident = threading.get_ident = lambda: 7
threading.main_thread = lambda: None
wait_for_an_answer()
os._exit(0)
"""
WITH_THREADING = "import threading; wait_for_an_answer()"
IN_THE_CHILD_OF_A_THREAD = """
import os, signal, threading

def fork():
    try:
        certpush.push("scs1600313391074", "", "CDN", endpoint="http://127.0.0.1:1", token="t" * 32)
    except certpush.ConnectError:
        pass  # By now certpush knows that this is not the main thread.
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        wait_for_an_answer()
        os._exit(0)

signal.signal(signal.SIGINT, signal.SIG_IGN)
thread = threading.Thread(target=fork)
thread.start()
thread.join()
"""


@pytest.mark.parametrize(
    "program", [WITHOUT_THREADS, WITH_THREADING, WITH_GREEN_THREADS, IN_THE_CHILD_OF_A_THREAD]
)
def test_ctrl_c_ends_a_waiting_push_and_tells_that_it_may_have_happened(
    raw: RawServer, program: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WAITING + program, raw.endpoint],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        raw.received.wait()
        pressed = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)
        out, _ = child.communicate()
    told = json.loads(out)
    assert told.pop("ended") - pressed < 0.2
    assert told == {"cause": "Cancelled", "outcome_unknown": True, "attempts": 1}


IN_A_COROUTINE = """
import asyncio, certpush, json, sys, time

async def push():
    client = certpush.Client(endpoint=sys.argv[1], token="t" * 32, timeout=30)
    client.push("scs1600313391074", "ap-southeast-3", "ELB")

async def main():
    if sys.argv[2] == "a task":
        await asyncio.gather(asyncio.create_task(push()))
    else:
        await push()

try:
    asyncio.run(main())
except KeyboardInterrupt as interrupt:
    print(json.dumps([time.monotonic(), certpush.outcome_of(interrupt)]))
"""


@pytest.mark.parametrize("where", ["the main task", "a task"])
def test_ctrl_c_ends_a_push_directly_in_a_coroutine(raw: RawServer, where: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_COROUTINE, raw.endpoint, where], stdout=subprocess.PIPE
    ) as child:
        raw.received.wait()
        pressed = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate()
    ended, outcome = json.loads(out)
    assert ended - pressed < 1
    assert outcome == "unknown"


def test_a_task_that_was_cancelled_before_may_push(service: SimulatedService) -> None:
    async def push_last() -> certpush.Receipt:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return service.client().push(*PUSH)
        raise AssertionError

    async def main() -> certpush.Receipt:
        task = asyncio.create_task(push_last())
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert asyncio.run(main()).http_status == 204


@contextmanager
def on_alarm(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Lets `handler` take SIGALRM."""
    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


@contextmanager
def alarm_when_received(raw: RawServer) -> Iterator[None]:
    """Sends SIGALRM to this process once the request was received."""

    def send() -> None:
        raw.received.wait()
        os.kill(os.getpid(), signal.SIGALRM)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def client_of(raw: RawServer) -> certpush.Client:
    return certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=30)


class OutOfTimeError(Exception):
    """What a time limit's handler raises."""


def test_a_handler_that_raises_ends_the_push(raw: RawServer) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    with on_alarm(handler), alarm_when_received(raw), pytest.raises(OutOfTimeError) as caught:
        client_of(raw).push(*PUSH)
    cause = caught.value.__cause__
    assert isinstance(cause, certpush.Cancelled)
    assert cause.outcome_unknown
    assert cause.certificate_id == CERTIFICATE


def test_a_handler_that_raises_ends_a_batch_push(raw: RawServer) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    with on_alarm(handler), alarm_when_received(raw), pytest.raises(OutOfTimeError) as caught:
        client_of(raw).batch_push(CERTIFICATE, ["a", "b"], "ELB")
    cause = caught.value.__cause__
    assert isinstance(cause, certpush.Cancelled)
    assert cause.outcome_unknown
    assert cause.target_project == "a,b"


def test_a_cause_that_the_handler_sets_stays_and_the_outcome_ends_the_chain(raw: RawServer) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError from LookupError("why")

    with on_alarm(handler), alarm_when_received(raw), pytest.raises(OutOfTimeError) as caught:
        client_of(raw).push(*PUSH)
    why = caught.value.__cause__
    assert isinstance(why, LookupError)
    assert isinstance(why.__cause__, certpush.Cancelled)


def test_a_chain_without_an_end_is_left_alone(raw: RawServer) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        out_of_time, why = OutOfTimeError(), LookupError()
        out_of_time.__cause__, why.__cause__ = why, out_of_time
        raise out_of_time

    with on_alarm(handler), alarm_when_received(raw), pytest.raises(OutOfTimeError) as caught:
        client_of(raw).push(*PUSH)
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_handler_that_returns_leaves_the_push_undisturbed(raw: RawServer) -> None:
    with on_alarm(lambda _signal, _frame: raw.answer()), alarm_when_received(raw):
        receipt = client_of(raw).push(*PUSH)
    assert receipt.request_id == "raw-1"


def test_a_handler_may_push_itself(raw: RawServer) -> None:
    inner: list[certpush.Error] = []

    def handler(_signal: int, _frame: FrameType | None) -> None:
        try:
            certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32, retries=0).push(*PUSH)
        except certpush.ConnectError as error:
            inner.append(error)
        raw.answer()

    with on_alarm(handler), alarm_when_received(raw):
        receipt = client_of(raw).push(*PUSH)
    assert receipt.request_id == "raw-1"
    assert len(inner) == 1


def test_a_handler_that_raises_ends_a_push_of_its_own_too(
    raw: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    monkeypatch.setenv("CERTPUSH_ENDPOINT", raw.endpoint)
    with on_alarm(handler), alarm_when_received(raw), pytest.raises(OutOfTimeError) as caught:
        certpush.push(*PUSH, token="t" * 32, timeout=30)
    assert isinstance(caught.value.__cause__, certpush.Cancelled)


@pytest.mark.parametrize("one_off", [False, True])
def test_a_handler_that_raises_ends_the_wait_for_a_file(
    raw: RawServer, tmp_path: Path, *, one_off: bool
) -> None:
    fifo = tmp_path / "token"
    os.mkfifo(fifo)

    def handler(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    def open_without_writing() -> None:
        with fifo.open("w"):  # Returns when the other end is waited at.
            os.kill(os.getpid(), signal.SIGALRM)
            ended.wait()

    def push(**options: Any) -> object:
        return certpush.push(*PUSH, **options)

    wait: Callable[..., object] = push if one_off else certpush.Client
    ended = threading.Event()
    thread = threading.Thread(target=open_without_writing)
    thread.start()
    try:
        with on_alarm(handler), pytest.raises(OutOfTimeError) as caught:
            wait(endpoint=raw.endpoint, token_file=fifo, timeout=30)
    finally:
        ended.set()
        thread.join()
    cause = caught.value.__cause__
    assert isinstance(cause, certpush.Cancelled)
    assert not cause.outcome_unknown
    assert cause.phase == "config"
