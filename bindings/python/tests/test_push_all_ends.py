"""What ends a run of many pushes from outside: signals, a fork, the end of the interpreter."""

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
from types import FrameType
from typing import Any

import pytest

import certpush
from certpush import _batch
from push_service import TOKEN, PushService
from simulated_service import CERTIFICATE


def targets(count: int) -> list[certpush.Target]:
    """So many targets: p0, p1 and so on."""
    return [certpush.Target(CERTIFICATE, f"p{number}", "ELB") for number in range(count)]


class OutOfTimeError(BaseException):
    """What a handler raises, as KeyboardInterrupt is."""


def out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError


@contextmanager
def on_alarm(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Lets `handler` take SIGALRM."""
    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


@contextmanager
def alarm_when_came(pushes: PushService, count: int) -> Iterator[list[float]]:
    """Sends SIGALRM to this process once so many pushes have come; tells when."""
    sent: list[float] = []

    def send() -> None:
        pushes.wait_for(count)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGALRM)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        thread.join()


def told_by(exception: BaseException) -> certpush.BatchIncomplete:
    """What an interrupted run tells at the end of the exception's chain."""
    cause = exception.__cause__
    assert isinstance(cause, certpush.BatchIncomplete)
    assert certpush.outcome_of(exception) == "unknown"
    return cause


@pytest.mark.parametrize("wait", [list, certpush.PushAll.raise_if_incomplete])
def test_a_handler_that_raises_cancels_the_run_and_tells_all_outcomes(
    pushes: PushService, wait: Callable[[certpush.PushAll], object]
) -> None:
    pushes.hold("p2", "p3")
    client = pushes.client(jobs=2)
    runs: list[certpush.PushAll] = []

    def push() -> None:
        # The alarm may come before the wait has begun.
        with client.push_all(targets(50)) as run:
            runs.append(run)
            wait(run)

    with on_alarm(out_of_time), alarm_when_came(pushes, 4) as sent:
        with pytest.raises(OutOfTimeError) as caught:
            push()
        ended = time.monotonic()
    assert ended - sent[0] < 0.3
    told = told_by(caught.value)
    outcomes = [result.outcome for result in told.results]
    assert outcomes == ["pushed"] * 2 + ["unknown"] * 2 + ["not_pushed"] * 46
    assert told.outcome_unknown
    for run in runs:
        assert run.results == told.results
        assert run.counts["unknown"] == 2
    assert len(pushes.seen) == 4


def test_so_does_one_that_raises_when_a_run_that_was_left_is_waited_for(
    pushes: PushService,
) -> None:
    pushes.hold("p1", "p2")
    run = pushes.client(jobs=2).push_all(targets(50))

    def leave() -> None:
        with run:
            next(run)
            pushes.wait_for(3)
            signal.setitimer(signal.ITIMER_REAL, 0.1)

    with on_alarm(out_of_time), pytest.raises(OutOfTimeError) as caught:
        leave()
    assert [result.outcome for result in told_by(caught.value).results[1:3]] == ["unknown"] * 2


@pytest.mark.parametrize("with_block", [True, False])
def test_so_does_one_that_raises_in_the_loops_own_code(
    pushes: PushService, *, with_block: bool
) -> None:
    pushes.hold("p1", "p2")
    client = pushes.client(jobs=2)

    def loop() -> None:
        if with_block:
            with client.push_all(targets(50)) as run:
                for _ in run:
                    pushes.wait_for(3)
                    raise OutOfTimeError
        for _ in client.push_all(targets(50)):
            pushes.wait_for(3)
            raise OutOfTimeError

    begun = time.monotonic()
    with pytest.raises(OutOfTimeError) as caught:
        loop()
    assert time.monotonic() - begun < 5
    results = told_by(caught.value).results
    assert sorted(result.outcome for result in results[:3]) == ["pushed", "unknown", "unknown"]
    assert {type(result.error) for result in results[3:]} == {certpush.NotTried}


def test_an_exception_of_the_loops_own_code_waits_for_what_is_under_way(
    pushes: PushService,
) -> None:
    pushes.hold("p1", "p2")
    run = pushes.client(jobs=2).push_all(targets(50))
    raised = LookupError()

    def loop() -> None:
        with run:
            for _ in run:
                pushes.wait_for(3)
                threading.Timer(0.1, pushes.released.set).start()
                raise raised

    with pytest.raises(LookupError):
        loop()
    assert raised.__cause__ is None
    assert run.counts["pushed"] == 3
    assert run.counts["not_tried"] == 47


def test_a_generator_that_is_closed_waits_for_what_is_under_way(pushes: PushService) -> None:
    def pushed() -> Iterator[int]:
        with pushes.client(jobs=1).push_all(targets(50)) as run:
            runs.append(run)
            for result in run:
                yield result.index

    runs: list[certpush.PushAll] = []
    generator: Any = pushed()
    assert next(generator) == 0
    generator.close()
    assert runs[0].counts["unknown"] == 0
    assert runs[0].counts["pushed"] == len(pushes.seen) < 50


def test_what_a_handler_raises_at_the_end_of_a_loop_over_a_run_that_nobody_has_is_raised(
    pushes: PushService,
) -> None:
    pushes.hold("p1", "p2")
    client = pushes.client(jobs=2)
    ended: list[str] = []

    def loop() -> None:
        for _ in client.push_all(targets(50)):
            pushes.wait_for(3)
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGALRM)).start()
            break
        ended.append(repr(client))
        ended.append("the loop was as if nothing had come")

    with on_alarm(out_of_time), pytest.raises(OutOfTimeError) as caught:
        loop()
    assert len(ended) < 2
    outcomes = [result.outcome for result in told_by(caught.value).results]
    assert outcomes == ["pushed", "unknown", "unknown", *["not_pushed"] * 47]


