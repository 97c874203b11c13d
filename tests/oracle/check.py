"""Compares what calls told with what the server knows.

The rules are those of certpush's promise: what a call says of a push must hold whatever became of
the request. A whole request counts as a push that may have happened, unless the server has answered
that it did nothing, in a way that the call can have read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Callable, NamedTuple

from gnutls import FATAL
from record import GENERIC_FAILURES, NOTHING_DONE, Answer, Met, Record

OK, TLS, TIMEOUT, CONNECTION_LOST, CANCELLED, INTERNAL = 0, 12, 14, 15, 17, 99
# Later than this is no loaded machine any more.
MUCH_TOO_LATE = 5.0
LATE = 0.1


@dataclass(frozen=True)
class Call:
    """What a call told."""

    certificate_id: str
    client: int
    timeout: int
    cancel_after: int
    begun: int
    ended: int
    status: int
    http_status: int
    outcome_unknown: bool
    retryable: bool
    attempts: int
    phase: str
    request_id: str
    code: str
    message: str

    @staticmethod
    def read(line: str) -> Call:
        """Read one line of the client's."""
        id_, *numbers, phase, request_id, code, message = line.rstrip("\n").split("\t")
        client, timeout, cancel_after, begun, ended, status, http_status, *rest = map(int, numbers)
        unknown, retryable, attempts = rest
        return Call(
            *(id_, client, timeout, cancel_after, begun, ended, status, http_status),
            *(unknown == 1, retryable == 1, attempts, phase, request_id, code, message),
        )

    def outcome(self) -> str:
        """Pushed, not pushed, or unknown."""
        if self.status == OK:
            return "pushed"
        return "unknown" if self.outcome_unknown else "not pushed"

    def was_stopped(self) -> bool:
        """Whether its time was up or it was cancelled."""
        return self.status in {TIMEOUT, CANCELLED}

    def had_no_time(self) -> bool:
        """Whether it may have ended because it had to."""
        return self.cancel_after >= 0 or self.late() > -0.002

    def late(self) -> float:
        """How many seconds it took longer than it was allowed."""
        return (self.ended - self.begun) / 1e6 - self.timeout / 1e3


class Violation(NamedTuple):
    """A broken rule, by which call, and what the call met last."""

    rule: str
    fault: str
    evidence: str


def is_nothing_done(answer: Answer) -> bool:
    """Whether an answer says that nothing was pushed, as far as it was sent."""
    if answer.status in {408, 499}:
        return False
    if answer.status == 400:
        return answer.is_readable() and answer.code not in GENERIC_FAILURES
    if answer.status >= 500:
        return answer.is_readable() and answer.code in NOTHING_DONE
    return 400 <= answer.status < 500 and answer.has_head()


def was_kept(met: Met, call: Call) -> bool:
    """Whether the connection is older than the call: a request was on it, or it was made for one.

    Without a handshake it may have been accepted only after the call began, and a later attempt can
    have one that was made meanwhile.
    """
    connection = met.connection
    is_older = connection.lane == "plain" or connection.begun * 1e6 < call.begun
    return met.ordinal > 1 or is_older or call.attempts > 1


def is_like_an_idle_timer(met: Met, call: Call) -> bool:
    """Whether the answer cannot be told from an idle timer's, and was given without the request."""
    answer = met.answer
    return met.idle_timer or (
        answer is not None
        and answer.status == 408
        and answer.closes
        and was_kept(met, call)
        and (met.early or met.answered_unread)
    )


def may_be_sent_again(met: Met, call: Call) -> bool:
    """Whether a call may make another attempt after this."""
    answer = met.answer
    if is_like_an_idle_timer(met, call):
        return True
    if answer is None or not is_nothing_done(answer):
        return False
    return answer.status == 429 or answer.code in NOTHING_DONE


def may_be_told(met: Met, call: Call) -> bool:
    """Whether a call may say "not pushed" although this, its last request, was read as a whole."""
    if is_like_an_idle_timer(met, call):
        return call.http_status in {0, 408}
    if met.certificate_refused and call.status in {TLS, TIMEOUT, CANCELLED}:
        return True
    answer = met.answer
    return answer is not None and is_nothing_done(answer) and call.http_status == answer.status


def met_by_id(record: Record) -> dict[str, list[Met]]:
    """What each call met, in the order in which its attempts began."""
    by_id: dict[str, list[Met]] = defaultdict(list)
    for met in sorted(record.met, key=lambda one: one.first_at):
        if met.certificate_id:
            by_id[met.certificate_id].append(met)
    return by_id


