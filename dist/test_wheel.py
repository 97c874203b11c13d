"""wheel.py changes what it shall, and licenses.py finds what there is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import licenses
import pytest
import wheel

METADATA = "Metadata-Version: 2.4\nName: some\nLicense-File: MINE\nKeywords: x\n\nText.\n\nMore.\n"
FOLDER = "/home/me/my work"


@pytest.fixture(name="rewritten")
def _rewritten(tmp_path: Path) -> zipfile.ZipFile:
    """A wheel that wheel.py has rewritten."""
    path, others = tmp_path / "some-1-py3-none-any.whl", tmp_path / "OTHERS"
    others.write_text("As is.")
    sbom = f'"path+file://{FOLDER.replace(" ", "%20")}#1" "{FOLDER}"'
    files = {"some/a.py": "1", "some-1.dist-info/METADATA": METADATA}
    files["some-1.dist-info/sboms/some.json"] = sbom
    record = [wheel.entry(name, text.encode()) for name, text in files.items()]
    record.append("some-1.dist-info/RECORD,,")
    with zipfile.ZipFile(path, "w") as into:
        for name, text in files.items():
            into.writestr(name, text)
        into.writestr("some-1.dist-info/RECORD", "".join(f"{line}\n" for line in record))
    wheel.main([f"{FOLDER}=/certpush", "--", str(others), str(path)])
    assert sorted(it.name for it in tmp_path.iterdir()) == ["OTHERS", path.name]
    return zipfile.ZipFile(path)


def test_the_sbom_names_no_folder(rewritten: zipfile.ZipFile) -> None:
    sbom = rewritten.read("some-1.dist-info/sboms/some.json")
    assert sbom == b'"path+file:///certpush#1" "/certpush"'


def test_the_licences_of_others_are_in_it_and_named(rewritten: zipfile.ZipFile) -> None:
    assert rewritten.read("some-1.dist-info/licenses/OTHERS") == b"As is."
    named = METADATA.replace("MINE\n", "MINE\nLicense-File: OTHERS\n")
    assert rewritten.read("some-1.dist-info/METADATA").decode() == named


def test_the_record_is_right_and_the_last(rewritten: zipfile.ZipFile) -> None:
    *names, record = rewritten.namelist()
    assert record == "some-1.dist-info/RECORD"
    lines = rewritten.read(record).decode().splitlines()
    assert lines[-1] == f"{record},,"
    assert sorted(lines[:-1]) == sorted(wheel.entry(it, rewritten.read(it)) for it in names)


def test_each_text_stands_once_below_all_whose_licence_it_is() -> None:
    mine, other = "Mine is mine.", "Do as you like."
    works = [
        licenses.Work("a 1", "MIT", [other]),
        licenses.Work("b 2", "MIT OR X", [mine, other]),
    ]
    page = licenses.page(works)
    assert "a 1: MIT\nb 2: MIT OR X\n" in page
    assert f"a 1\nb 2:\n\n{other}\n" in page
    assert f"\nb 2:\n\n{mine}\n" in page
    assert page.count(other) == page.count(mine) == 1


def test_what_brings_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="a 1 brings no licence's text"):
        licenses.page([licenses.Work("a 1", "MIT", [])])


def test_what_is_linked_with_musl_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lib/libc/musl").mkdir(parents=True)
    (tmp_path / "lib/libc/musl/COPYRIGHT").write_text("Of musl.\n")
    metadata = '{"packages": [], "resolve": {"nodes": []}}'
    answers = {"python": f"{tmp_path}\n"}
    monkeypatch.setattr(licenses, "told", lambda *it: answers.get(it[0], metadata))
    names = [it.name for it in licenses.works("x86_64-unknown-linux-musl", "certpush-cli")]
    assert names == ["Rust's standard library", "musl"]
    names = [it.name for it in licenses.works("x86_64-unknown-linux-gnu", "certpush-cli")]
    assert names == ["Rust's standard library"]


def test_what_only_makes_code_is_not_what_is_linked() -> None:
    metadata = {
        "packages": [
            {"id": it, "name": it, "version": "1", "targets": [{"kind": [kind]}]}
            for it, kind in {
                "me": "cdylib",
                "in": "lib",
                "macro": "proc-macro",
                "cc": "lib",
            }.items()
        ],
        "resolve": {
            "nodes": [
                {
                    "id": "me",
                    "deps": [
                        {"pkg": "in", "dep_kinds": [{"kind": None}, {"kind": "dev"}]},
                        {"pkg": "macro", "dep_kinds": [{"kind": None}]},
                        {"pkg": "cc", "dep_kinds": [{"kind": "build"}]},
                    ],
                },
                {"id": "in", "deps": [{"pkg": "me", "dep_kinds": [{"kind": "dev"}]}]},
            ]
        },
    }
    assert [it["name"] for it in licenses.linked(metadata, "me")] == ["in", "me"]
