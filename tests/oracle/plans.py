"""What the server does to a request: when, and in which steps.

A plan has a name, which the table counts, a point of the request at which it begins, steps and an
end: "keep", "fin", "rst", "close" (close_notify, then FIN) or "hold". A step is a tuple:

    ("data", text), ("answer", answer, start, end), ("stray", answer)
    ("alert", level, description, where), ("key update", asks), ("ticket",), ("raw", unsealed bytes)
    ("flush",), ("cut", share)
    ("wait", seconds) without and ("read", seconds) with reading on
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any, Callable

import answers
from gnutls import FATAL, WARNING
from record import CERTIFICATE_ALERTS, Answer

Step = tuple[Any, ...]

# Every description that IANA lists, and two that it does not.
DESCRIPTIONS = [
    *(0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86),
    *(90, 100, 109, 110, 111, 112, 113, 114, 115, 116, 120, 121, 200, 255),
]
WHOLE = math.inf


@dataclass
class Plan:
    """What happens to one request."""

    name: str
    # How many bytes, as they come from the socket, are read before.
    point: float = WHOLE
    # How long nothing is read before: the client's window fills.
    stall: float = 0.0
    steps: list[Step] = field(default_factory=list)
    end: str = "keep"
    slow: bool = False
    # Whether the steps begin with the request's first byte, of which nothing is read.
    races: bool = False
    idle_timer: bool = False


@dataclass(frozen=True)
class Lane:
    """How a listener speaks."""

    name: str
    version: str = ""
    asks: bool = False


LANES = [
    Lane("plain"),
    Lane("tls1.2", "1.2"),
    Lane("tls1.2 asks", "1.2", asks=True),
    Lane("tls1.3", "1.3"),
    Lane("tls1.3 asks", "1.3", asks=True),
]


def whole(an_answer: Answer) -> list[Step]:
    """The steps of an answer in one piece."""
    return [("answer", an_answer, 0, len(an_answer.raw)), ("flush",)]


def pieces(random: Random, an_answer: Answer) -> list[Step]:
    """The steps of an answer in several pieces."""
    steps: list[Step] = []
    at, end = 0, len(an_answer.raw)
    while at < end:
        to = min(end, at + random.randint(1, max(2, end // 4)))
        steps += [("answer", an_answer, at, to), ("flush",)]
        at = to
        if random.random() < 0.3:
            steps.append(("wait", random.uniform(0, 0.004)))
    return steps


def draw_alert(random: Random) -> tuple[int, int]:
    """An alert's level and description: certificate alerts half of the time."""
    if random.random() < 0.5:
        return FATAL, random.choice(sorted(CERTIFICATE_ALERTS))
    level = FATAL if random.random() < 0.7 else WARNING
    return level, random.choice(DESCRIPTIONS)


def point_within(random: Random, small: bool) -> int:
    """A point within a request, in the first line as likely as far behind."""
    return int(2 ** random.uniform(0, 16 if small else 17.5))


def some_end(random: Random, *ends: str) -> str:
    """One of the ends."""
    return random.choice(ends or ("fin", "rst", "hold"))


# Answers to a request that was read as a whole


def plain_success(random: Random, _: Lane) -> Plan:
    done = answers.success(random)
    split = random.random() < 0.3
    return Plan("success", steps=pieces(random, done) if split else whole(done))


def interim_first(random: Random, _: Lane) -> Plan:
    steps: list[Step] = [("data", answers.interim(random))]
    if random.random() < 0.5:
        steps.append(("flush",))
    return Plan("1xx, then success", steps=steps + whole(answers.success(random)))


def slow_reading(random: Random, _: Lane) -> Plan:
    return Plan("slow reading, then success", steps=whole(answers.success(random)), slow=True)


