"""What makes the site of the pages, and what looks at its links; `make site` takes longer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples import ROOT

SITE = ROOT / "site"


def evaluated(expression: str, given: str = "") -> str:
    """What an expression gives in Python beside the site's modules; `given` is a name in it."""
    program = (
        "import pathlib, sys\n"
        "import c_reference, cpp_reference, repository\n"
        "given, include = sys.stdin.read(), pathlib.Path('../include')\n"
        f"print({expression}, end='')"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=SITE,
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_every_page_of_docs_is_in_the_navigation() -> None:
    navigation = (SITE / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    assert [page for page in pages if f": {page}\n" not in navigation] == []
    assert pages


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="there.html#here">x</a><a href="https://example.com/">x</a><p id="a b">', None),
        ('<a href="#a%20b">x</a><p id="a b">', None),
        ('<a href="gone.html">x</a>', "links to gone.html, which is not there"),
        ('<a href="there.html#gone">x</a>', "links to there.html#gone, which has no such place"),
        ('<img src="gone.svg">', "links to gone.svg, which is not there"),
        ('<script src="https://example.com/x.js"></script>', "loads https://example.com/x.js"),
        ('<link rel="stylesheet" href="//example.com/x.css">', "loads //example.com/x.css"),
    ],
)
def test_what_a_page_links_to_is_there_and_what_it_loads_is_its_own(
    page: str, fault: str | None, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "there.html").write_text('<h1 id="here">There</h1>')
    done = subprocess.run(
        [sys.executable, SITE / "check.py", tmp_path], capture_output=True, text=True, check=False
    )
    told = f"page.html {fault}\n" if fault else ""
    assert (done.returncode, done.stdout) == (1 if fault else 0, told)


def test_no_page_at_all_is_a_fault(tmp_path: Path) -> None:
    assert (
        subprocess.run([sys.executable, SITE / "check.py", tmp_path], check=False).returncode == 1
    )


def test_what_belongs_to_an_item_of_a_list_is_indented_by_four() -> None:
    page = """\
1. One
   goes on.

   Another paragraph.
2. Two
   - inside
     ```sh
       $ kept
     ```

Behind.

    $ code
- an item
"""
    wanted = """\
1. One
    goes on.

    Another paragraph.

2. Two
    - inside
        ```sh
          $ kept
        ```

Behind.

    $ code
- an item
"""
    assert evaluated("repository.with_deep_lists(given)", page) == wanted


def test_links_lead_to_pages_but_not_those_in_code() -> None:
    page = """\
[C](../include/certpush.h#L1), [errors](errors.md#statuses), [elsewhere](https://example.com/a)
```cpp
[](int index) {}
```
"""
    wanted = page.replace("../include/certpush.h#L1", "../source/include/certpush.h.md#L1")
    assert evaluated("repository.led_to_the_site('docs/c.md', given)", page) == wanted


def test_no_page_of_a_file_is_hidden_for_mkdocs_leaves_those_out() -> None:
    linked = evaluated("repository.led_to_the_site('docs/c.md', given)", "[cross](../.ci/cross)")
    assert linked == "[cross](../source/ci/cross.md)"
    made = evaluated("*repository.source_pages()").split()
    assert [place for place in made if "/." in place] == []
    assert "source/ci/cross.md" in made


def test_the_search_finds_pages_before_sources() -> None:
    made = evaluated("*repository.source_pages().values(), sep='\\0'").split("\0")
    assert [it for it in made if not it.startswith("---\nsearch: { boost: 0.1 }\n---\n\n# ")] == []


def test_every_function_of_c_and_every_class_of_cpp_is_in_its_reference() -> None:
    c = set(re.findall(r"^### (\w+)$", evaluated("c_reference.page(include)"), re.MULTILINE))
    described = json.loads((ROOT / "include/certpush.json").read_text())
    assert {function["name"] for function in described["functions"]} <= c
    cpp = evaluated("cpp_reference.page(include)")
    header = (ROOT / "include/certpush.hpp").read_text()
    public = re.sub(
        r"^namespace detail \{.*?^\}  // namespace detail$",
        "",
        header,
        flags=re.MULTILINE | re.DOTALL,
    )
    classes = re.findall(
        r"^(?:class|struct|enum class) (?:CERTPUSH_VISIBLE )?([\w:]+) [{:f]", public, re.MULTILINE
    )
    assert {"client", "config", "error", "in_doubt", "status", "call_options"} <= set(classes)
    assert set(classes) - set(re.findall(r"^### (.*)$", cpp, re.MULTILINE)) == set()
    assert "detail::" not in re.sub(r"detail::(is_duration|readable|name_formatter)", "", cpp)
