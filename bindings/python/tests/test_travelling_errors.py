"""What an error tells outlives what programs do with it; where it gets lost, doubt is left."""

from __future__ import annotations

import builtins
import concurrent.futures
import copy
import json
import multiprocessing
import pickle
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import certpush
from certpush import Status
from test_errors import FIELDS, PROVABLY_NOT_PUSHED, TREE, every_class, made, with_all_fields


def told_by(error: certpush.Error) -> dict[str, Any]:
    """Every field."""
    return {name: getattr(error, name) for name in (*FIELDS, "status", "message")}


def rebuilt(error: certpush.Error) -> Any:
    return type(error)(*error.args)


def rebuilt_from_json(error: certpush.Error) -> Any:
    """As Celery's result backends do, and many others."""
    told = json.loads(json.dumps([type(error).__module__, type(error).__name__, error.args]))
    return getattr(sys.modules[told[0]], told[1])(*told[2])


def made_without_init(error: certpush.Error) -> Any:
    return type(error).__new__(type(error), *error.args)


def reduced_by_base(error: certpush.Error) -> Any:
    reduced: Any = BaseException.__reduce__(error)
    kind, args, *state = reduced
    arrived = kind(*args)
    arrived.__setstate__(*state)
    return arrived


def pickled(protocol: int) -> Callable[[certpush.Error], Any]:
    return lambda error: pickle.loads(pickle.dumps(error, protocol))


def annotated(error: certpush.Error) -> Any:
    if sys.version_info >= (3, 11):
        error.add_note("seen at night")
    return pickle.loads(pickle.dumps(error.with_traceback(None)))