def check(calls: list[Call], record: Record) -> list[Violation]:
    """Everything in which calls and record disagree."""
    violations = [Violation("MadeUp", "", what) for what in record.invalid]
    by_id = met_by_id(record)
    known = {call.certificate_id for call in calls}
    violations += [Violation("MadeUp", "", f"no call pushed {id_}") for id_ in by_id.keys() - known]
    for call in calls:
        own = by_id.get(call.certificate_id, [])
        violations += [
            Violation(rule, fault_of(own), evidence(call, own))
            for rule in broken(call, own, record)
        ]
    return violations


def fault_of(met: list[Met]) -> str:
    """What a call met last, in words."""
    if not met:
        return "nothing"
    last = met[-1]
    return f"{last.fault}, {last.connection.lane}"


def evidence(call: Call, met: list[Met]) -> str:
    """The call and all its connections, in words."""
    told = "; ".join(one.connection.told() for one in met)
    return f"{call} met {told or 'nothing'}"


def broken(call: Call, met: list[Met], record: Record) -> list[str]:
    """The rules that one call breaks."""
    wholes = [one for one in met if one.is_whole()]
    return [name for name, holds in RULES.items() if not holds(call, met, wholes, record)]


def answer_of(call: Call, record: Record) -> Answer | None:
    """The answer that a call tells of."""
    return record.answers.get(call.request_id) if call.request_id else None


def not_pushed(call: Call, _: list[Met], wholes: list[Met], __: Record) -> bool:
    """A call that says "not pushed" has no whole request at the server that may have been one."""
    if call.outcome() != "not pushed":
        return True
    return all(may_be_sent_again(one, call) for one in wholes[:-1]) and all(
        may_be_told(one, call) or (call.attempts > len(wholes) and may_be_sent_again(one, call))
        for one in wholes[-1:]
    )


def pushed(call: Call, _: list[Met], __: list[Met], record: Record) -> bool:
    """A call that says "pushed" has a complete answer that says so."""
    answer = answer_of(call, record)
    return call.status != OK or (answer is not None and answer.succeeds and answer.is_readable())


def once(call: Call, _: list[Met], wholes: list[Met], __: Record) -> bool:
    """Nothing is sent again in doubt."""
    return all(may_be_sent_again(one, call) for one in wholes[:-1])


def retryable(call: Call, _: list[Met], __: list[Met], ___: Record) -> bool:
    """Who may simply repeat a call knows that nothing was pushed."""
    return not call.retryable or call.outcome() == "not pushed"


def own_answer(call: Call, met: list[Met], _: list[Met], record: Record) -> bool:
    """A call tells of an answer that was given to it."""
    if not call.request_id:
        return True
    answer = answer_of(call, record)
    if answer is None or answer.is_stray or answer.status != call.http_status:
        return False
    owner = answer.owner
    return owner is None or owner.certificate_id in {"", call.certificate_id} or owner in met


def last_met(call: Call, met: list[Met]) -> Met | None:
    """What the last attempt met, if that is certain and the way was clear."""
    if not met or call.was_stopped() or len(met) < call.attempts:
        return None
    last = met[-1]
    return None if last.connection.is_cut() or (last.reset and last.connection.tunnel) else last


def complete_answer_counts(call: Call, met: list[Met], _: list[Met], __: Record) -> bool:
    """An answer that was there is told, whatever came behind it."""
    last = last_met(call, met)
    if last is None or last.answer is None or last.answered_unread or last.broken_before_answer:
        return True
    answer = last.answer
    if answer.closes and answer.status == 408 and was_kept(last, call):
        return True
    if answer.owner is not last:
        return True
    if not answer.is_complete() and (answer.status < 400 or not answer.has_head()):
        return True
    return call.http_status == answer.status


def certificate_alert(call: Call, met: list[Met], _: list[Met], __: Record) -> bool:
    """A client certificate that was refused after the handshake is told as that."""
    last = last_met(call, met)
    if last is None or not last.certificate_refused or last.alerts[0].level != FATAL:
        return True
    if last.received == 0 or len(last.alerts) != 1:
        return True
    return call.status == TLS and not call.outcome_unknown


