"""What mkdocs calls while it builds the site."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import c_reference
import cpp_reference
import repository

RUSTDOC = Path(os.environ.get("RUSTDOC_DIR", repository.ROOT / "target/rustdoc/doc"))
"""What `cargo doc` has written."""
# Its pages lead there, and it does not write one for a single crate.
RUSTDOC_INDEX = '<meta http-equiv="refresh" content="0; url=certpush/index.html">\n'
STOPS = "\u3000-\u303f\uff00-\uffef"
CHINESE = f"{STOPS}\u4e00-\u9fff"
CALLERS = "bindings/*/README.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts the pages of the languages that have one into the navigation."""
    assert config.nav is not None
    config.nav = [with_callers(item) for item in config.nav]
    return config


def with_callers(item: Any) -> Any:
    """An entry of the navigation in which the callers' pages stand for their pattern."""
    ((name, inside),) = item.items()
    if not isinstance(inside, list):
        return item
    entries: list[Any] = []
    for entry in inside:
        if entry == CALLERS:
            entries += ({caller_name(page): page} for page in repository.callers())
        else:
            entries.append(entry)
    return {name: entries}


def caller_name(page: str) -> str:
    """The language of a page whose heading is "certpush for" it, or "in" it."""
    return re.sub(r"^certpush (for|in) ", "", repository.title(page))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the repository's pages, what they link to, and the references."""
    for page in repository.pages():
        add(files, config, page, repository.ROOT / page)
        text = (repository.ROOT / page).read_text(encoding="utf-8")
        for target in repository.linked(page, text):
            path = repository.ROOT / target
            if path.suffix in repository.PICTURES and not files.get_file_from_path(target):
                add(files, config, target, path)
    made = repository.source_pages() | {
        "api/c.md": c_reference.page(repository.ROOT / "include"),
        "api/cpp.md": cpp_reference.page(repository.ROOT / "include"),
        "api/rust/index.html": RUSTDOC_INDEX,
    }
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    for path in repository.below(RUSTDOC):
        if path.suffix != ".md":
            add(files, config, f"api/rust/{path.relative_to(RUSTDOC).as_posix()}", path)
    return files


def add(files: Files, config: MkDocsConfig, place: str, path: Path) -> None:
    """Adds a file that is elsewhere."""
    files.append(File.generated(config, place, abs_src_path=str(path)))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leads links to the site, and names languages as Pygments does."""
    del config, files
    if page.is_homepage:
        page.meta["hide"] = ["navigation"]  # it would be one line
    # rustdoc's word for an example that is not run.
    markdown = re.sub(r"^(\s*```+)rust,\w+$", r"\1rust", markdown, flags=re.MULTILINE)
    # Between Chinese characters, and behind their stops, the end of a line is no blank.
    markdown = re.sub(rf"(?<=[{CHINESE}])\n(?=[{CHINESE}])", "", markdown)
    markdown = re.sub(rf"(?<=[{STOPS}])\n(?=\w|`(?!`))", "", markdown)
    if page.file.src_uri.startswith(("source/", "api/")):
        return markdown
    markdown = repository.with_deep_lists(markdown)
    return repository.led_to_the_site(page.file.src_uri, markdown)