def answered(name: str, make: Callable[[Random], Answer]) -> Callable[[Random, Lane], Plan]:
    """A plan that gives an answer to a whole request, and keeps the connection or does not."""

    def plan(random: Random, _: Lane) -> Plan:
        made = make(random)
        steps = pieces(random, made) if random.random() < 0.4 else whole(made)
        end = "hold" if made.closes else some_end(random, "keep", "keep", "fin", "close", "rst")
        return Plan(name, steps=steps, end=end)

    return plan


def late_408(random: Random, _: Lane) -> Plan:
    steps = whole(answers.late_408(random))
    return Plan("408 for a slow backend", steps=steps, end=some_end(random, "fin", "hold"))


def stray_behind(random: Random, _: Lane) -> Plan:
    first, stray = answers.success(random), answers.any_final(random)
    stray.is_stray = True
    steps = [("answer", first, 0, len(first.raw)), ("stray", stray), ("flush",)]
    return Plan("success, a stray answer behind", steps=steps)


def half_head(random: Random, _: Lane) -> Plan:
    made = answers.any_final(random)
    cut = random.randint(1, made.head_length - 1)
    return Plan("half a head", steps=part(made, cut), end=some_end(random, "fin", "rst", "close"))


def half_body(random: Random, _: Lane) -> Plan:
    make = random.choice(
        [answers.refusal, answers.server_error, answers.generic_failure, answers.nothing_done]
    )
    made = make(random)
    cut = random.randint(made.head_length, max(made.head_length, len(made.raw) - 1))
    return Plan("half a body", steps=part(made, cut), end=some_end(random, "fin", "rst", "close"))


def part(made: Answer, cut: int) -> list[Step]:
    """The beginning of an answer."""
    return [("answer", made, 0, cut), ("flush",)]


def no_answer(random: Random, _: Lane) -> Plan:
    steps: list[Step] = [("wait", random.uniform(0, 0.02))] if random.random() < 0.5 else []
    return Plan("no answer", steps=steps, end=some_end(random, "fin", "rst", "close"))


def silence(random: Random, _: Lane) -> Plan:
    return Plan(
        "silence", steps=[("read", random.uniform(0.1, 0.9))], end=some_end(random, "fin", "rst")
    )


# In the middle of a request


def early(random: Random, _: Lane) -> Plan:
    made = answers.any_final(random) if random.random() < 0.7 else answers.late_408(random)
    steps = pieces(random, made) if random.random() < 0.4 else whole(made)
    if random.random() < 0.5:
        steps.append(unread(random))
    end = some_end(random, "hold", "fin", "close")
    return in_the_middle(random, Plan("early answer", steps=steps, end=end))


def beginning_first(random: Random, _: Lane) -> Plan:
    """The beginning of an answer, while the window is full; then the rest, piece by piece.

    In between everything is read that the client still sends: nothing must come after it has
    given up.
    """
    kinds = [answers.server_error, answers.server_error, answers.generic_failure, answers.any_final]
    made = random.choice(kinds)(random)
    first = random.choice([10, 10, 12, 15, random.randint(10, made.head_length)])
    steps: list[Step] = [*part(made, first), unread(random)]
    steps.append(("read", random.uniform(0.002, 0.05)))
    at = first
    for _more in range(random.randint(2, 8)):
        to = min(len(made.raw) - 1, at + random.randint(1, 12))
        if to > at:
            steps += [("answer", made, at, to), ("flush",), ("read", random.uniform(0.002, 0.03))]
        at = to
    if random.random() < 0.5:
        steps += [("answer", made, at, len(made.raw)), ("flush",)]
    end = some_end(random, "hold", "fin", "close", "rst")
    return in_the_middle(random, Plan("early beginning, then more", steps=steps, end=end))


def unread(random: Random) -> Step:
    """A while without reading, in which the client finds that it has been answered."""
    return ("wait", random.choice([0.0, random.uniform(0.03, 0.1), random.uniform(0.05, 0.1)]))


