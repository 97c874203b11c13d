"""The pages of the repository as pages of the site.

Its Markdown is shown as it is, and so are the files that it links to: each has a page with its
text, a folder has one with the names in it. Nothing is copied into the tree.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("benches", "bindings", "docs", "tests")
"""Where pages are, beside the root."""
PICTURES = {".svg", ".png"}
LANGUAGES = {
    ".c": "c",
    ".cdef": "c",
    ".cob": "cobol",
    ".h": "c",
    ".hpp": "cpp",
    ".cpp": "cpp",
    ".go": "go",
    ".java": "java",
    ".json": "json",
    ".php": "php",
    ".pl": "perl",
    ".pm": "perl",
    ".py": "python",
    ".rs": "rust",
    ".service": "ini",
    ".sh": "sh",
    ".timer": "ini",
    ".yml": "yaml",
}

# A word of a page says more than the same word in a source.
IN_THE_SEARCH = "---\nsearch: { boost: 0.1 }\n---\n\n"
ITEM = re.compile(r"([-*]|\d+\.) +")
LINK = re.compile(r"(\]\()([^()\s#]+)(#[^()\s]*)?(\))")
FENCE = re.compile(r"^\s*(```+)")


def pages() -> list[str]:
    """The paths of all pages, from the root."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("site/*.md")]
    for folder in FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def title(page: str) -> str:
    """The first heading of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.removeprefix("# ").partition("\n")[0]


def callers() -> list[str]:
    """The pages of the languages that have one in their folder, but Rust's and PyPI's."""
    found = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("bindings/*/README.md")]
    return sorted(page for page in found if page.split("/")[1] not in {"python", "rust"})


def place(target: str) -> str | None:
    """Where the site has what a path from the root names; None if there is no such thing."""
    path = ROOT / target
    # mkdocs leaves out what begins with a dot.
    source_place = "source/" + re.sub(r"(^|/)\.", r"\1", target) + ".md"
    if path.is_dir():
        return f"{target}/README.md" if (path / "README.md").is_file() else source_place
    if not path.is_file():
        return None
    if path.suffix == ".md" or path.suffix in PICTURES:
        return target
    return source_place


def prose(text: str, change: Callable[[str], str]) -> str:
    """A text whose lines outside fences were changed."""
    fence = ""
    lines = []
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence:
            fence = "" if mark and line.strip() == fence else fence
        elif mark:
            fence = mark[1]
        else:
            line = change(line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def with_deep_lists(text: str) -> str:
    """A text whose lists are as Python-Markdown wants them.

    What belongs to an item is indented by four, not as its marker is wide, and an item behind a
    paragraph of the one before begins after an empty line.
    """
    lines: list[str] = []
    inside: list[int] = []
    fence, is_parted = "", False
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        mark = FENCE.match(line)
        item = None if fence else ITEM.match(bare)
        if bare and not fence:
            while inside and indent < inside[-1]:
                inside.pop()
            if item and is_parted and lines[-1]:
                lines.append("")
            is_parted = is_parted and bool(inside) and not item
        is_parted = is_parted or (bool(inside) and not bare)
        outer = inside[-1] if inside else 0
        lines.append(" " * (4 * len(inside) + indent - outer) + bare if bare else "")
        if fence:
            fence = "" if mark and bare.strip() == fence else fence
        elif mark:
            fence = mark[1]
        elif item:
            inside.append(indent + item.end())
    return "\n".join(lines)


def linked(page: str, text: str) -> Iterator[str]:
    """What a page links to in the repository, as paths from the root."""
    found: list[str] = []

    def keep(line: str) -> str:
        found.extend(match[2] for match in LINK.finditer(line) if "://" not in match[2])
        return line

    prose(text, keep)
    folder = posixpath.dirname(page)
    for target in found:
        yield posixpath.normpath(posixpath.join(folder, target))


def led_to_the_site(page: str, text: str) -> str:
    """A page's text with links to where the site has what they name."""
    folder = posixpath.dirname(page)

    def lead(match: re.Match[str]) -> str:
        before, target, anchor, after = match.groups(default="")
        there = None
        if "://" not in target:
            there = place(posixpath.normpath(posixpath.join(folder, target)))
        if there is None:
            return match[0]
        return before + posixpath.relpath(there, folder or ".") + anchor + after

    return prose(text, lambda line: LINK.sub(lead, line))


def source_pages() -> dict[str, str]:
    """Pages for the files and folders that are linked to and are no pages, by their place."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in pages()}
    waiting = {target for page, text in texts.items() for target in linked(page, text)}
    made: dict[str, str] = {}
    while waiting:
        target = waiting.pop()
        there = place(target)
        if there is None or not there.startswith("source/") or there in made:
            continue
        path = ROOT / target
        if path.is_dir():
            names = sorted(child.name for child in path.iterdir() if child.name[0] not in "._")
            made[there] = listing(target, there, names)
            waiting |= {f"{target}/{name}" for name in names}
        else:
            made[there] = source(target, path)
    return made


def listing(folder: str, place_of_it: str, names: list[str]) -> str:
    """A page with what is in a folder."""
    here = posixpath.dirname(place_of_it)
    lines = [f"{IN_THE_SEARCH}# {posixpath.basename(folder)}", "", f"What is in `{folder}`:", ""]
    for name in names:
        there = place(f"{folder}/{name}")
        assert there is not None
        lines.append(f"- [{name}]({posixpath.relpath(there, here)})")
    return "\n".join([*lines, ""])


def source(target: str, path: Path) -> str:
    """A page with a file's text."""
    text = path.read_text(encoding="utf-8")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    language = LANGUAGES.get(path.suffix, "text")
    name = posixpath.basename(target)
    return f"{IN_THE_SEARCH}# {name}\n\n`{target}`\n\n{fence}{language}\n{text.rstrip()}\n{fence}\n"


def below(folder: Path) -> Iterator[Path]:
    """All files below a folder."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in sorted(names))
