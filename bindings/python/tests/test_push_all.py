"""Many pushes: every target's outcome is told, as it comes, and whatever happens to the others."""

from __future__ import annotations

import gc
import json
import logging
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pytest

import certpush
from certpush import PushResult, Status, Target
from push_service import TOKEN, PushService, refusal
from raw_server import NO_CONTENT
from simulated_service import CERTIFICATE, UNKNOWN_TOKEN, SimulatedService

NONE = dict.fromkeys(["pushed", "pushed_earlier", "not_pushed", "unknown", "not_tried"], 0)


def targets(count: int) -> list[Target]:
    """So many targets: p0, p1 and so on."""
    return [Target(CERTIFICATE, f"p{number}", "ELB") for number in range(count)]


def test_each_target_has_a_receipt_or_an_error(service: SimulatedService) -> None:
    given: list[Any] = [
        (CERTIFICATE, "cn-north-4", "ELB"),
        (CERTIFICATE, "no-such-project", "ELB"),
        Target(CERTIFICATE, None, "CDN"),
    ]
    run = service.client().push_all(given)
    assert len(run) == 3
    results = sorted(run, key=lambda result: result.index)
    assert [type(result) for result in results] == [PushResult] * 3
    assert [result.index for result in results] == [0, 1, 2]
    assert [result.target for result in results] == [
        Target(CERTIFICATE, "cn-north-4", "ELB"),
        Target(CERTIFICATE, "no-such-project", "ELB"),
        Target(CERTIFICATE, "", "CDN"),
    ]
    assert [result.outcome for result in results] == ["pushed", "not_pushed", "pushed"]
    assert [result.ok for result in results] == [True, False, True]
    pushed, refused, _ = results
    assert isinstance(pushed.receipt, certpush.Receipt)
    assert pushed.receipt.request_id == pushed.request_id != ""
    assert pushed.error is None
    assert refused.receipt is None
    assert isinstance(refused.error, certpush.BadRequest)
    assert refused.error is refused.error
    assert refused.error.service_code == refused.service_code == "SCM.0069"
    assert not refused.error.outcome_unknown
    assert run.message == "3 targets: 2 pushed, 1 not pushed, 0 unknown, 0 not tried"
    assert list(run) == []


def test_what_was_not_pushed_is_raised_with_all_results(service: SimulatedService) -> None:
    client = service.client()
    run = client.push_all([(CERTIFICATE, "cn-north-4", "ELB"), (CERTIFICATE, "none", "ELB")])
    with pytest.raises(certpush.BatchIncomplete) as caught:
        run.raise_if_incomplete()
    error = caught.value
    assert error.status is Status.INCOMPLETE
    assert error.results == run.results
    assert [type(result) for result in error.results] == [PushResult] * 2
    assert [result.outcome for result in error.results] == ["pushed", "not_pushed"]
    assert str(error) == run.message
    assert not error.outcome_unknown
    assert certpush.outcome_of(error) == "unknown"  # One of them has it.
    complete = client.push_all([(CERTIFICATE, "cn-north-4", "WAF")])
    assert complete.raise_if_incomplete() == complete.results
    # Who has waited may still iterate.
    assert list(complete) == complete.results


def test_results_come_as_they_end(pushes: PushService) -> None:
    pushes.hold("p1")
    run = pushes.client(jobs=2).push_all(targets(8))
    came = [next(run).index for _ in range(7)]
    assert sorted(came) == [0, 2, 3, 4, 5, 6, 7]
    assert [result.index for result in run.results] == sorted(came)
    assert run.counts == {**NONE, "pushed": 7}
    assert run.message == ""
    assert repr(run) == "<certpush.PushAll 7 of 8 targets ended>"
    pushes.released.set()
    assert [result.index for result in run] == [1]
    assert run.counts["pushed"] == 8