def chatter_first(random: Random, lane: Lane) -> Plan:
    """As above, with records in between that are no application data."""
    plan = beginning_first(random, lane)
    plan.name = "early beginning, then key updates"
    steps: list[Step] = []
    for step in plan.steps:
        steps.append(step)
        if step[0] == "flush":
            for _ in range(random.randint(0, 2)):
                steps += [("key update", random.random() < 0.7), ("flush",), ("read", 0.01)]
    return Plan(plan.name, plan.point, plan.stall, steps, plan.end)


def gone_in_the_middle(random: Random, _: Lane) -> Plan:
    plan = Plan("gone in the middle", end=some_end(random, "fin", "rst", "close"))
    return in_the_middle(random, plan)


def half_early(random: Random, _: Lane) -> Plan:
    made = answers.any_final(random)
    steps = [*part(made, random.randint(1, len(made.raw) - 1)), unread(random)]
    plan = Plan("early half answer", steps=steps, end=some_end(random, "fin", "rst", "hold"))
    return in_the_middle(random, plan)


def in_the_middle(random: Random, plan: Plan) -> Plan:
    """The same plan at a random point of the request, mostly once the window is full."""
    plan.point = point_within(random, small=True)
    plan.stall = random.choice([0.0, random.uniform(0.005, 0.1), random.uniform(0.02, 0.1)])
    plan.slow = random.random() < 0.2
    return plan


# Alerts


def when(random: Random, plan: Plan) -> Plan:
    """The plan before, within or after the request."""
    place = random.choice(["before", "within", "after"])
    if place == "before":
        plan.point = 0
    elif place == "within":
        plan = in_the_middle(random, plan)
    return plan


def alert(random: Random, where: str) -> Step:
    """The step of an alert."""
    return ("alert", *draw_alert(random), where)


def alert_alone(random: Random, _: Lane) -> Plan:
    plan = when(random, Plan("alert alone", end=some_end(random, "fin", "hold", "hold")))
    plan.steps = [alert(random, "alone"), ("flush",)]
    return plan


def alert_behind(random: Random, _: Lane) -> Plan:
    """An alert behind an answer, in one segment or in the next."""
    plan = when(random, Plan("alert behind an answer", end=some_end(random, "fin", "hold")))
    made = answers.no_success(random) if plan.point == 0 else answers.any_final(random)
    steps = whole(made)
    together = random.random() < 0.5
    if together:
        steps.pop()
    where = "in one segment with an answer" if together else "behind an answer"
    plan.steps = [*steps, alert(random, where), ("flush",)]
    return plan


def alert_behind_half(random: Random, _: Lane) -> Plan:
    plan = when(random, Plan("alert behind half an answer", end=some_end(random, "fin", "hold")))
    made = answers.any_final(random)
    half = part(made, random.randint(1, len(made.raw) - 1))
    if random.random() < 0.7:
        half.pop()
    plan.steps = [*half, alert(random, "behind half an answer"), ("flush",)]
    return plan


def alert_first(random: Random, _: Lane) -> Plan:
    plan = when(random, Plan("alert before an answer", end=some_end(random, "fin", "hold")))
    made = answers.no_success(random) if plan.point == 0 else answers.any_final(random)
    between: list[Step] = [("flush",)] if random.random() < 0.4 else []
    plan.steps = [alert(random, "before an answer"), *between, *whole(made)]
    return plan


def garbage_behind(random: Random, _: Lane) -> Plan:
    """Bytes behind an answer that are no record, or a record that nobody can have sealed."""
    plan = when(random, Plan("garbage behind an answer", end=some_end(random, "fin", "hold")))
    made = answers.no_success(random) if plan.point == 0 else answers.any_final(random)
    steps = whole(made)
    if random.random() < 0.7:
        steps.pop()
    noise = bytes(random.randrange(256) for _ in range(random.choice([1, 5, 40, 300])))
    header = bytes(
        [random.choice([20, 21, 22, 23, 24, 99]), 3, 3, len(noise) >> 8, len(noise) & 255]
    )
    garbage = random.choice([noise, header + noise, b"HTTP/1.1 204 No Content\r\n\r\n"])
    plan.steps = [*steps, ("raw", garbage), ("flush",)]
    return plan


