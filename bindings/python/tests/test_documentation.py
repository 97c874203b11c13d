"""The pages that a user reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import certpush
from simulated_service import REPOSITORY

PAGES = [REPOSITORY / "docs" / "python.md", REPOSITORY / "bindings" / "python" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_what_there_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"\bcertpush\.([A-Za-z_]+)", text))
    assert {"Client", "Error"} <= named
    assert named - set(certpush.__all__) == set()


def test_the_page_shows_every_exception() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    items = [getattr(certpush, name) for name in certpush.__all__]
    exceptions = [item for item in items if isinstance(item, type) and issubclass(item, Exception)]
    assert [item.__name__ for item in exceptions if item.__name__ not in text] == []