def test_nothing_to_push_is_nothing_to_tell(service: SimulatedService) -> None:
    run = service.client().push_all([])
    assert list(run) == run.raise_if_incomplete() == []
    assert len(run) == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("scs", "p", "ELB")], "targets[0]: certificate_id must be exactly 16"),
        ([*targets(3), (CERTIFICATE, "", "ELB")], "targets[3]: target_project"),
        ([(CERTIFICATE, None, "ELB")], "targets[0]: target_project"),
        ([(CERTIFICATE, "p ", "ELB")], "targets[0]: target_project has blanks around it"),
        ([(CERTIFICATE, "p\ud800", "ELB")], "targets[0]: target_project has a lone surrogate"),
        (
            [(CERTIFICATE, "p", "ELB"), (CERTIFICATE, "p", "elb")],
            "targets[1] is the same target as targets[0]; nothing was sent",
        ),
        ([(CERTIFICATE, "p")], "targets[0] must have the 3 values"),
        ([{"certificate_id": CERTIFICATE}], "targets[0] must have exactly the keys"),
        (
            [{"certificate_id": CERTIFICATE, "target_project": "p", "service": "ELB"}],
            "targets[0] must have exactly the keys certificate_id, target_project, target_service",
        ),
        ([Target("scs", "p", "ELB", 7)], "targets[0], line 7: certificate_id"),
    ],
)
def test_the_whole_is_refused_before_anything_is_sent(
    service: SimulatedService, given: Any, told: str
) -> None:
    with pytest.raises(certpush.InvalidArgument) as caught:
        service.client().push_all(given)
    assert str(caught.value).startswith(told)
    assert not caught.value.outcome_unknown
    assert service.saw("received") == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("targets.csv", "targets must be an iterable of targets (certpush.read_targets reads them"),
        (Path("targets.csv"), "targets must be an iterable of targets"),
        ({"certificate_id": CERTIFICATE}, "targets must be an iterable of targets"),
        (None, "targets must be an iterable of targets"),
        ([CERTIFICATE], "targets[0] must be certpush.Target, a tuple or a mapping, not str"),
        ([7], "targets[0] must be certpush.Target, a tuple or a mapping, not int"),
        ([(CERTIFICATE, 7, "ELB")], "targets[0]: target_project must be str or None, not int"),
        ([(None, "p", "ELB")], "targets[0]: certificate_id must be str, not NoneType"),
    ],
)
def test_what_is_no_list_of_targets_is_a_type_error(
    service: SimulatedService, given: Any, told: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(told)):
        service.client().push_all(given)


def test_targets_may_be_given_in_many_ways(service: SimulatedService) -> None:
    def rows() -> Iterator[Any]:
        row = {"certificate_id": CERTIFICATE, "target_project": "p", "target_service": "ELB"}
        views: list[Mapping[str, str]] = [row, MappingProxyType({**row, "target_service": "WAF"})]
        yield from views
        yield [CERTIFICATE, "cn-north-4", "ELB"]
        yield Target(CERTIFICATE, "cn-north-4", "WAF", line=9)

    results = service.client().push_all(rows()).raise_if_incomplete()
    assert [result.target.target_service for result in results] == ["ELB", "WAF", "ELB", "WAF"]
    assert [result.line for result in results] == [None, None, None, 9]
    assert results[3].target.line == 9

    def broken() -> Iterator[Target]:
        yield from targets(2)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        service.client().push_all(broken())


HEADER = "certificate_id,target_project,target_service\n"