def answer_read_rightly(call: Call, _: list[Met], __: list[Met], record: Record) -> bool:
    """What an answer means does not depend on luck."""
    answer = answer_of(call, record)
    if answer is None or answer.owner is None or call.was_stopped():
        return True
    owner = answer.owner
    if not owner.is_whole():
        # Whether it was handed over as a whole is known to the client alone.
        is_refusal = 400 < answer.status < 500 and answer.status not in {408, 499}
        return not is_refusal or not call.outcome_unknown
    if owner.reset or owner.connection.is_cut() or not answer.is_complete():
        # How much of it arrived is not known here.
        return call.outcome() != "pushed" or answer.succeeds
    if answer.succeeds or call.outcome() == "pushed":
        return answer.succeeds and call.outcome() == "pushed"
    if call.had_no_time() and not call.code:
        # The end came between head and body, and hid the code.
        return call.outcome_unknown or answer.status != 400
    return is_like_an_idle_timer(owner, call) or is_nothing_done(answer) != call.outcome_unknown


def sent_something(call: Call, _: list[Met], __: list[Met], ___: Record) -> bool:
    """There is nothing unknown about a request that was not sent."""
    return not call.outcome_unknown or (call.phase in {"send", "receive"} and call.attempts > 0)


def in_time(call: Call, _: list[Met], __: list[Met], ___: Record) -> bool:
    """A call ends in time, on a loaded machine a little later."""
    return call.late() < MUCH_TOO_LATE


def no_defect(call: Call, _: list[Met], __: list[Met], ___: Record) -> bool:
    """No call meets a defect of certpush."""
    return call.status != INTERNAL


Rule = Callable[[Call, list[Met], list[Met], Record], bool]
RULES: dict[str, Rule] = {
    "SaidNotPushedButMayHaveBeen": not_pushed,
    "SaidPushedWithoutAnAnswer": pushed,
    "SentAgainInDoubt": once,
    "RetryableInDoubt": retryable,
    "AnswerOfAnother": own_answer,
    "AnswerLost": complete_answer_counts,
    "CertificateAlertMisread": certificate_alert,
    "AnswerMisread": answer_read_rightly,
    "UnknownWithoutSending": sent_something,
    "MuchTooLate": in_time,
    "Internal": no_defect,
}


class Lie(NamedTuple):
    """What a call may say that is not true, and the rule that it breaks."""

    rule: str
    applies: Callable[[Call, list[Met]], bool]
    change: Callable[[Call], Call]
    # How many of such lies must be noticed at least.
    share: float = 1


def is_in_doubt(call: Call, met: list[Met]) -> bool:
    """Whether a call rightly says "unknown"."""
    return call.outcome() == "unknown" and any(
        one.is_whole() and one.answer is None and not one.certificate_refused and not one.idle_timer
        for one in met[-1:]
    )


def is_pushed(call: Call, _: list[Met]) -> bool:
    """Whether a call says "pushed"."""
    return call.status == OK


LIES = [
    Lie(
        "SaidNotPushedButMayHaveBeen",
        is_in_doubt,
        lambda call: replace(call, outcome_unknown=False),
    ),
    Lie("SaidPushedWithoutAnAnswer", is_in_doubt, lambda call: replace(call, status=OK)),
    Lie("RetryableInDoubt", is_in_doubt, lambda call: replace(call, retryable=True)),
    Lie("AnswerOfAnother", is_pushed, lambda call: replace(call, request_id="oracle-0")),
    # A proxy may have cut the answer.
    Lie("AnswerLost", is_pushed, lambda call: replace(call, status=15, http_status=0), 0.5),
    Lie(
        "AnswerMisread",
        is_pushed,
        lambda call: replace(call, status=16, outcome_unknown=True, phase="receive"),
        0.8,
    ),
    Lie("UnknownWithoutSending", is_in_doubt, lambda call: replace(call, phase="connect")),
    Lie("Internal", is_pushed, lambda call: replace(call, status=INTERNAL)),
]


def lies_not_noticed(calls: list[Call], record: Record) -> list[str]:
    """A test of the test: lies that break no rule, or could not be told."""
    by_id = met_by_id(record)
    missed = []
    for lie in LIES:
        told = noticed = 0
        for call in calls:
            met = by_id.get(call.certificate_id, [])
            if lie.applies(call, met) and not broken(call, met, record):
                told += 1
                noticed += lie.rule in broken(lie.change(call), met, record)
        if told == 0 or noticed < told * lie.share:
            missed.append(f"{lie.rule}: {noticed} of {told} lies were noticed")
    return missed
