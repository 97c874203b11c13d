"""Writes down the licences of all that is compiled into crates from elsewhere.

    licenses.py CRATE... TARGET FILE

The crates are those of Cargo.lock that each CRATE is linked with on TARGET, such as
x86_64-unknown-linux-gnu, each with the texts that it brings. What only makes code when a crate is
compiled is not in what comes of it; Rust's own library is, and musl, if it is for that.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
IS_LICENSE = re.compile(r"(?i)(?:un)?licen[cs]e|copying|copyright|notice")


class Work(NamedTuple):
    """What somebody else made."""

    name: str
    license: str
    texts: list[str]


def told(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def texts(folder: Path) -> list[str]:
    """The licences that lie in a crate's folder."""
    files = (it for it in sorted(folder.iterdir()) if it.is_file() and IS_LICENSE.match(it.name))
    return [it.read_text(encoding="utf-8").strip() for it in files]


def linked(metadata: dict[str, Any], *crates: str) -> list[dict[str, Any]]:
    """What `cargo metadata` tells of crates, and of those that they are linked with."""
    packages = {it["id"]: it for it in metadata["packages"]}
    nodes = {it["id"]: it for it in metadata["resolve"]["nodes"]}
    found: dict[str, dict[str, Any]] = {}
    ahead = [it for it in packages if packages[it]["name"] in crates]
    while ahead:
        package = packages[ahead.pop()]
        makes_code = any("proc-macro" in it["kind"] for it in package["targets"])
        if package["id"] in found or makes_code:
            continue
        found[package["id"]] = package
        ahead += [
            dependency["pkg"]
            for dependency in nodes[package["id"]]["deps"]
            if any(it["kind"] is None for it in dependency["dep_kinds"])
        ]
    return sorted(found.values(), key=lambda it: (it["name"], it["version"]))


def musl() -> Work:
    """The C library that zig brings."""
    where = "import os, ziglang; print(os.path.dirname(ziglang.__file__))"
    text = Path(told("python", "-c", where).strip(), "lib/libc/musl/COPYRIGHT").read_text("utf-8")
    return Work("musl", "MIT", [text.strip()])


def works(target: str, *crates: str) -> Iterator[Work]:
    """All that is not certpush's own."""
    metadata = ["metadata", "--format-version=1", "--locked", f"--filter-platform={target}"]
    for package in linked(json.loads(told(os.environ.get("CARGO", "cargo"), *metadata)), *crates):
        if package["source"]:
            folder = Path(package["manifest_path"]).parent
            yield Work(f"{package['name']} {package['version']}", package["license"], texts(folder))
    # Without its version: packages for two processors have the same texts, whichever Rust they
    # are built with.
    copyright_ = (
        "The Rust Project contributors, https://www.rust-lang.org, under either of the licences"
        " MIT and Apache-2.0, whose texts stand here."
    )
    yield Work("Rust's standard library", "MIT OR Apache-2.0", [copyright_])
    if target.endswith("-musl"):
        yield musl()


def page(all_works: list[Work]) -> str:
    """Each text once, below the names of all whose licence it is."""
    named: dict[str, list[str]] = {}
    for work in all_works:
        if not work.texts:
            raise ValueError(f"{work.name} brings no licence's text")
        for text in work.texts:
            named.setdefault(text, []).append(work.name)
    list_ = "\n".join(f"{work.name}: {work.license}" for work in all_works)
    parts = [f"What is compiled in, and its licences:\n\n{list_}"]
    parts += ["\n".join(names) + f":\n\n{text}" for text, names in named.items()]
    return f"\n\n{'-' * 79}\n\n".join(parts) + "\n"


def main(*arguments: str) -> None:
    """What the command does."""
    *crates, target, file = arguments
    Path(file).write_text(page(list(works(target, *crates))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