def test_targets_are_read_from_a_file(service: SimulatedService, tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(f"{HEADER}\n{CERTIFICATE},cn-north-4,ELB\n{CERTIFICATE},,CDN\n")
    read = certpush.read_targets(path)
    assert read == [Target(CERTIFICATE, "cn-north-4", "ELB"), Target(CERTIFICATE, None, "CDN")]
    assert [target.line for target in read] == [3, 4]
    assert repr(read[0]).endswith("target_service='ELB', line=3)")
    results = service.client().push_all(read).raise_if_incomplete()
    assert [result.line for result in results] == [3, 4]
    assert certpush.parse_targets(path.read_text()) == read == certpush.read_targets(str(path))
    target = {"certificate_id": CERTIFICATE, "target_project": "p", "target_service": "ELB"}
    assert certpush.parse_targets(json.dumps(target).encode()) == [Target(CERTIFICATE, "p", "ELB")]


def test_a_file_is_read_whole_or_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(f"{HEADER}{CERTIFICATE},p,ELB\nscs,p,ELB\n{CERTIFICATE},p,elb\n")
    with pytest.raises(certpush.ConfigError) as caught:
        certpush.read_targets(path)
    assert str(caught.value).startswith(f"{path}: the list is refused: line 3: certificate_id")
    assert "line 4: is in the list already, in line 2" in str(caught.value)
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        certpush.read_targets(tmp_path / "no-such-file")
    with pytest.raises(certpush.ConfigError, match="the list is empty"):
        certpush.parse_targets("")
    for wrong in (None, 7):
        with pytest.raises(TypeError, match="text must be str or bytes"):
            certpush.parse_targets(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="path must be"):
            certpush.read_targets(wrong)  # type: ignore[arg-type]


def test_one_attempt_with_a_wrong_token_reaches_the_service(service: SimulatedService) -> None:
    run = service.client(token=UNKNOWN_TOKEN, jobs=8).push_all(targets(50))
    results = list(run)
    assert len(service.saw("received")) == 1
    kinds = [type(result.error) for result in results]
    assert kinds.count(certpush.Unauthorized) == 1
    assert kinds.count(certpush.NotTried) == 49
    assert "the run was stopped: the credentials were refused" in run.message
    assert run.counts["not_tried"] == 49
    assert not any(result.outcome_unknown for result in results)


def test_max_failures_stop_a_run(pushes: PushService) -> None:
    pushes.answer = lambda _project: refusal(400, "SCM.0069")
    run = pushes.client(jobs=1, max_failures=2).push_all(targets(5))
    kinds = [type(result.error) for result in run]
    assert kinds == [certpush.BadRequest] * 2 + [certpush.NotTried] * 3


def test_a_stop_has_no_more_begun(pushes: PushService) -> None:
    pushes.hold("p1")
    run = pushes.client(jobs=1).push_all(targets(5))
    assert next(run).ok
    pushes.wait_for(2)
    run.stop()
    pushes.released.set()
    assert [result.ok for result in run] == [True, False, False, False]
    assert pushes.seen == ["p0", "p1"]
    assert "the program asked for no more" in run.message


@pytest.mark.parametrize("way", ["cancel", "Cancel", "from another thread"])
def test_a_cancel_ends_what_is_under_way(pushes: PushService, way: str) -> None:
    pushes.hold("p1")
    cancel = certpush.Cancel()
    run = pushes.client(jobs=1).push_all(targets(5), cancel=cancel)
    assert next(run).ok

    def stop() -> None:
        pushes.wait_for(2)
        (cancel.trigger if way == "Cancel" else run.cancel)()

    begun = time.monotonic()
    if way == "from another thread":
        thread = threading.Thread(target=stop)
        thread.start()
        results = list(run)
        thread.join()
    else:
        stop()
        results = list(run)
    assert time.monotonic() - begun < 5
    cancelled, *rest = results
    assert isinstance(cancelled.error, certpush.Cancelled)
    assert cancelled.outcome == "unknown"
    assert [type(result.error) for result in rest] == [certpush.NotTried] * 3
    assert run.counts["unknown"] == 1
    with pytest.raises(certpush.BatchIncomplete) as caught:
        run.raise_if_incomplete()
    assert caught.value.outcome_unknown


def test_the_time_for_the_whole_leaves_the_rest_untried(pushes: PushService) -> None:
    pushes.hold("p1")
    run = pushes.client(jobs=1).push_all(targets(3), timeout=0.3)
    kinds = [type(result.error) for result in run]
    assert kinds == [type(None), certpush.Timeout, certpush.NotTried]
    assert "the time for it was up" in run.message


def test_arguments_of_the_wrong_type_are_named(service: SimulatedService) -> None:
    client = service.client()
    with pytest.raises(TypeError, match="again must be bool, not int"):
        client.push_all([], again=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cancel must be certpush.Cancel"):
        client.push_all([], cancel=True)  # type: ignore[arg-type]
    with pytest.raises(certpush.InvalidArgument, match="timeout must be"):
        client.push_all([], timeout=0)
    client.close()
    with pytest.raises(certpush.Cancelled, match="the client is closed"):
        client.push_all(targets(1))


def test_a_closed_client_lets_its_run_go_on(pushes: PushService) -> None:
    pushes.hold("p0")
    with pushes.client(jobs=1) as client:
        run = client.push_all(targets(3))
        pushes.wait_for(1)
    pushes.released.set()
    assert [result.ok for result in run] == [True] * 3


def test_token_source_and_logger_are_called_where_the_results_are_taken(
    pushes: PushService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "certpush")
    asked_on: list[int] = []

    def source() -> str:
        asked_on.append(threading.get_ident())
        return TOKEN

    results = list(pushes.client(token_source=source, jobs=4).push_all(targets(20)))
    assert [result.ok for result in results] == [True] * 20
    assert set(asked_on) == {threading.get_ident()}
    assert len(caplog.records) == 20
    assert {record.thread for record in caplog.records} == {threading.get_ident()}
    assert {record.filename for record in caplog.records} == {"test_push_all.py"}


def test_what_the_token_source_raises_is_the_cause_of_each_error(pushes: PushService) -> None:
    sealed = LookupError("sealed")

    def source() -> NoReturn:
        raise sealed

    [result] = pushes.client(token_source=source).push_all(targets(1))
    assert isinstance(result.error, certpush.CredentialsUnavailable)
    assert result.error.__cause__ is sealed
    assert pushes.seen == []


def test_who_is_called_within_a_wait_cannot_wait_for_the_run(pushes: PushService) -> None:
    refused: list[str] = []

    def source() -> str:
        for ask in (lambda: next(run), lambda: run.results, run.raise_if_incomplete):
            with pytest.raises(RuntimeError) as caught:
                ask()
            refused.append(str(caught.value))
        run.stop()
        return TOKEN

    client = pushes.client(token_source=source, jobs=1)
    run = client.push_all(targets(3))
    assert [result.ok for result in run] == [True, False, False]
    assert len(refused) == 3
    assert "this thread is waiting for the run" in refused[0]


def test_threads_share_the_results(service: SimulatedService) -> None:
    run = service.client(jobs=8).push_all(
        Target(f"scs1600313391{number:03}", "p", "ELB") for number in range(300)
    )
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: list(run), range(4)))
    indexes = [result.index for part in parts for result in part]
    assert sorted(indexes) == list(range(300))


