"""What calls met, and what they told of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from random import Random

import plans
from check import CANCELLED, LATE, TIMEOUT, Call
from record import Record

GIVEN_UP = "sends given up for an early answer"
OUTCOMES = ("pushed", "not pushed", "unknown")
# What must have happened in any run, beside all that a plan can be.
ALWAYS = [
    *("handshake: FIN", "handshake: RST", "handshake: alert"),
    *("proxy: request cut by FIN", "proxy: request cut by RST"),
    *("proxy: answer cut by FIN", "proxy: answer cut by RST"),
    "proxy: refuses, or cuts its own answer",
]
PLACES = [
    *(
        f"{where}, {place} the request"
        for where in (
            *("alone", "before an answer", "in one segment with an answer", "behind an answer"),
            "behind half an answer",
        )
        for place in ("before", "within", "after")
    ),
    *("idle", "racing"),
]


def faults() -> list[str]:
    """The names of all that a plan can be."""
    random = Random(1)
    names = set()
    for lane in plans.LANES:
        for _ in range(2000):
            names.add(plans.for_request(random, lane).name)
            names.add(plans.between_requests(random, lane).name)
    return sorted(names)


class Table:
    """Counts of faults, of alerts by place, and of outcomes."""

    def __init__(self, calls: list[Call], record: Record) -> None:
        """Count."""
        self.calls, self.record = calls, record
        by_id = {call.certificate_id: call for call in calls}
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.alerted: dict[str, Counter[str]] = defaultdict(Counter)
        for met in record.met:
            call = by_id.get(met.certificate_id)
            if call is not None:
                self.outcomes[met.fault][call.outcome()] += 1
                for alert in met.alerts:
                    self.alerted[alert.place][call.outcome()] += 1
                gave_up = met.early and not met.is_whole() and not call.was_stopped()
                self.outcomes[GIVEN_UP][call.outcome()] += gave_up

    def missing(self) -> list[str]:
        """What never happened."""
        counts = self.record.counts
        missing = [f"{name} never happened" for name in [*faults(), *ALWAYS] if name not in counts]
        if not self.outcomes[GIVEN_UP]["not pushed"]:
            missing.append("no send was given up for an early answer")
        lanes = [lane.name for lane in plans.LANES if lane.version]
        missing += [
            f"no alert was sent {place}"
            for place in PLACES
            if not any((place, lane) in self.record.places for lane in lanes)
        ]
        met = {one.connection.lane for one in self.record.met}
        missing += [
            f"no request came by {lane.name}" for lane in plans.LANES if lane.name not in met
        ]
        told = {call.status for call in self.calls}
        ends = {TIMEOUT: "ran out of time", CANCELLED: "was cancelled"}
        return [*missing, *(f"no call {end}" for status, end in ends.items() if status not in told)]

    def lines(self) -> Iterator[str]:
        """The table, line by line."""
        yield f"{'fault':<40}{'happened':>9}{'pushed':>9}{'not':>9}{'unknown':>9}"
        for name in sorted({*self.record.counts, *self.outcomes}):
            told = self.outcomes.get(name, Counter())
            numbers = [self.record.counts.get(name, 0), *(told[outcome] for outcome in OUTCOMES)]
            yield f"{name:<40}" + "".join(f"{number:>9}" for number in numbers)
        lanes = [lane.name for lane in plans.LANES if lane.version]
        yield ""
        heads = [*lanes, *OUTCOMES]
        yield f"{'alerts sent':<48}" + "".join(f"{head:>13}" for head in heads)
        for place in PLACES:
            counts = [self.record.places.get((place, lane), 0) for lane in lanes]
            counts += [self.alerted[place][outcome] for outcome in OUTCOMES]
            yield f"{place:<48}" + "".join(f"{count:>13}" for count in counts)
        kinds = [len([1 for one, *_ in self.record.descriptions if one == lane]) for lane in lanes]
        yield f"{'levels and descriptions':<48}" + "".join(f"{count:>13}" for count in kinds)
        yield ""
        by_lane = Counter(met.connection.lane for met in self.record.met)
        yield "requests: " + ", ".join(f"{count} {lane}" for lane, count in by_lane.items())
        wholes = sum(met.is_whole() for met in self.record.met)
        yield f"of these read as a whole: {wholes}"
        statuses = Counter(call.status for call in self.calls)
        by_status = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        yield f"calls by status: {by_status}"
        late = sorted((call for call in self.calls if call.late() > LATE), key=Call.late)
        latest = f", the latest {late[-1].late():.2f} s: {late[-1]}" if late else ""
        yield f"later than 100 ms: {len(late)}{latest}"