@pytest.mark.parametrize("wait", [next, certpush.PushAll.raise_if_incomplete])
def test_what_a_handler_raises_while_a_result_is_made_tells_all_outcomes(
    pushes: PushService,
    monkeypatch: pytest.MonkeyPatch,
    wait: Callable[[certpush.PushAll], object],
) -> None:
    fill = _batch._fill
    raised = [OutOfTimeError()]

    def interrupted(*arguments: Any) -> None:
        if raised:
            raise raised.pop()
        fill(*arguments)

    run = pushes.client(jobs=1).push_all(targets(2))
    monkeypatch.setattr(_batch, "_fill", interrupted)
    with pytest.raises(OutOfTimeError) as caught:
        wait(run)
    assert certpush.outcome_of(caught.value) in {"pushed", "unknown"}
    assert isinstance(caught.value.__cause__, certpush.Error)
    assert len(run.results) == 2


def test_a_handler_that_returns_leaves_the_run_undisturbed(pushes: PushService) -> None:
    pushes.hold("p1")
    with on_alarm(lambda _signal, _frame: pushes.released.set()), alarm_when_came(pushes, 2):
        results = list(pushes.client(jobs=1).push_all(targets(3)))
    assert [result.ok for result in results] == [True] * 3


def test_ctrl_c_reaches_who_waits_for_another_threads_turn(pushes: PushService) -> None:
    # Both would else be pushed now and then before the run is told to end.
    pushes.hold("p1")
    entered, left = threading.Event(), threading.Event()

    def source() -> str:
        entered.set()
        left.wait()
        return TOKEN

    run = pushes.client(token_source=source, jobs=1).push_all(targets(2))
    thread = threading.Thread(target=lambda: list(run))
    thread.start()
    entered.wait()
    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGALRM)).start()

    def handler(_signal: int, _frame: FrameType | None) -> None:
        left.set()
        raise OutOfTimeError

    with on_alarm(handler), pytest.raises(OutOfTimeError) as caught, run:
        next(run)
    thread.join()
    assert isinstance(caught.value.__cause__, certpush.BatchIncomplete)


def test_an_exception_that_takes_the_place_of_the_last_result_tells_that_all_is_pushed(
    pushes: PushService,
) -> None:
    def source() -> str:
        signal.raise_signal(signal.SIGALRM)
        return TOKEN

    handled: list[int] = []

    def handler(_signal: int, _frame: FrameType | None) -> None:
        handled.append(1)

    with on_alarm(handler):
        [result] = pushes.client(token_source=source).push_all(targets(1))
    assert result.ok
    assert handled


def test_what_is_no_exception_for_programs_ends_the_run(pushes: PushService) -> None:
    raised = SystemExit(3)

    def source() -> str:
        raise raised

    with pytest.raises(SystemExit) as caught:
        list(pushes.client(token_source=source).push_all(targets(3)))
    assert caught.value is raised
    told = caught.value.__cause__
    assert isinstance(told, certpush.BatchIncomplete)
    assert certpush.outcome_of(caught.value) == "not_pushed"
    assert pushes.seen == []


def test_a_cancelled_task_ends_the_run_in_a_thread_of_its_loop(pushes: PushService) -> None:
    pushes.hold("p1")
    client = pushes.client(jobs=1)

    async def main() -> certpush.PushAll:
        cancel = certpush.Cancel()
        run = client.push_all(targets(3), cancel=cancel)
        waiting = asyncio.create_task(asyncio.to_thread(list, run))
        await asyncio.to_thread(pushes.wait_for, 2)
        cancel.trigger()
        await waiting
        return run

    assert asyncio.run(main()).counts["unknown"] == 1