def test_two_loops_share_one_stream(pushes: PushService) -> None:
    run = pushes.client(jobs=1).push_all(targets(4))
    assert iter(run) is iter(run) is run
    assert [next(iter(run)).index, next(iter(run)).index] == [0, 1]
    assert [result.index for result in run] == [2, 3]
    assert [result.index for result in run] == []


def test_another_thread_sees_how_far_a_run_is_while_it_is_waited_for(pushes: PushService) -> None:
    pushes.hold("p1")
    run = pushes.client(jobs=1).push_all(targets(2))
    taken: list[PushResult] = []
    thread = threading.Thread(target=lambda: taken.extend(run))
    thread.start()
    pushes.wait_for(2)
    assert run.counts["pushed"] == 1
    assert [result.index for result in run.results] == [0]
    pushes.released.set()
    thread.join()
    assert len(taken) == 2


def test_python_runs_while_a_run_is_waited_for(pushes: PushService) -> None:
    counted = 0

    def count_then_answer() -> None:
        nonlocal counted
        pushes.wait_for(1)
        while counted < 100_000:
            counted += 1
        pushes.released.set()

    pushes.hold()
    thread = threading.Thread(target=count_then_answer)
    thread.start()
    [result] = pushes.client().push_all(targets(1))
    assert counted == 100_000
    assert result.ok
    thread.join()


def leave_by_break(run: certpush.PushAll) -> None:
    for _ in run:
        break


def leave_by_exception(run: certpush.PushAll) -> None:
    with suppress(ZeroDivisionError), run:
        next(run)
        raise ZeroDivisionError


def leave_block(run: certpush.PushAll) -> None:
    with run:
        next(run)


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_exception, leave_block])
def test_what_leaves_early_stops_the_run_and_waits_for_what_is_under_way(
    pushes: PushService, leave: Callable[[certpush.PushAll], None]
) -> None:
    answered: list[str] = []

    def answer(project: str) -> bytes:
        if project == "p1":
            time.sleep(0.2)  # It is under way when the loop ends.
        answered.append(project)
        return NO_CONTENT

    pushes.answer = answer
    client = pushes.client(jobs=1)
    leave(client.push_all(targets(50)))
    begun, ended = list(pushes.seen), list(answered)
    assert begun == ended
    assert len(begun) < 10
    time.sleep(0.1)
    assert pushes.seen == begun


def test_a_run_that_is_left_tells_the_log_of_all_that_was_under_way(
    pushes: PushService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "certpush")
    for _ in pushes.client(jobs=4).push_all(targets(50)):
        break
    assert len(caplog.records) == len(pushes.seen)


def test_what_was_taken_of_a_run_outlives_it(pushes: PushService) -> None:
    pushes.hold("p1")
    with pushes.client(jobs=1).push_all(targets(4)) as run:
        assert next(run).ok
        pushes.wait_for(2)
        pushes.released.set()
    assert [result.index for result in run.results] == [0, 1, 2, 3]
    assert [result.outcome for result in run.results] == ["pushed"] * 2 + ["not_pushed"] * 2
    assert [result.index for result in run] == [1, 2, 3]


def test_a_run_cannot_be_pickled(service: SimulatedService) -> None:
    run = service.client().push_all([])
    with pytest.raises(TypeError, match="cannot be pickled"):
        run.__reduce__()


class Deployer:
    """An object that has a run whose token source it is."""

    def __init__(self, pushes: PushService) -> None:
        self.asked = 0
        self.run = pushes.client(token_source=self.token).push_all(targets(3))

    def token(self) -> str:
        self.asked += 1
        return TOKEN


