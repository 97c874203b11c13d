"""The reference of C++, made from the headers.

They are written for that: clang-format has laid them out, what is public has a comment of `///`
before it, and what is in a namespace `detail` is nobody's business but one class, which has what
every report tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADERS = ("certpush.hpp", "certpush_stop_token.hpp", "certpush_format.hpp")
READABLE = "readable"
"""The class in `detail` whose members every report, receipt, error and result has."""
READERS = (
    "`report`, `report_view`, `result`, `receipt`, `batch_receipt`, `push_all_receipt`, `error` "
    "and `in_doubt`"
)

SCOPE = re.compile(
    r"^(?:template <.*>\s*)?(class|struct|enum class) (?:CERTPUSH_VISIBLE )?([\w:]+)"
)
NOISE = re.compile(
    r" ?\bCERTPUSH_(VISIBLE|LIFETIMEBOUND)\b|\[\[nodiscard\]\] |\binline (?!namespace)"
)
UNSAID = re.compile(
    r"= (default|delete)$|^friend |^~|^using |^(class|struct) \w+$|\b\w+::(operator\S+|\w+)\("
)
"""What needs no words where nobody has written any: what is usual, and what was declared before."""
BASE = re.compile(r"(, | : )public detail::readable<\w+>")
CODE = re.compile(
    r"(?:\b(?:certpush|error|outcome|phase|status|std)::\w+|\b\w+(?:\.\w+)*(?=\(\)))(?:\(\)(?:\.\w+)*)*"
)
"""What is a name of C++, in a comment."""


@dataclass
class Item:
    """A declaration, or several that share a comment."""

    doc: list[str]
    code: list[str]
    kind: str = ""
    name: str = ""
    members: list[Item] = field(default_factory=list)


def page(include: Path) -> str:
    """The page."""
    parts = [
        "# C++",
        "What the headers say. [C++](../docs/cpp.md) is the way in. Where a function is said to "
        "throw `error`, a program without exceptions has its twin, which takes a report to fill.",
    ]
    for header in HEADERS:
        lines = without_directives((include / header).read_text(encoding="utf-8").split("\n"))
        parts += [f"## {header}", *markdown(file_comment(lines))]
        parts += shown(items(lines), "###")
    return "\n\n".join(part for part in parts if part) + "\n"


def without_directives(lines: list[str]) -> list[str]:
    """The lines without those of the preprocessor, and without what stands behind an #else."""
    kept: list[str] = []
    left_out: list[bool] = []
    continued = False
    for line in lines:
        directive = continued or line.startswith("#")
        continued = directive and line.endswith("\\")
        if line.startswith("#if"):
            left_out.append(False)
        elif line.startswith(("#else", "#elif")):
            left_out[-1] = True
        elif line.startswith("#endif"):
            left_out.pop()
        elif not directive and not any(left_out):
            kept.append(line)
    return kept


def file_comment(lines: list[str]) -> list[str]:
    """The comment about the file, without its name."""
    start = next(number for number, line in enumerate(lines) if line.startswith("/// @file"))
    comment = []
    for line in lines[start + 1 :]:
        if not line.startswith("///"):
            break
        comment.append(uncommented(line))
    return comment


def uncommented(line: str) -> str:
    """What a line of a comment says."""
    return line.strip().removeprefix("///").removeprefix(" ")


def items(lines: list[str]) -> list[Item]:
    """What is declared in a namespace, or in the public parts of a class."""
    found: list[Item] = []
    doc: list[str] = []
    number, blank, is_public = 0, True, True
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if line.startswith("///"):
            doc.append(uncommented(line))
            continue
        if line in {"public:", "private:", "protected:"}:
            is_public, doc = line == "public:", []
            continue
        if not line or line.startswith(("//", "}")):
            blank, doc = True, [] if not line else doc
            continue
        code, body, number = declaration(lines, number - 1)
        if re.match(r"(inline )?namespace ", code):
            is_detail = "detail" in code
            inside = items(body)
            found += [item for item in inside if item.name == READABLE or not is_detail]
        elif is_public:
            add(found, Item(doc, [code]), body, blank)
        doc, blank = [], False
    return found


def add(found: list[Item], item: Item, body: list[str], blank: bool) -> None:
    """Adds a declaration, or puts it to the one that it follows without an empty line."""
    code = item.code[0]
    scope = SCOPE.match(code)
    if scope and (body or item.doc):
        item.kind, item.name = scope[1], scope[2]
        if item.kind == "enum class":
            item.code = [f"{code} {{\n" + "\n".join(values(body)) + "\n}"]
        elif item.kind == "class":
            item.members = items(["private:", *body])
        else:
            item.code = [f"{code} {{\n" + "\n".join(body) + "\n}"] if body else item.code
        found.append(item)
    elif item.doc:
        found.append(item)
    elif not UNSAID.search(code):
        if found and not blank and not found[-1].kind:
            found[-1].code.append(code)
        else:
            found.append(item)


