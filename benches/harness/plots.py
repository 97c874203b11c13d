"""The results as plots: SVG by hand, which needs nothing but a browser to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .clients import CLIENTS, FLOOR
from .results import Results, Row, Value

WIDTH, ROW, THICK = 620, 27, 14
LEFT, RIGHT, TOP = 152, 146, 78
"""What is beside the bars, for names and numbers, and above them."""

TIMES = "\N{MULTIPLICATION SIGN}"

# The card has a background of its own, for whoever embeds it may be light while the reader is dark.
STYLE = """
  .card { fill: #ffffff; stroke: #d6dbe1 }
  .text { fill: #1f2430 } .faint { fill: #5b6472 } .rule { stroke: #d6dbe1 }
  .ours { fill: #0f766e } .theirs { fill: #64748b } .floor { fill: #a16207 }
  .rest { opacity: .3 }
  text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #1b1f27; stroke: #363d49 }
    .text { fill: #e6e9ef } .faint { fill: #a3acba } .rule { stroke: #363d49 }
    .ours { fill: #2dd4bf } .theirs { fill: #8b98ab } .floor { fill: #eab308 }
  }
"""


@dataclass(frozen=True)
class Bar:
    """A row: a number, what comes on top of it, and the words beside them."""

    name: str
    solid: float
    rest: float
    label: str


def plots(results: Results) -> dict[str, str]:
    """All plots, by the names of their files."""
    return {
        "latency.svg": chart(
            "A push on a kept connection, https",
            "median, and in pale the slowest of a hundred (p99); in times the C floor",
            of_clients(
                results["warm"]["https"],
                lambda told: (told["p50_us"], told["p99_us"] - told["p50_us"]),
                lambda told: f"{told['p50_us']:.0f} µs · {told['p50_us_ratio']:.2f}{TIMES}",
            ),
        ),
        "cold-start.svg": chart(
            "From the start of a process to the answer, https",
            "in pale what a process costs that does nothing",
            of_clients(
                results["cold_start"]["https"],
                lambda told: (told["ms_more_than_bare"], told["ms"] - told["ms_more_than_bare"]),
                lambda told: f"{told['ms']:.1f} ms",
            ),
        ),
        "instructions.svg": chart(
            "Instructions of one push on a kept connection, https",
            "in user space, counted by callgrind",
            of_clients(
                results["instructions"]["https"],
                lambda told: (told, 0.0),
                lambda told: f"{told / 1000:,.0f} k",
            ),
        ),
        "size.svg": chart(
            "What must be installed",
            "in pale what it needs beside the C library, or what pip brings with it",
            of_names(
                results["sizes"],
                lambda told: (told["mb"], told["needs_mb"]),
                lambda told: f"{told['mb'] + told['needs_mb']:.1f} MB",
            ),
        ),
    }


def write(results: Results, folder: Path) -> None:
    """Writes all plots."""
    for name, plot in plots(results).items():
        (folder / name).write_text(plot, encoding="utf-8")


def of_clients(
    row: Row, size: Callable[[Value], tuple[float, float]], label: Callable[[Value], str]
) -> list[Bar]:
    """A bar for each client."""
    return of_names({client.name: row[client.name] for client in CLIENTS}, size, label)


def of_names(
    row: Row, size: Callable[[Value], tuple[float, float]], label: Callable[[Value], str]
) -> list[Bar]:
    """A bar for each name; without one, where a text says why nothing was measured."""
    return [
        Bar(name, 0, 0, told) if isinstance(told, str) else Bar(name, *size(told), label(told))
        for name, told in row.items()
    ]


def chart(title: str, subtitle: str, bars: list[Bar]) -> str:
    """Bars below each other, with a number behind each."""
    height = TOP + ROW * len(bars) + 14
    greatest = max((bar.solid + bar.rest for bar in bars), default=0) or 1
    per_unit = (WIDTH - LEFT - RIGHT) / greatest
    told = ", ".join(f"{bar.name} {bar.label}" for bar in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="title told">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>',
        f'<text class="text title" x="20" y="32">{escape(title)}</text>',
        f'<text class="faint" x="20" y="54">{escape(subtitle)}</text>',
        *rows(bars, per_unit),
        f'<path class="rule" d="M{LEFT} {TOP - 8}V{height - 12}"/>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def rows(bars: Iterable[Bar], per_unit: float) -> Iterator[str]:
    """A name, a bar of two parts and a label for each."""
    for number, bar in enumerate(bars):
        top = TOP + ROW * number
        base = top + THICK - 2
        solid, rest = bar.solid * per_unit, bar.rest * per_unit
        kind = "floor" if bar.name == FLOOR.name else "ours" if "certpush" in bar.name else "theirs"
        weight = " strong" if kind == "ours" else ""
        yield (
            f'<text class="text{weight}" x="{LEFT - 10}" y="{base}" text-anchor="end">'
            f"{escape(bar.name)}</text>"
        )
        for part, start, width in (("", 0.0, solid), (" rest", solid, rest)):
            if width > 0:
                yield (
                    f'<rect class="{kind}{part}" x="{LEFT + start:.1f}" y="{top}" '
                    f'width="{max(width, 1):.1f}" height="{THICK}"/>'
                )
        yield (
            f'<text class="text{weight}" x="{LEFT + solid + rest + 8:.1f}" y="{base}">'
            f"{escape(bar.label)}</text>"
        )
