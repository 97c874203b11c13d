"""Looks through the site that was built: check.py FOLDER.

What a page links to is there, anchors included, and nothing is loaded from another machine. mkdocs
looks at its own pages' Markdown alone; this is what a browser gets.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
"""What a browser fetches by itself, and the attribute that says from where."""
# Of a link its rel says whether it does.
FETCHED = {"icon", "manifest", "modulepreload", "preload", "prefetch", "stylesheet", "preconnect"}
STYLE = re.compile(r"url\(\s*['\"]?(https?:)?//|@import\s+['\"](https?:)?//")


class Page(HTMLParser):
    """The ids and links of a page."""

    def __init__(self, text: str) -> None:
        """Reads the page."""
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps what an element has."""
        attributes = {name: value or "" for name, value in attrs}
        self.ids |= {attributes[name] for name in ("id", "name") if name in attributes}
        if tag == "a" and "href" in attributes:
            self.links.add(attributes["href"])
        if tag == "link" and FETCHED & set(attributes.get("rel", "").split()):
            self.loads.add(attributes["href"])
        if tag in LOADED and LOADED[tag] in attributes:
            self.loads.add(attributes[LOADED[tag]])


def is_wrong(link: str, path: Path, base: Path, pages: dict[Path, Page]) -> str | None:
    """What is wrong with a page's link, if anything."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    there = path if not parts.path else (base / unquote(parts.path).lstrip("/")).resolve()
    there = there / "index.html" if there.is_dir() else there
    if not there.exists():
        return "is not there"
    # Rustdoc makes the anchors of its pages of sources when they are shown.
    if not parts.fragment or there not in pages or "rust/src" in there.as_posix():
        return None
    # Some ids are written as links have them.
    is_there = {parts.fragment, unquote(parts.fragment)} & pages[there].ids
    return None if is_there else "has no such place"


def faults(site: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    pages = {
        path.resolve(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")
    }
    if not pages:
        yield f"{site} has no pages"
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        # The page of a lost reader is shown at any address.
        base = site.resolve() if name.name == "404.html" else path.parent
        yield from (f"{name} loads {link}" for link in sorted(page.loads) if urlsplit(link).netloc)
        for link in sorted(page.links | page.loads):
            fault = is_wrong(link, path, base, pages)
            if fault:
                yield f"{name} links to {link}, which {fault}"
    for path in site.rglob("*.css"):
        if STYLE.search(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)} loads from elsewhere"


def main() -> int:
    """Prints what is wrong."""
    found = list(faults(Path(sys.argv[1])))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
