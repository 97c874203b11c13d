"""The five kinds of program that push a certificate, each as a command line to run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CERTIFICATE_ID = "scs1600313391074"
TARGET_PROJECT = "ap-southeast-3"
TARGET_SERVICE = "ELB"


@dataclass(frozen=True)
class Face:
    """A program in one language that takes its options from the environment."""

    name: str
    source: str
    command: list[str]


def faces() -> list[Face]:
    """All faces, as `make` has built them."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    push = [CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE]
    flags = [CERTIFICATE_ID, "--project", TARGET_PROJECT, "--service", TARGET_SERVICE]
    return [
        Face("Rust", "examples/push.rs", [str(target / "debug/examples/push"), *push]),
        Face("C", "bindings/c/examples/push.c", [str(target / "faces/push-c"), *push]),
        Face("C++", "bindings/cpp/examples/push.cpp", [str(target / "faces/push-cpp"), *push]),
        Face(
            "Python",
            "bindings/python/examples/push.py",
            [str(target / "venv/bin/python"), "bindings/python/examples/push.py", *push],
        ),
        Face("command", "certpush push", [str(target / "release/certpush"), "push", *flags]),
    ]


def run(face: Face, **options: str) -> subprocess.CompletedProcess[str]:
    """Runs a face with these options, as `CERTPUSH_*` variables, and no others."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CERTPUSH_", "HUAWEICLOUD_"))
        and not name.lower().endswith("_proxy")
    }
    environment |= {f"CERTPUSH_{name.upper()}": value for name, value in options.items()}
    return subprocess.run(
        face.command,
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
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return [str(target / "debug/certpush-sim")]


if sys.version_info < (3, 9):  # noqa: UP036
    raise SystemExit("certpush needs Python 3.9 or later")
