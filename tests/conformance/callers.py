"""The table of `make callers`: what each caller of the C library or the command made of the list.

    callers.py RESULTS PAGE [--caller NAME TITLE VERSION FILES]...

RESULTS is what certpush-conformance wrote, VERSION the caller's toolchain, and FILES its module's,
whose lines count that are neither empty nor a comment. The table is printed and written into PAGE,
between its marks. A caller that was not played keeps the row that it had.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MARKS = re.compile(r"(<!-- callers -->\n).*(<!-- end of callers -->)", re.DOTALL)
HEAD = "| caller | toolchain | module's lines | scenarios | passed | cannot | seconds |"
RULE = "|---|---|---:|---:|---:|---:|---:|"
ROW = re.compile(r"^\| \[.*\]\(\.\./bindings/(\w+)/README\.md\) \|.*$", re.MULTILINE)
COMMENT = re.compile(r'\s*($|#|//|/?\*|\*>|--|;|"""$)')


def lines_of(files: str) -> int:
    """How many lines there are that do something."""
    texts = (Path(ROOT, file).read_text(encoding="utf-8") for file in files.split())
    return sum(not COMMENT.match(line) for text in texts for line in text.splitlines())


def row(results: dict[str, Any], name: str, title: str, version: str, files: str) -> str:
    """What a caller made of the list."""
    counts = results["bindings"][name]
    took_ms = sum(
        scenario["bindings"][name]["took_ms"]
        for scenario in results["scenarios"]
        if name in scenario["bindings"]
    )
    cells = [
        f"[{title}](../bindings/{name}/README.md)",
        " ".join(version.split()),
        lines_of(files),
        counts["passed"] + counts["failed"] + counts["cannot"],
        counts["passed"],
        counts["cannot"],
        round(took_ms / 1000),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Print the table and write it; 1 if a caller failed, or was not played where all must be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--caller", nargs=4, action="append", default=[])
    arguments = parser.parse_args()
    results = json.loads(arguments.results.read_text(encoding="utf-8"))
    page = arguments.page.read_text(encoding="utf-8")
    rows = {match[1]: match[0] for match in ROW.finditer(page) if match[1] in results["skipped"]}
    rows |= {caller[0]: row(results, *caller) for caller in arguments.caller}
    table = "\n".join([HEAD, RULE, *(rows[name] for name in sorted(rows))])
    print(table)  # noqa: T201
    if results["failed"]:
        return 1
    arguments.page.write_text(MARKS.sub(rf"\1\n{table}\n\n\2", page), encoding="utf-8")
    must_all = os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1"
    return 1 if must_all and results["skipped"] else 0


if __name__ == "__main__":
    sys.exit(main())
