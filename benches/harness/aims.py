"""What certpush wants to reach, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable

from . import clients
from .measures.threads import THREADS
from .results import Results

RUST, C, PYTHON = (
    client.name for client in (clients.CERTPUSH_RUST, clients.CERTPUSH_C, clients.CERTPUSH_PYTHON)
)

AIMS: list[tuple[str, float, str, Callable[[Results], float]]] = [
    (
        "C, kept connection, http, p50 in times the floor",
        1.5,
        "",
        lambda told: told["warm"]["http"][C]["p50_us_ratio"],
    ),
    (
        "C, kept connection, https, p50 in times the floor",
        1.25,
        "",
        lambda told: told["warm"]["https"][C]["p50_us_ratio"],
    ),
    (
        "C, instructions of a push on a kept connection, http",
        45,
        "k",
        lambda told: told["instructions"]["http"][C] / 1000,
    ),
    (
        "C, instructions of a push on a kept connection, https",
        60,
        "k",
        lambda told: told["instructions"]["https"][C] / 1000,
    ),
    (
        "C, system calls of a push on a kept connection",
        4,
        "",
        lambda told: max(told["system_calls"][scheme][C] for scheme in clients.SCHEMES),
    ),
    (
        "Python, kept connection, https, p50 more than C",
        2,
        "µs",
        lambda told: told["warm"]["https"][PYTHON]["p50_us"] - told["warm"]["https"][C]["p50_us"],
    ),
    (
        "C, cold https push more than a bare process",
        3,
        "ms",
        lambda told: told["cold_start"]["https"][C]["ms_more_than_bare"],
    ),
    (
        "Python, cold https push",
        20,
        "ms",
        lambda told: told["cold_start"]["https"][PYTHON]["ms"],
    ),
    (
        "Python, import more than bare Python",
        5,
        "ms",
        lambda told: told["imports"][PYTHON]["ms_more_than_bare"],
    ),
    (
        f"connections made by {THREADS} threads",
        THREADS,
        "",
        lambda told: max(told["connections"][name] for name in (RUST, C, PYTHON)),
    ),
    ("libcertpush.so", 2.1, "MB", lambda told: told["sizes"]["libcertpush.so"]["mb"]),
    ("wheel", 1.6, "MB", lambda told: told["sizes"]["certpush wheel"]["mb"]),
    (
        "round trips, kept connection",
        1,
        "",
        lambda told: round(told["round_trips"]["https"][C]["warm"]),
    ),
    (
        "round trips, first push with TLS 1.3",
        3,
        "",
        lambda told: round(told["round_trips"]["https"][C]["cold"]),
    ),
]
"""What, at most how much, of which unit, and where it was measured."""


def judged(results: Results) -> list[dict[str, object]]:
    """Each aim with what was measured; an aim whose value is missing is not met."""
    lines = []
    for what, at_most, unit, measured in AIMS:
        try:
            value = measured(results)
        except (KeyError, TypeError):
            met, shown = False, "not measured"
        else:
            met, shown = round(value, 2) <= at_most, f"{round(value, 2):g} {unit}".strip()
        lines.append(
            {
                "what": what,
                "at_most": f"{at_most:g} {unit}".strip(),
                "measured": shown,
                "met": met,
            }
        )
    return lines
