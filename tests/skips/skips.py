"""The tests that were skipped, by name and with their reason: the end of `make test`.

    skips.py TRANSCRIPTS

A suite of pytest writes its own down (`skip_recorder.py`). Any other prints a line
`# SKIPPED: TEST: REASON` for each, and cargo one for each test that is ignored. What a suite's last
line counts as skipped must be named, each with a reason. With CERTPUSH_REQUIRE_TOOLS=1 none may be.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PRINTED = [
    re.compile(r"^# SKIPPED: (?P<test>.+?): (?P<reason>.*)$", re.MULTILINE),
    re.compile(r"^test (?P<test>.+) \.\.\. ignored(?:, (?P<reason>.*))?$", re.MULTILINE),
]
# The last lines of cargo's tests, of pytest, and of what counts as the suites in C do.
LAST = re.compile(
    r"^test result: .*|^(?:=+ )?(?:\d+ \w+, )*\d+ \w+ in [\d.]+s.*|^\d+ passed, \d+ failed.*",
    re.MULTILINE,
)
COUNTED = re.compile(r"\b(\d+) (?:skipped|ignored)\b")
PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


class Skip(NamedTuple):
    """A test that was not run."""

    suite: str
    test: str
    reason: str

    def is_for_want_of(self, tool: str) -> bool:
        """Whether the reason is that there is no such tool."""
        return re.match(rf"{re.escape(tool)}(?![\w-])", self.reason) is not None


def skips(transcripts: Path) -> list[Skip]:
    """All tests that were skipped."""
    return [*written(transcripts), *printed(transcripts)]


def written(transcripts: Path) -> Iterator[Skip]:
    """Those that `skip_recorder.py` wrote down."""
    for path in sorted(transcripts.glob("*.skipped")):
        for line in path.read_text().splitlines():
            test, _, reason = line.partition("\t")
            yield Skip(path.stem, test, reason)


def printed(transcripts: Path) -> Iterator[Skip]:
    """Those that a suite named in what it printed."""
    for path in sorted(transcripts.glob("*.console")):
        console = path.read_text(errors="replace")
        for match in (match for way in PRINTED for match in way.finditer(console)):
            yield Skip(path.stem, match["test"], match["reason"] or "")


def what_is_wrong(transcripts: Path) -> Iterator[str]:
    """Suites that skipped more or fewer tests than were named, and tests without a reason."""
    named = Counter(skip.suite for skip in skips(transcripts))
    for path in sorted(transcripts.glob("*.console")):
        lines = LAST.findall(path.read_text(errors="replace"))
        counted = sum(int(count) for line in lines for count in COUNTED.findall(line))
        if counted != named[path.stem]:
            yield f"{path.stem} skipped {counted} tests and named {named[path.stem]}"
    for skip in skips(transcripts):
        if not skip.reason.strip():
            yield f"{skip.suite} gave no reason for skipping {skip.test}"


def told(transcripts: Path) -> str:
    """Every test that was skipped, below its reason. Those that differ in a parameter count."""
    by_reason: dict[str, Counter[str]] = {}
    for skip in skips(transcripts):
        name = f"{skip.suite}: {PARAMETERS.sub('', skip.test)}"
        by_reason.setdefault(skip.reason, Counter())[name] += 1
    total = sum(sum(names.values()) for names in by_reason.values())
    lines = [f"{total} tests were skipped" + (":" if total else "")]
    for reason, names in by_reason.items():
        lines.append(f"  {reason}")
        lines += [f"    {name}" + (f" ({n})" if n > 1 else "") for name, n in names.items()]
    return "\n".join(lines)


def main(transcripts: Path) -> int:
    """Tell, and give what `make test` ends with."""
    print(told(transcripts))  # noqa: T201
    wrong = list(what_is_wrong(transcripts))
    if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1" and skips(transcripts):
        wrong.append("CERTPUSH_REQUIRE_TOOLS=1 is set: no test may be skipped")
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
