"""The example of every binding, each as a command line to run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

CERTIFICATE_ID = "scs1600313391074"
TARGET_PROJECT = "ap-southeast-3"
TARGET_SERVICE = "ELB"


@dataclass(frozen=True)
class Example:
    """A program in one language that takes its options from the environment."""

    language: str
    source: str
    command: list[str]


def examples() -> list[Example]:
    """The example of every binding, as `make programs` has built it."""
    lines = (TARGET / "bindings/examples").read_text().splitlines()
    pushed = [CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE]
    return [
        Example(language, source, [*shlex.split(command), *pushed])
        for language, source, command in (line.split("\t") for line in lines)
    ]


def run(example: Example, **options: str) -> subprocess.CompletedProcess[str]:
    """Runs an example with these options, as `CERTPUSH_*` variables, and no others."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CERTPUSH_", "HUAWEICLOUD_"))
        and not name.lower().endswith("_proxy")
    }
    environment |= {f"CERTPUSH_{name.upper()}": value for name, value in options.items()}
    return subprocess.run(
        example.command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )


def simulator() -> list[str]:
    """The command line of the simulator, without options."""
    return [str(TARGET / "debug/certpush-sim")]


if sys.version_info < (3, 9):  # noqa: UP036
    raise SystemExit("certpush needs Python 3.9 or later")