def chatter(random: Random, _: Lane) -> Plan:
    """Records without application data around a success."""
    made = answers.success(random)
    steps: list[Step] = []
    for step in pieces(random, made):
        steps.append(step)
        if random.random() < 0.5:
            steps.append(random.choice([("ticket",), ("key update", random.random() < 0.5)]))
    return Plan("success among key updates, tickets", steps=[*steps, ("flush",)])


def cut_record(random: Random, _: Lane) -> Plan:
    made = answers.any_final(random)
    steps = [("answer", made, 0, len(made.raw)), ("cut", random.random())]
    return Plan("answer's record cut", steps=steps, end=some_end(random, "fin", "rst"))


# While a connection is kept


def idle(name: str, end: str) -> Callable[[Random, Lane], Plan]:
    """An end while nothing is asked, or in a race with the next request."""

    def plan(random: Random, _: Lane) -> Plan:
        races = random.random() < 0.5
        title = f"{name}, {'racing' if races else 'idle'}"
        return Plan(title, point=0, races=races, end=end)

    return plan


def idle_timer(random: Random, _: Lane) -> Plan:
    races = random.random() < 0.8
    name = f"408 of an idle timer, {'racing' if races else 'idle'}"
    steps = whole(answers.idle_408(random))
    end = some_end(random, "fin", "hold", "close")
    return Plan(name, point=0, races=races, steps=steps, end=end, idle_timer=True)


def idle_alert(random: Random, _: Lane) -> Plan:
    races = random.random() < 0.5
    name = "racing" if races else "idle"
    steps: list[Step] = [alert(random, name), ("flush",)]
    end = some_end(random, "fin", "hold")
    return Plan(f"alert, {name}", point=0, races=races, steps=steps, end=end)


Draw = Callable[[Random, Lane], Plan]
ANYWHERE: list[tuple[int, Draw]] = [
    (110, plain_success),
    (10, interim_first),
    (14, slow_reading),
    (12, answered("4xx", answers.refusal)),
    (10, answered("429", answers.throttled)),
    (8, answered("5xx APIGW.0613, SCM.4001", answers.nothing_done)),
    (8, answered("400 SCM.0028, SCM.0203", answers.generic_failure)),
    (10, answered("5xx", answers.server_error)),
    (8, answered("undefined", answers.undefined)),
    (10, late_408),
    (8, stray_behind),
    (12, half_head),
    (12, half_body),
    (14, no_answer),
    (5, silence),
    (24, early),
    (110, beginning_first),
    (14, gone_in_the_middle),
    (12, half_early),
]
SEALED: list[tuple[int, Draw]] = [
    (40, alert_alone),
    (60, alert_behind),
    (40, alert_behind_half),
    (40, alert_first),
    (14, cut_record),
    (30, garbage_behind),
]
SEALED_13: list[tuple[int, Draw]] = [(12, chatter), (50, chatter_first)]
BETWEEN: list[tuple[int, Draw]] = [
    (2, idle("FIN", "fin")),
    (2, idle("RST", "rst")),
    (4, idle_timer),
]
BETWEEN_SEALED: list[tuple[int, Draw]] = [(2, idle("close_notify", "close")), (5, idle_alert)]


def choose(random: Random, choices: list[tuple[int, Draw]]) -> Draw:
    """One of the choices by its weight."""
    return random.choices([draw for _, draw in choices], [weight for weight, _ in choices])[0]


def for_request(random: Random, lane: Lane) -> Plan:
    """What happens to the next request of a connection."""
    choices = list(ANYWHERE)
    if lane.version:
        choices += SEALED
    if lane.version == "1.3":
        choices += SEALED_13
    return choose(random, choices)(random, lane)


def between_requests(random: Random, lane: Lane) -> Plan:
    """What happens to a connection that is kept."""
    choices = list(BETWEEN)
    if lane.version:
        choices += BETWEEN_SEALED
    return choose(random, choices)(random, lane)
