"""The pages that a user reads."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import certpush
from simulated_service import CERTIFICATE, PROGRAM, REPOSITORY, TOKEN, SimulatedService

PAGES = [
    REPOSITORY / "docs" / "python.md",
    REPOSITORY / "docs" / "engines.md",
    REPOSITORY / "bindings" / "python" / "PYPI.md",
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


PAGE_ON_PYPI = PAGES[2].read_text(encoding="utf-8")


def blocks_on_pypi(language: str) -> list[str]:
    """The code blocks of the package's page."""
    return re.findall(rf"(?s)```{language}\n(.*?)```", PAGE_ON_PYPI)


def test_the_packages_page_works_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install, push = blocks_on_pypi("console")
    assert install == "$ pip install certpush certpush-sim\n"
    simulator, export, command = re.findall(r"(?m)^\$ (.*)$", push)
    program, *flags = shlex.split(simulator.removesuffix(" &"))
    assert (program, flags[-2:]) == ("certpush-sim", ["--http-port", "8080"])
    with subprocess.Popen(
        [PROGRAM, *flags[:-2], "--stop-on-stdin-eof"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        url = json.loads(running.stdout.readline())["http"]
        for word in shlex.split(export.replace("http://127.0.0.1:8080", url))[1:]:
            monkeypatch.setenv(*word.split("=", 1))
        monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)
        assert done.stdout.startswith(f"{CERTIFICATE} was pushed to ELB in ap-southeast-3")
        first, failing = (compile(it, "PYPI.md", "exec") for it in blocks_on_pypi("python"))
        names: dict[str, Any] = {}
        exec(first, names)
        lost = {"answer": {"steps": ["close"]}, "count": 1, "carried_out": True}
        planned = f"{url}/sim/answer-next", json.dumps(lost).encode()
        urllib.request.urlopen(*planned, timeout=20).close()
        exec(failing, names)
        running.stdin.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{CERTIFICATE} was pushed to ELB in ap-southeast-3")
    assert lines[-1] == "It may have been pushed: look on the target before another push."


def test_the_packages_page_has_no_link_that_leads_nowhere_on_pypi() -> None:
    links = re.findall(r"\]\((.*?)\)", PAGE_ON_PYPI)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_page_shows_every_exception() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    items = [getattr(certpush, name) for name in certpush.__all__]
    exceptions = [item for item in items if isinstance(item, type) and issubclass(item, Exception)]
    assert [item.__name__ for item in exceptions if item.__name__ not in text] == []