WAYS: dict[str, Callable[[certpush.Error], Any]] = {
    "type(error)(*error.args)": rebuilt,
    "twice": lambda error: rebuilt(rebuilt(error)),
    "JSON": rebuilt_from_json,
    "its class's __new__": made_without_init,
    "BaseException.__reduce__": reduced_by_base,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "copied arguments": lambda error: type(error)(*copy.deepcopy(error.args)),
    "an added note": annotated,
    "a pickle of what was rebuilt": lambda error: pickled(2)(rebuilt(error)),
    **{f"pickle {protocol}": pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}
every_way = pytest.mark.parametrize("travel", WAYS.values(), ids=WAYS)


@every_class
@every_way
def test_an_error_travels_whole(
    kind: type[certpush.Error], travel: Callable[[certpush.Error], Any]
) -> None:
    error = with_all_fields(kind)
    arrived = travel(error)
    assert type(arrived) is kind
    assert arrived is not error
    assert told_by(arrived) == told_by(error)
    assert str(arrived) == str(error) == "what happened"
    assert certpush.outcome_of(arrived) == "unknown"


@every_class
@every_way
def test_that_nothing_was_pushed_travels_too(
    kind: type[certpush.Error], travel: Callable[[certpush.Error], Any]
) -> None:
    for told in ({"retryable": True}, {"outcome_unknown": False}):
        error = made(kind, **told)
        arrived = travel(error)
        assert told_by(arrived) == told_by(error)
        assert not arrived.outcome_unknown
        assert certpush.outcome_of(arrived) == "not_pushed"


@every_class
@pytest.mark.parametrize(
    "fields",
    [{}, [], "{'outcome_unknown': False}", 7, b"{}", {"unknown": 1}, {"outcome_unknown": None}],
    ids=repr,
)
def test_fields_that_were_lost_leave_doubt(kind: type[certpush.Error], fields: Any) -> None:
    arrived = kind("what happened", fields)
    assert arrived.outcome_unknown is (kind not in PROVABLY_NOT_PUSHED)
    assert not arrived.retryable
    assert arrived.attempts == 0


@pytest.mark.parametrize("spoilt", ["false", 0, 1, [], "no", 0.0])
def test_an_outcome_that_cannot_be_read_is_doubt(spoilt: Any) -> None:
    for kind in (certpush.Timeout, certpush.ConnectError):
        arrived = kind("what happened", {"outcome_unknown": spoilt, "retryable": True})
        assert arrived.outcome_unknown
        assert not arrived.retryable


def test_in_fields_the_outcome_counts_more_than_retryable() -> None:
    arrived = certpush.Timeout("no", {"outcome_unknown": True, "retryable": True})
    assert (arrived.outcome_unknown, arrived.retryable) == (True, False)
    arrived = certpush.Timeout("no", {"outcome_unknown": True}, retryable=True)
    assert (arrived.outcome_unknown, arrived.retryable) == (True, False)


def test_fields_of_another_type_are_lost_and_the_others_are_not() -> None:
    spoilt = {"attempts": "3", "http_status": True, "hint": None, "phase": "send"}
    arrived = certpush.Timeout("no", dict(spoilt))
    assert (arrived.attempts, arrived.http_status, arrived.hint) == (0, 0, "")
    assert arrived.phase == "send"


def test_a_keyword_counts_more_than_a_field() -> None:
    fields = with_all_fields(certpush.Timeout).args[1]
    arrived = certpush.Timeout("again", fields, attempts=3, outcome_unknown=False)
    assert (arrived.attempts, arrived.outcome_unknown) == (3, False)
    assert arrived.request_id == FIELDS["request_id"]
    assert fields["attempts"] == FIELDS["attempts"]


def test_the_dict_of_an_error_are_fields() -> None:
    error = with_all_fields(certpush.ServerError)
    assert told_by(certpush.ServerError(str(error), error.to_dict())) == told_by(error)
    assert certpush.Throttled("no", {"retry_after_ms": -1}).retry_after_ms is None


def test_a_status_of_a_later_version_is_a_defect_to_this_one() -> None:
    error = certpush.ApiError("no", {"status": 58})
    assert error.status is Status.INTERNAL
    assert rebuilt_from_json(error).args[1]["status"] == 58
    assert certpush.Error("no", {}).status is Status.INTERNAL


@every_way
def test_that_nobody_told_an_outcome_travels_too(travel: Any) -> None:
    arrived = travel(certpush.ServerError("again"))
    assert arrived.outcome_unknown
    arrived.__cause__ = copy.copy(NOT_PUSHED)
    assert certpush.outcome_of(arrived) == "not_pushed"
    arrived.outcome_unknown = True
    assert certpush.outcome_of(arrived) == "unknown"


def test_raising_anew_leaves_doubt_and_the_chain_still_knows() -> None:
    def raise_anew(error: certpush.Error) -> None:
        try:
            raise error
        except certpush.Error as caught:
            raise type(caught)(f"certificate 7: {caught}") from caught

    for told, outcome in ((False, "not_pushed"), (True, "unknown")):
        with pytest.raises(certpush.ServerError) as caught:
            raise_anew(certpush.ServerError("no answer", outcome_unknown=told))
        assert str(caught.value) == "certificate 7: no answer"
        assert caught.value.outcome_unknown
        assert not caught.value.retryable
        assert certpush.outcome_of(caught.value) == outcome


def test_a_message_may_be_replaced() -> None:
    error = with_all_fields(certpush.Timeout)
    error.message = f"certificate 7: {error}"
    assert str(rebuilt_from_json(error)) == "certificate 7: what happened"
    error.args = ("only words",)
    assert str(error) == error.message == "only words"
    assert certpush.outcome_of(error) == "unknown"
    assert pickle.loads(pickle.dumps(error)).attempts == error.attempts == FIELDS["attempts"]
    assert certpush.outcome_of(rebuilt_from_json(error)) == "unknown"
    emptied = with_all_fields(certpush.Timeout)
    emptied.args = ()
    assert (str(emptied), emptied.attempts) == ("", FIELDS["attempts"])


def test_a_field_that_is_changed_is_changed_where_it_travels() -> None:
    error = certpush.Timeout("no answer")
    twin = copy.copy(error)
    error.outcome_unknown = False
    for travel in WAYS.values():
        assert certpush.outcome_of(travel(error)) == "not_pushed"
    assert twin.outcome_unknown
    assert rebuilt(twin).outcome_unknown


class Ticket(certpush.Timeout):
    """What a user may derive, with arguments of its own."""

    def __init__(self, ticket: str) -> None:
        super().__init__(f"see {ticket}", outcome_unknown=False, attempts=2)
        self.ticket = ticket


@dataclass
class Plain(certpush.Timeout):
    """One that does not even call its base."""

    ticket: str


class Bare(certpush.Timeout):
    """One that adds nothing."""


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, pickled(2), pickled(4)])
def test_an_error_of_a_users_own_class_travels_too(travel: Any) -> None:
    arrived = travel(Ticket("T-1"))
    assert (arrived.ticket, str(arrived)) == ("T-1", "see T-1")
    assert (arrived.outcome_unknown, arrived.attempts) == (False, 2)
    arrived = travel(Plain("T-1"))
    assert arrived.ticket == "T-1"
    assert arrived.outcome_unknown
    assert arrived.attempts == 0
    assert arrived.status is Status.TIMEOUT


@every_way
def test_one_that_adds_nothing_travels_like_its_base(travel: Any) -> None:
    error = Bare("what happened", outcome_unknown=False, attempts=2)
    assert told_by(travel(error)) == told_by(error)


def test_a_class_that_cannot_be_found_again_travels_as_its_base() -> None:
    class Local(certpush.ApiError):
        pass

    error = Local("no", status=Status.NOT_FOUND, outcome_unknown=False)
    arrived = certpush.ApiError(*error.args)
    assert told_by(arrived) == told_by(error)


def fail_in_child(outcome_unknown: bool) -> None:
    raise certpush.ServerError("no", outcome_unknown=outcome_unknown, attempts=3)