def test_a_cycle_with_a_run_is_collected(pushes: PushService) -> None:
    deployer = Deployer(pushes)
    assert sum(result.ok for result in deployer.run) == 3
    gone = weakref.ref(deployer)
    del deployer
    gc.collect()
    assert gone() is None


def test_a_run_keeps_its_token_source(pushes: PushService) -> None:
    run = Deployer(pushes).run
    gc.collect()
    assert sum(result.ok for result in run) == 3


class TestJournal:
    """A journal."""

    def test_what_it_has_as_pushed_is_not_pushed_again(
        self, pushes: PushService, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        with pushes.client(journal=journal) as client:
            client.push_all(targets(2)).raise_if_incomplete()
            assert client.push(CERTIFICATE, "p0", "ELB").attempts == 0
            assert client.push(CERTIFICATE, "p0", "ELB", again=True).attempts == 1
        with pushes.client(journal=journal) as client:
            run = client.push_all(targets(3))
            attempts = [result.attempts for result in run.raise_if_incomplete()]
            assert attempts == [0, 0, 1]
            assert run.counts == {**NONE, "pushed": 3, "pushed_earlier": 2}
            earlier = run.results[0].receipt
            assert earlier is not None
            assert (earlier.attempts, earlier.http_status) == (0, 0)
            again = client.push_all(targets(3), again=True).raise_if_incomplete()
            assert [result.attempts for result in again] == [1, 1, 1]

    def test_what_is_unknown_is_unsettled_until_it_is_settled(
        self, pushes: PushService, tmp_path: Path
    ) -> None:
        journal = tmp_path / "journal"
        pushes.hold("p1", "p2")
        with pushes.client(journal=journal, jobs=2) as client:
            run = client.push_all(targets(3))
            pushes.wait_for(3)
            run.cancel()
            assert [result.outcome for result in sorted_by_index(run)] == [
                "pushed",
                "unknown",
                "unknown",
            ]
            with pytest.raises(certpush.ConfigError, match="in use"):
                certpush.settle(journal, CERTIFICATE, "p1", "ELB", pushed=True)
            with pytest.raises(certpush.ConfigError, match="in use"):
                certpush.unsettled(journal)
        told = certpush.unsettled(journal)
        assert {(type(error), error.target_project, error.outcome_unknown) for error in told} == {
            (certpush.Unsettled, "p1", True),
            (certpush.Unsettled, "p2", True),
        }
        pushes.released.set()
        with pushes.client(journal=journal) as client:
            results = sorted_by_index(client.push_all(targets(3)))
            assert [type(result.error) for result in results[1:]] == [certpush.Unsettled] * 2
            assert results[1].outcome == "unknown"
            with pytest.raises(certpush.Unsettled):
                client.push(CERTIFICATE, "p1", "ELB")
        certpush.settle(journal, CERTIFICATE, "p1", "elb", pushed=True)
        certpush.settle(str(journal), CERTIFICATE, "p2", "ELB", pushed=False)
        assert pushes.seen.count("p2") == 1
        with pushes.client(journal=journal) as client:
            results = client.push_all(targets(3)).raise_if_incomplete()
        assert [result.attempts for result in results] == [0, 0, 1]
        assert certpush.unsettled(str(journal)) == []
        assert (pushes.seen.count("p1"), pushes.seen.count("p2")) == (1, 2)

    def test_only_what_is_unknown_is_settled(self, pushes: PushService, tmp_path: Path) -> None:
        journal = tmp_path / "journal"
        with pushes.client(journal=journal) as client:
            client.push(CERTIFICATE, None, "CDN")
        certpush.settle(journal, CERTIFICATE, None, "CDN", pushed=True)
        with pytest.raises(certpush.ConfigError, match="there is nothing to settle"):
            certpush.settle(journal, CERTIFICATE, "", "CDN", pushed=False)
        with pytest.raises(certpush.InvalidArgument, match="certificate_id"):
            certpush.settle(journal, "scs", "", "CDN", pushed=False)
        with pytest.raises(certpush.ConfigError):
            certpush.settle(tmp_path / "none", CERTIFICATE, "", "CDN", pushed=False)
        with pytest.raises(TypeError, match="pushed must be bool, not str"):
            certpush.settle(journal, CERTIFICATE, "", "CDN", pushed="no")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="journal must be"):
            certpush.settle(7, CERTIFICATE, "", "CDN", pushed=True)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            certpush.settle(journal, CERTIFICATE, "", "CDN", True)  # type: ignore[call-arg]


def sorted_by_index(run: certpush.PushAll) -> list[PushResult]:
    return sorted(run, key=lambda result: result.index)