def values(body: list[str]) -> Iterator[str]:
    """An enumeration's values, without marks for generators."""
    return (line for line in body if not line.strip().startswith(("// generated", "// end of")))


def declaration(lines: list[str], start: int) -> tuple[str, list[str], int]:
    """A declaration that begins in a line, what its braces hold, and the next line's number."""
    text, depth, number = [], 0, start
    indent = len(lines[start]) - len(lines[start].lstrip())
    while number < len(lines):
        line = re.sub(r"\s*//.*$", "", lines[number][indent:])
        cut = end_of(line, depth)
        if cut is not None:
            text.append(line[: cut[0]])
            code = tidy("\n".join(text))
            if cut[1] == ";":
                return code, [], number + 1
            body, behind = braced(lines, number, indent + cut[0])
            return code, body, behind
        text.append(line)
        depth += line.count("(") - line.count(")")
        number += 1
    return tidy("\n".join(text)), [], number


def end_of(line: str, depth: int) -> tuple[int, str] | None:
    """Where a declaration ends in a line, and by what: its stop, its body, its initialisers."""
    for place, character in enumerate(line):
        before, rest = line[:place], line[place:]
        depth += (character == "(") - (character == ")")
        if depth != 0:
            continue
        if character in ";{" and not rest.startswith(("{},", "{})", "{};")):
            return place, character
        if (rest.startswith(" : ") and ")" in before) or (
            rest.startswith(": ") and not before.strip()
        ):
            return place, ":"
    return None


def braced(lines: list[str], number: int, column: int) -> tuple[list[str], int]:
    """What stands between the braces that begin there, and the number of the line behind them.

    The initialisers of a constructor have braces of their own, and its body comes last: it ends
    where a line does.
    """
    depth, is_begun = 0, False
    body: list[str] = []
    rest = bare(lines[number])[column:]
    while True:
        depth += rest.count("{") - rest.count("}")
        is_begun = is_begun or "{" in rest
        number += 1
        if is_begun and depth == 0 and rest.rstrip().endswith(("}", "};")):
            return body[:-1], number
        body.append(lines[number])
        rest = bare(lines[number])


def bare(line: str) -> str:
    """A line with blanks for its texts and comments."""
    return re.sub(
        r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])\'|//.*$', lambda match: " " * len(match[0]), line
    )


def tidy(code: str) -> str:
    """A declaration without what is for compilers alone."""
    lines: list[str] = []
    moved = 0
    for line in code.split("\n"):
        plain = NOISE.sub("", line)
        lines.append(plain.removeprefix(" " * moved))
        # What stands below an opening parenthesis moves with it.
        moved = moved or len(line) - len(plain)
    return BASE.sub("", "\n".join(lines)).strip()


def shown(found: list[Item], level: str) -> Iterator[str]:
    """Items in Markdown, each with a heading unless it has that of the one before."""
    before = ""
    for item in found:
        heading = title(item)
        if heading != before:
            yield f"{level} {heading}"
        before = heading
        if item.name == READABLE:
            yield f"These are functions of {READERS}."
        else:
            yield fenced("\n".join(f"{code};" for code in item.code))
            yield from markdown(item.doc)
        yield from shown(item.members, level + "#")


def title(item: Item) -> str:
    """What stands above an item: its name."""
    if item.name == READABLE:
        return "What every report tells"
    if item.kind:
        return item.name.removeprefix("std::")
    code = re.sub(r"^template <.*>\n", "", item.code[0])
    name = re.search(r"(operator\W+|\w+)\(", code) or re.search(r"struct (?:std::)?(\w+)", code)
    assert name is not None, code
    return name[1]


def markdown(doc: list[str]) -> Iterator[str]:
    """A comment in Markdown: what is indented is code, all else words."""
    for paragraph in "\n".join(doc).strip("\n").split("\n\n"):
        if paragraph.startswith("    "):
            yield fenced("\n".join(line.removeprefix("    ") for line in paragraph.split("\n")))
        else:
            yield CODE.sub(r"`\g<0>`", paragraph).replace("<", "&lt;").replace("*", r"\*")


def fenced(code: str) -> str:
    """A block of code."""
    return f"```cpp\n{code}\n```"