@pytest.mark.parametrize("outcome_unknown", [False, True])
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_an_error_comes_back_from_a_process_pool(method: str, outcome_unknown: bool) -> None:
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        error = pool.submit(fail_in_child, outcome_unknown).exception(timeout=50)
    assert isinstance(error, certpush.ServerError)
    assert (error.outcome_unknown, error.attempts) == (outcome_unknown, 3)


def test_a_traceback_shows_the_message_and_the_hint_alone() -> None:
    shown = traceback.TracebackException(certpush.Timeout, with_all_fields(certpush.Timeout), None)
    message, *notes = shown.format_exception_only()
    assert message == "certpush.Timeout: what happened\n"
    # What pytest has to stand in for exception groups shows notes, too.
    assert set(notes) <= {"hint: wait\n"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 is the first with notes")
@every_way
@pytest.mark.parametrize("seen_before", [False, True])
def test_an_error_that_travelled_has_its_hint_as_a_note_once(
    travel: Any, *, seen_before: bool
) -> None:
    error = with_all_fields(certpush.Timeout)
    if seen_before:
        traceback.format_exception_only(certpush.Timeout, error)
    arrived = travel(error)
    assert arrived.__notes__.count("hint: wait") == 1
    assert str(arrived) == "what happened"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 is the first with notes")
def test_a_note_is_added_behind_the_hint_and_a_copy_has_its_own() -> None:
    error: Any = with_all_fields(certpush.Timeout)
    error.add_note("seen at night")
    twin = copy.copy(error)
    twin.add_note("by the twin")
    assert error.__notes__ == ["hint: wait", "seen at night"]
    assert twin.__notes__ == [*error.__notes__, "by the twin"]
    error.__notes__ = []
    assert error.__notes__ == []


def chained(*exceptions: BaseException) -> BaseException:
    """The first, to which the others led."""
    for later, earlier in zip(exceptions, exceptions[1:]):
        later.__cause__ = earlier
    return exceptions[0]


NOT_PUSHED, MAY_BE, LOST = (
    certpush.Cancelled("no", outcome_unknown=False),
    certpush.Cancelled("no", outcome_unknown=True),
    certpush.Cancelled("no"),
)


@pytest.mark.parametrize(
    ("exceptions", "outcome"),
    [
        ([KeyboardInterrupt()], "unknown"),
        ([KeyboardInterrupt(), NOT_PUSHED], "not_pushed"),
        ([KeyboardInterrupt(), LookupError(), MAY_BE], "unknown"),
        ([LookupError(), LOST, NOT_PUSHED], "not_pushed"),
        ([LOST], "unknown"),
        ([NOT_PUSHED, LookupError(), MAY_BE], "unknown"),
        ([certpush.ConnectError("no"), LookupError()], "not_pushed"),
    ],
)
def test_the_outcome_is_found_along_the_chain(exceptions: list[Any], outcome: str) -> None:
    copies = [copy.copy(exception) for exception in exceptions]
    assert certpush.outcome_of(chained(*copies)) == outcome


def test_the_outcome_is_found_along_contexts_and_in_circles() -> None:
    outer, inner = LookupError(), KeyError()
    outer.__context__, inner.__context__ = inner, copy.copy(NOT_PUSHED)
    assert certpush.outcome_of(outer) == "not_pushed"
    inner.__cause__ = outer
    assert certpush.outcome_of(outer) == "not_pushed"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are new in Python 3.11")
def test_the_outcome_is_found_in_groups() -> None:
    group: Any = vars(builtins)["ExceptionGroup"]
    assert certpush.outcome_of(group("two", [NOT_PUSHED, group("", [LookupError()])])) == (
        "not_pushed"
    )
    assert certpush.outcome_of(group("two", [NOT_PUSHED, group("", [MAY_BE])])) == "unknown"


RETRYABLE = certpush.Throttled("no", retryable=True)


@pytest.mark.parametrize(
    ("exceptions", "retryable"),
    [
        ([RETRYABLE], True),
        ([LookupError(), RETRYABLE], True),
        ([certpush.Throttled("certificate 7: no"), RETRYABLE], True),
        ([RETRYABLE, RETRYABLE], True),
        ([certpush.Forbidden("no", outcome_unknown=False), RETRYABLE], False),
        ([RETRYABLE, MAY_BE], False),
        ([NOT_PUSHED], False),
        ([KeyboardInterrupt(), NOT_PUSHED], False),
        ([LOST], False),
        ([LookupError()], False),
        ([certpush.BatchIncomplete("no", outcome_unknown=False)], False),
    ],
)
def test_it_is_found_along_the_chain_whether_to_repeat(
    exceptions: list[Any], *, retryable: bool
) -> None:
    copies = [copy.copy(exception) for exception in exceptions]
    assert certpush.is_retryable(chained(*copies)) is retryable


def test_every_class_is_tried() -> None:
    assert set(TREE) >= PROVABLY_NOT_PUSHED
