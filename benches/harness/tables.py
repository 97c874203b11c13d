"""The results as tables in Markdown, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .clients import CLIENTS, FLOOR, SCHEMES
from .measures.path import ROUND_TRIP_MS
from .measures.threads import THREADS
from .results import Results, Row, Value

Cell = Callable[[Value], str]


def markdown(results: Results) -> str:
    """All tables."""
    return "\n\n".join([*head(results), *warm(results), *costs(results), *starts(results)]) + "\n"


def head(results: Results) -> list[str]:
    """What was measured on what, and the aims."""
    machine, settings = results["machine"], results["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return [
        "# What a push costs",
        "Written by `make bench`; [benches/README.md](../README.md) says how it measures.",
        f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
        f"Linux {machine['kernel']}, nginx and clients on one machine over loopback, "
        f"a token of 2 KB.  \n{versions}.",
        f"Medians of {settings['rounds']} rounds of {settings['pushes']} pushes, "
        f"in which the clients take turns; ratios are to the {FLOOR.name}.",
        "## Aims",
        table(
            ["aim", "at most", "measured", "met"],
            [
                [aim["what"], aim["at_most"], aim["measured"], "yes" if aim["met"] else "**no**"]
                for aim in results["aims"]
            ],
        ),
    ]


def warm(results: Results) -> list[str]:
    """A push on a kept connection."""
    parts = ["## A push on a kept connection"]
    for scheme in SCHEMES:
        columns: dict[str, Cell] = {
            "p50 µs": lambda told: f"{told['p50_us']:.1f}",
            "ratio": lambda told: f"{told['p50_us_ratio']:.2f}",
            "p99 µs": lambda told: f"{told['p99_us']:.1f}",
            "p99 ratio": lambda told: f"{told['p99_us_ratio']:.2f}",
            "CPU s for 10,000": lambda told: f"{told['cpu_s_per_10000']:.3f}",
            "CPU ratio": lambda told: f"{told['cpu_s_per_10000_ratio']:.2f}",
        }
        parts.append(of_clients(scheme, columns, results["warm"][scheme]))
    return parts


def costs(results: Results) -> list[str]:
    """What can be counted exactly."""
    counted: dict[str, tuple[Row, Cell]] = {
        "instructions, http": (results["instructions"]["http"], thousands),
        "instructions, https": (results["instructions"]["https"], thousands),
        "system calls, http": (results["system_calls"]["http"], tenths),
        "system calls, https": (results["system_calls"]["https"], tenths),
        f"connections of {THREADS} threads": (results["connections"], str),
        "peak memory MB": (results["peak_mb"], tenths),
    }
    trips: dict[str, tuple[Row, Cell]] = {}
    for scheme in SCHEMES:
        row = results["round_trips"][scheme]
        trips[f"{scheme}, first"] = (row, lambda told: f"{told['cold']:.1f}")
        trips[f"{scheme}, kept"] = (row, lambda told: f"{told['warm']:.1f}")
    return [
        "## What one push costs",
        joined("client", counted),
        f"## Round trips on a path of {ROUND_TRIP_MS} ms",
        joined("client", trips),
    ]


def starts(results: Results) -> list[str]:
    """What a program pays before it pushes, and what must be installed."""
    milliseconds: dict[str, Cell] = {
        "ms": lambda told: f"{told['ms']:.1f}",
        "more than bare": lambda told: f"{told['ms_more_than_bare']:.1f}",
    }
    names = ["bare C", "bare Python", *(client.name for client in CLIENTS)]
    parts = ["## From the start of a process to its first answer"]
    for scheme in SCHEMES:
        row = results["cold_start"][scheme]
        parts.append(rows(scheme, milliseconds, {name: row[name] for name in names}))
    megabytes: dict[str, Cell] = {
        "MB": lambda told: f"{told['mb']:.2f}",
        "what it needs, MB": lambda told: f"{told['needs_mb']:.1f}",
    }
    return [
        *parts,
        "## Import in Python",
        rows("module", milliseconds, results["imports"]),
        "## Size on disk",
        rows("what", megabytes, results["sizes"]),
    ]


def of_clients(corner: str, columns: dict[str, Cell], row: Row) -> str:
    """A table with a line for each client."""
    return rows(corner, columns, {client.name: row[client.name] for client in CLIENTS})


def joined(corner: str, columns: dict[str, tuple[Row, Cell]]) -> str:
    """A table of clients whose columns come from different measures."""
    lines = [
        [client.name, *(cell(row[client.name], show) for row, show in columns.values())]
        for client in CLIENTS
    ]
    return table([corner, *columns], lines)


def rows(corner: str, columns: dict[str, Cell], row: Row) -> str:
    """A table with a line for each name."""
    lines = [[name, *(cell(told, show) for show in columns.values())] for name, told in row.items()]
    return table([corner, *columns], lines)


def thousands(told: Value) -> str:
    """A large number."""
    return f"{told / 1000:,.1f} k"


def tenths(told: Value) -> str:
    """A small number."""
    return f"{told:.1f}"


def cell(told: Value, show: Cell) -> str:
    """A value, or why there is none."""
    return told if isinstance(told, str) else show(told)


def table(header: list[str], lines: Iterable[list[str]]) -> str:
    """A table in Markdown: names to the left, numbers to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *lines])
