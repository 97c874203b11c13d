"""The reference of C, made from certpush.json and the header's first comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SECTIONS = {
    "Push": ("certpush_push_once", "certpush_push", "certpush_push_n", "certpush_push_again_n"),
    "Options": ("certpush_config_",),
    "Clients": ("certpush_client_",),
    "Many pushes": ("certpush_push_all", "certpush_push_list_"),
    "Several projects": ("certpush_batch_push", "certpush_report_list_"),
    "Journals": ("certpush_journal_",),
    "Cancels": ("certpush_cancel_",),
    "Token sources": ("certpush_token_request_",),
    "Reports": ("certpush_report_",),
    "Fields of fixed width": ("certpush_push_fields",),
    "The library": ("certpush_",),
}
"""Headings, with names, or beginnings of names, of what is below them: the longest counts."""
WIDTH = 92

NAME = re.compile(r"\b(certpush_\w+)(\(\))?|\b(CERTPUSH_\w+)")


def page(include: Path) -> str:
    """The page."""
    described = json.loads((include / "certpush.json").read_text(encoding="utf-8"))
    functions = {function["name"]: function for function in described["functions"]}
    words = Words({*functions, *(callback["name"] for callback in described["callbacks"])})
    parts = [
        "# C",
        f"`certpush.h` of certpush {described['version']}, `{described['library']}`. "
        "[C](../docs/c.md) is the way in; this is what the header says.",
        "## What holds for every function",
        *general(include / "certpush.h", words),
        "## Handles",
        table(
            ["handle", "freed by", ""],
            (
                [
                    f"`{h['name']}`",
                    words.mark(f"{h['free']}()") if h["free"] else "",
                    words.mark(h["doc"]),
                ]
                for h in described["handles"]
            ),
        ),
        "## Statuses",
        table(
            ["", "", "what it means"],
            ([str(s["number"]), f"`{s['c_name']}`", s["message"]] for s in described["statuses"]),
        ),
        "[Errors](../docs/errors.md#statuses) says what to do about each.",
    ]
    for heading, functions_there in grouped(described["functions"]).items():
        parts.append(f"## {heading}")
        for function in functions_there:
            parts += [
                f"### {function['name']}",
                fenced(prototype(function)),
                words.mark(doc(function)),
            ]
    parts.append("## Functions that the program gives")
    for callback in described["callbacks"]:
        shown = prototype(callback | {"name": f"(*{callback['name']})"})
        parts += [f"### {callback['name']}", fenced(f"typedef {shown}"), words.mark(doc(callback))]
    return "\n\n".join(parts) + "\n"


class Words:
    """Marks names of C in a text, and leads them to their headings."""

    def __init__(self, known: set[str]) -> None:
        """Knows what has a heading."""
        self.known = known

    def mark(self, text: str) -> str:
        """The text in Markdown."""
        return NAME.sub(self._marked, text.replace("*", r"\*").replace("<", "&lt;"))

    def _marked(self, match: re.Match[str]) -> str:
        name, call = match[1], match[2] or ""
        if name in self.known:
            return f"[`{name}{call}`](#{name})"
        return f"`{match[0]}`"


def general(header: Path, words: Words) -> Iterator[str]:
    """The header's first comment: the paragraphs that begin with a word of two blanks."""
    text = header.read_text(encoding="utf-8")
    comment = text.partition("/**\n")[2].partition("\n */")[0]
    plain = re.sub(r"^ \* ?", "", comment, flags=re.MULTILINE)
    _, _, plain = plain.partition("its own comment tells the rest.\n")
    for paragraph in plain.strip().split("\n\n"):
        about, _, rest = " ".join(paragraph.split("\n")).partition("  ")
        yield f"**{about}** {words.mark(rest)}"


def grouped(functions: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The functions by the heading that fits best."""
    groups: dict[str, list[dict[str, Any]]] = {heading: [] for heading in SECTIONS}
    for function in functions:
        name = function["name"]
        fitting = [
            (len(start), heading)
            for heading, starts in SECTIONS.items()
            for start in starts
            if name == start
            or (start.endswith(("_", "push_all", "batch_push")) and name.startswith(start))
        ]
        groups[max(fitting)[1]].append(function)
    return groups


def doc(function: dict[str, Any]) -> str:
    """What a function's comment says."""
    text: str = function["doc"]
    return re.sub(r" - (?=CERTPUSH_)", "\n- ", text)


def prototype(function: dict[str, Any]) -> str:
    """A declaration, broken where it is too wide."""
    parameters = [declared(p["type"], p["name"]) for p in function["parameters"]] or ["void"]
    start = declared(function["returns"], function["name"]) + "("
    lines, indent = [start], " " * len(start)
    for number, parameter in enumerate(parameters):
        text = parameter + (");" if number == len(parameters) - 1 else ",")
        if len(lines[-1]) + 1 + len(text) > WIDTH:
            lines.append(indent + text)
        else:
            lines[-1] += text if lines[-1].endswith("(") else " " + text
    return "\n".join(lines)


def declared(kind: str, name: str) -> str:
    """A type and a name, as C writes them."""
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


def fenced(code: str, language: str = "c") -> str:
    """A block of code."""
    return f"```{language}\n{code}\n```"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
