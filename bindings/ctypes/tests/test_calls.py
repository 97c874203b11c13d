"""Calls that wait: signals, other threads, forks, the end of the program."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import pytest

import certpush_ctypes as certpush
from conftest import Silent
from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from programs import free_port
from simulated_service import SimulatedService

TARGET = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
Status = certpush.Status
PROGRAM = """
import certpush_ctypes as certpush, json, os, signal, sys, threading, time
options, target = json.loads(sys.argv[1]), sys.argv[2:]
client = certpush.Client(**options)
"""


@contextmanager
def program(text: str, options: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """A program that runs, and what it prints, both streams at once."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM + text, json.dumps(options), *TARGET],
        env={**os.environ, "PYTHONPATH": str(ROOT / "bindings/ctypes")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


CTRL_C = """
try:
    client.push(*target)
except KeyboardInterrupt as interrupt:
    told = interrupt.__cause__
    print(json.dumps([time.monotonic(), told.status, told.outcome_unknown]))
"""


def test_ctrl_c_ends_a_push_at_once_and_tells_that_it_may_have_been_pushed(silent: Silent) -> None:
    with program(CTRL_C, silent.options) as running:
        with silent.wait_for_request():
            pressed = time.monotonic()
            running.send_signal(signal.SIGINT)
            output, _ = running.communicate(timeout=20)
    ended, *told = json.loads(output)
    assert told == [Status.CANCELLED, True]
    assert ended - pressed < 0.2


class TimeIsUpError(Exception):
    """What a handler raises."""


@contextmanager
def handled(handler: Any, *after: float) -> Iterator[None]:
    """A handler of alarms, which come after so many seconds, and then at intervals."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, *after)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def raising(_number: int, _frame: FrameType | None) -> None:
    raise TimeIsUpError


def test_an_alarm_ends_a_push_at_once(silent: Silent) -> None:
    with certpush.Client(**silent.options) as client, handled(raising, 0.3):
        began = time.monotonic()
        with pytest.raises(TimeIsUpError) as caught:
            client.push(*TARGET)
        assert 0.3 <= time.monotonic() - began < 0.5
    assert isinstance(caught.value.__cause__, certpush.Error)
    assert caught.value.__cause__.outcome_unknown
    assert signal.getsignal(signal.SIGALRM) is not raising


def test_a_handler_that_raises_with_a_cause_keeps_it(silent: Silent) -> None:
    reason = LookupError("why")

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUpError from reason

    with certpush.Client(**silent.options) as client, handled(handler, 0.1):
        with pytest.raises(TimeIsUpError) as caught:
            client.push(*TARGET)
    assert caught.value.__cause__ is reason
    assert isinstance(reason.__cause__, certpush.Error)


def test_a_handler_that_returns_does_not_disturb_a_push(silent: Silent) -> None:
    ran: list[int] = []
    with certpush.Client(**silent.options) as client:
        with handled(lambda *_: ran.append(1), 0.05, 0.05):
            with pytest.raises(certpush.Error) as caught:
                client.push(*TARGET, timeout_ms=400)
    assert caught.value.status == Status.TIMEOUT
    assert len(ran) >= 4


def test_no_exception_of_a_handler_is_lost_in_a_storm(
    silent: Silent, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python itself drops one that comes while it deletes an object. No handler can run in append.
    dropped: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    with certpush.Client(**silent.options) as client:
        for _ in range(200):
            with pytest.raises(TimeIsUpError), handled(raising, 0.002, 0.0003):
                try:
                    client.push(*TARGET, timeout_ms=5000)
                finally:
                    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    in_callbacks = [it.object for it in dropped if isinstance(it.object, FunctionType)]
    assert [it for it in in_callbacks if it.__module__ == certpush.__name__] == []


def test_handlers_are_what_they_were_also_if_one_has_set_another(silent: Silent) -> None:
    def other(_number: int, _frame: FrameType | None) -> None:
        """Is never called."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGUSR2, other)

    usr1 = signal.signal(signal.SIGUSR1, other)
    usr2 = signal.signal(signal.SIGUSR2, handler)
    try:
        with certpush.Client(**silent.options) as client, handled(handler, 0.05):
            with pytest.raises(certpush.Error):
                client.push(*TARGET, timeout_ms=200)
        assert signal.getsignal(signal.SIGUSR1) is other
        assert signal.getsignal(signal.SIGUSR2) is other
    finally:
        signal.signal(signal.SIGUSR1, usr1)
        signal.signal(signal.SIGUSR2, usr2)


def test_ctrl_c_ends_a_run_of_many_and_each_is_told(silent: Silent) -> None:
    with certpush.Client(**silent.options) as client, handled(raising, 0.2):
        with pytest.raises(TimeIsUpError) as caught:
            client.push_all([TARGET, (CERTIFICATE_ID, "", "CDN")])
    failed = caught.value.__cause__
    assert isinstance(failed, certpush.Error)
    told = [report.status for report in failed.results]
    assert told == [Status.CANCELLED, Status.NOT_TRIED]


def test_threads_push_at_the_same_time_on_one_client(
    client: certpush.Client, service: SimulatedService
) -> None:
    ids: list[str] = []

    def push() -> None:
        for _ in range(20):
            ids.append(client.push(*TARGET).request_id)

    threads = [threading.Thread(target=push) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 320 == len(service.received())


def test_close_ends_the_pushes_of_other_threads_and_they_tell(silent: Silent) -> None:
    client = certpush.Client(**silent.options)
    failed: list[tuple[certpush.Error, float]] = []

    def push() -> None:
        try:
            client.push(*TARGET)
        except certpush.Error as error:
            failed.append((error, time.monotonic()))

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    connections = [silent.wait_for_request() for _ in threads]
    closed = time.monotonic()
    client.close()
    client.close()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    assert [error.status for error, _ in failed] == [Status.CANCELLED] * 8
    assert all(error.outcome_unknown for error, _ in failed)
    assert all(ended - closed < 0.2 for _, ended in failed)
    with pytest.raises(certpush.Error, match="the client is closed") as caught:
        client.push(*TARGET)
    assert (caught.value.status, caught.value.outcome_unknown) == (Status.CANCELLED, False)


def test_a_handler_may_close_the_client_that_pushes(silent: Silent) -> None:
    client = certpush.Client(**silent.options)
    with handled(lambda *_: client.close(), 0.1):
        with pytest.raises(certpush.Error) as caught:
            client.push(*TARGET)
    assert (caught.value.status, caught.value.outcome_unknown) == (Status.CANCELLED, True)


def test_a_forgotten_client_is_freed_with_its_connections(service: SimulatedService) -> None:
    def descriptors() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    before = descriptors()
    for _ in range(50):
        certpush.Client(**service.options(), log=lambda *_: None).push(*TARGET)
        with pytest.raises(certpush.Error):
            certpush.Client(**service.options(), region="and an endpoint")
    assert descriptors() == before


IN_A_CHILD = """
client.push(*target)
holding, ready = threading.Event(), threading.Event()
def hold():
    with client._lock:
        ready.set()
        holding.wait()
threading.Thread(target=hold, daemon=True).start()
ready.wait()
child = os.fork()
if child == 0:
    try:
        client.push(target[0], "no-such", "ELB")
    except certpush.Error as error:
        print(error.service_code, error.outcome_unknown, flush=True)
    client.close()
    os._exit(0)
os.waitpid(child, 0)
holding.set()
print(client.push(*target).status)
"""


def test_a_child_pushes_on_its_parents_client_whatever_threads_held(
    service: SimulatedService,
) -> None:
    with program(IN_A_CHILD, service.options()) as running:
        assert running.communicate(timeout=20)[0].splitlines()[-2:] == ["SCM.0069 False", "0"]
    assert running.returncode == 0


DAEMONS = """
def push():
    try:
        client.push(*target)
    except certpush.Error as error:
        time.sleep(0.05)
        os.write(1, f"{error.status} {error.outcome_unknown}\\n".encode())

for _ in range(4):
    threading.Thread(target=push, daemon=True).start()
input()
"""


def test_the_pushes_of_daemon_threads_tell_when_the_program_ends(silent: Silent) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM + DAEMONS, json.dumps(silent.options), *TARGET],
        env={**os.environ, "PYTHONPATH": str(ROOT / "bindings/ctypes")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        connections = [silent.wait_for_request() for _ in range(4)]
        output, _ = running.communicate("\n", timeout=20)
    for connection in connections:
        connection.close()
    assert output == f"{Status.CANCELLED} True\n" * 4
    assert running.returncode == 0


MANY = """
import gc, re

def failing(call):
    def fail():
        try:
            call()
        except certpush.Error:
            pass
    return fail

def private():
    gc.collect()
    with open("/proc/self/smaps_rollup") as file:
        return int(re.search(r"^Private_Dirty:\\s+(\\d+)", file.read(), re.MULTILINE)[1])

calls = {
    "pushes": (10_000, lambda: client.push(*target)),
    "failures": (10_000, failing(lambda: client.push(target[0], "no-such", "ELB"))),
    "lists": (2_000, failing(lambda: client.push_all([(target[0], "no-such", "ELB")]))),
    "clients": (2_000, failing(lambda: certpush.Client(**options, log=lambda *_: None))),
}
grown = {}
for what, (count, call) in calls.items():
    for _ in range(count // 10):
        call()
    before = private()
    for _ in range(count):
        call()
    grown[what] = private() - before
print(json.dumps(grown))
"""


@pytest.mark.timeout(120)
def test_ten_thousand_pushes_and_failures_need_no_more_memory(service: SimulatedService) -> None:
    options = service.options() | {"endpoint": service.http}
    with program(MANY, options) as running:
        grown: dict[str, int] = json.loads(running.communicate(timeout=110)[0])
    assert len(grown) == 4
    assert {what: kib for what, kib in grown.items() if kib > 300} == {}


def blocks(language: str) -> list[str]:
    """The code blocks of README.md."""
    text = (ROOT / "bindings/ctypes/README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_what_readme_shows_works(number: int, service: SimulatedService, tmp_path: Path) -> None:
    options = {f"CERTPUSH_{key.upper()}": value for key, value in service.options().items()}
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[number]],
        cwd=tmp_path,
        env={**os.environ, **options, "PYTHONPATH": str(ROOT / "bindings/ctypes")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(
        ["was pushed to ELB", "CDN: .*pushed", "It was not pushed"][number], done.stdout
    )
    assert len(blocks("python")) == 3


def test_the_first_push_goes_through_as_readme_prints_it(tmp_path: Path) -> None:
    (block,) = (block for block in blocks("console") if "certpush-sim" in block)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    script = re.sub(r"\btarget(?=/(debug|release)/)", target, block).replace(
        "8080", str(free_port())
    )
    script = re.sub(r"^\$ ", "", script, flags=re.MULTILINE)
    done = subprocess.run(
        ["sh", "-ec", f"trap 'kill $!' EXIT\n{script}"],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert "scs1600313391074 was pushed to ELB in ap-southeast-3" in done.stdout, done.stderr