CTRL_C = """
import certpush, json, sys, time
client = certpush.Client(endpoint=sys.argv[1], token="t" * 40, timeout=30, jobs=2)
targets = [("scs1600313391074", f"p{n}", "ELB") for n in range(20)]
try:
    for result in client.push_all(targets):
        pass
except KeyboardInterrupt as interrupt:
    cause = interrupt.__cause__
    print(json.dumps([time.monotonic(), certpush.outcome_of(interrupt),
                      [result.outcome for result in cause.results]]))
"""


def test_ctrl_c_ends_a_run_at_once_and_tells_all_outcomes(pushes: PushService) -> None:
    pushes.hold("p2", "p3")
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C, pushes.endpoint],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        pushes.wait_for(4)
        pressed = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)
        out, _ = child.communicate()
    ended, outcome, outcomes = json.loads(out)
    assert ended - pressed < 0.3
    assert outcome == "unknown"
    assert outcomes == ["pushed"] * 2 + ["unknown"] * 2 + ["not_pushed"] * 16


END = """
import atexit, certpush, json, logging, sys, threading, time
way, endpoint = sys.argv[1:]
client = certpush.Client(endpoint=endpoint, token="t" * 40, timeout=30, jobs=2)
targets = [("scs1600313391074", f"p{n}", "ELB") for n in range(20)]
run = client.push_all(targets)
if way == "not iterated":
    next(run)
elif way == "daemon":
    threading.Thread(target=lambda: list(run), daemon=True).start()
elif way == "many":
    runs = [client.push_all(targets) for _ in range(3)]
elif way == "cycle":
    client = [client, run]
    client.append(client)
    del run
elif way == "in a thread":
    thread = threading.Thread(target=lambda: next(run))
    thread.start()
    thread.join()
time.sleep(0.2)
begun = time.monotonic()
@atexit.register
def told():
    print(time.monotonic() - begun, flush=True)
sys.exit(7)
"""


@pytest.mark.parametrize(
    "way", ["not iterated", "never iterated", "daemon", "many", "cycle", "in a thread"]
)
def test_the_interpreter_ends_although_a_run_is_under_way(pushes: PushService, way: str) -> None:
    pushes.hold("p2", "p3")
    begun = time.monotonic()
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", END, way, pushes.endpoint],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (7, "")
    assert time.monotonic() - begun < 5
    seen = len(pushes.seen)
    time.sleep(0.1)
    assert len(pushes.seen) == seen


SHORT = """
import certpush, json, logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
client = certpush.Client(endpoint=sys.argv[1], token="t" * 40, timeout=30, jobs=2)
run = client.push_all([("scs1600313391074", f"p{n}", "ELB") for n in range(500)])
next(run)
"""


def test_what_ends_soon_may_end_with_the_interpreter(pushes: PushService) -> None:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHORT, pushes.endpoint],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stderr == ""
    lines = finished.stdout.splitlines()
    assert len(lines) == len(pushes.seen) < 500
    assert all("outcome=pushed" in line for line in lines)


FORK = """
import certpush, json, os, sys, threading
way, endpoint = sys.argv[1:]
client = certpush.Client(endpoint=endpoint, token="t" * 40, timeout=30, jobs=2)
run = client.push_all([("scs1600313391074", f"p{n}", "ELB") for n in range(6)])
first = [next(run), next(run)]
if way == "another thread waits":
    entered = threading.Event()
    def wait():
        entered.set()
        rest.extend(run)
    rest = []
    thread = threading.Thread(target=wait)
    thread.start()
    entered.wait()
    import time
    time.sleep(0.1)
readable, writable = os.pipe()
child = os.fork()
if child == 0:
    try:
        if way == "dropped":
            told = [len(first)]
            del run
        else:
            run.stop()
            run.cancel()
            told = [type(result.error).__name__ for result in run]
    except certpush.InternalError as error:
        told = [error.outcome_unknown, str(error)]
    os.write(writable, json.dumps(told).encode())
    os._exit(0)
os.close(writable)
with open(readable) as pipe:
    in_child = json.loads(pipe.read())
assert os.waitpid(child, 0)[1] == 0
print(json.dumps(in_child), flush=True)
sys.stdin.readline()
if way == "another thread waits":
    thread.join()
    print(json.dumps([result.ok for result in rest]))
else:
    print(json.dumps([result.ok for result in run]))
"""


@pytest.mark.parametrize("way", ["iterated", "dropped", "another thread waits"])
def test_a_forked_child_has_no_part_in_the_run_and_its_parent_goes_on(
    pushes: PushService, way: str
) -> None:
    pushes.hold("p2", "p3")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", FORK, way, pushes.endpoint],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        in_child = json.loads(program.stdout.readline())
        pushes.released.set()
        out, _ = program.communicate(b"\n")
    assert json.loads(out) == [True] * 4
    if way == "iterated":
        assert in_child == ["InternalError"] * 4
    elif way == "dropped":
        assert in_child == [2]
    else:
        assert in_child[0] is True
        assert in_child[1].startswith("the process was forked while another thread waited")
