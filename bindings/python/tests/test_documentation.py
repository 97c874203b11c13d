"""The pages that a user reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import certpush
from simulated_service import CERTIFICATE, REPOSITORY, TOKEN, SimulatedService

PAGES = [
    REPOSITORY / "docs" / "python.md",
    REPOSITORY / "docs" / "engines.md",
    REPOSITORY / "bindings" / "python" / "README.md",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_what_there_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"\bcertpush\.([A-Za-z_]+)", text))
    assert {"Client", "Error"} <= named
    assert named - set(certpush.__all__) == set()


MANY = REPOSITORY / "docs" / "many.md"


@pytest.mark.parametrize(
    ("page", "heading"), [(PAGES[0], "Many pushes"), (MANY, "From Python")], ids=str
)
def test_the_examples_of_many_pushes_run(
    service: SimulatedService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: Path,
    heading: str,
) -> None:
    section = re.search(rf"(?ms)^## {heading}$(.*?)^## ", page.read_text(encoding="utf-8"))
    assert section
    examples = re.findall(r"(?s)```python\n(.*?)```", section[1])
    assert examples
    monkeypatch.chdir(tmp_path)
    for name, value in {"ENDPOINT": service.http, "TOKEN": TOKEN}.items():
        monkeypatch.setenv(f"CERTPUSH_{name}", value)
    (tmp_path / "targets.csv").write_text(
        "certificate_id,target_project,target_service\n"
        f"{CERTIFICATE},ap-southeast-3,ELB\n{CERTIFICATE},no-such-project,WAF\n"
    )
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, str(page), "exec"), names)
    assert len(service.saw("pushed")) >= 1


def test_the_page_shows_every_exception() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    items = [getattr(certpush, name) for name in certpush.__all__]
    exceptions = [item for item in items if isinstance(item, type) and issubclass(item, Exception)]
    assert [item.__name__ for item in exceptions if item.__name__ not in text] == []
