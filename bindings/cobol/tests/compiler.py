"""COBOL programs of the tests: how they are compiled and run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples import ROOT

MODULE = ROOT / "bindings/cobol"
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
LINK = [f"-L{RELEASE}", "-lcertpush", "-Q", f"-Wl,-rpath,{RELEASE}"]

# Each test's own statements stand in a program with the fields of README's.
PROGRAM = """\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. TESTED.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       COPY "certpush.cpy".
       01  MY-CERTIFICATE  PIC X(16) VALUE "scs1600313391074".
       01  MY-PROJECT      PIC X(64) VALUE "ap-southeast-3".
       01  MY-SERVICE      PIC X(8)  VALUE "ELB".
{fields}
       PROCEDURE DIVISION.
{statements}
           STOP RUN.
"""
OPENED = """\
           CALL "CERTPUSH-LOAD-ENV" USING CERTPUSH-CLIENT
               CERTPUSH-REPORT
           CALL "CERTPUSH-OPEN" USING CERTPUSH-CLIENT CERTPUSH-REPORT
           IF NOT CERTPUSH-OK
               DISPLAY FUNCTION TRIM (CERTPUSH-MESSAGE)
               STOP RUN
           END-IF
"""


@dataclass(frozen=True)
class Ran:
    """What a program left."""

    status: int
    lines: list[str]
    errors: str


@dataclass(frozen=True)
class Compiler:
    """A cobc, and where it puts what it makes."""

    cobc: str
    folder: Path

    def compile(self, *arguments: str | Path) -> None:
        """Compiles without a warning."""
        done = subprocess.run(
            [self.cobc, "-Wall", f"-I{MODULE}", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")

    def program(self, source: Path, *arguments: str) -> Path:
        """A program with the module in it."""
        program = self.folder / source.stem
        module = MODULE / "certpush.cob"
        self.compile("-x", "-fstatic-call", *arguments, "-o", program, source, module, *LINK)
        return program

    def wrapped(self, statements: str, fields: str = "", *arguments: str) -> Path:
        """A program of these statements."""
        source = self.folder / "tested.cob"
        source.write_text(PROGRAM.format(fields=fields, statements=statements), encoding="utf-8")
        return self.program(source, *arguments)

    def source(self, text: str) -> Path:
        """A whole program's file."""
        source = self.folder / "whole.cob"
        source.write_text(text, encoding="utf-8")
        return source


def run(program: Path | list[str | Path], variables: Mapping[str, str]) -> Ran:
    """Runs a program to its end, with these variables more."""
    done = subprocess.run(
        program if isinstance(program, list) else [program],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return Ran(done.returncode, done.stdout.splitlines(), done.stderr)


def blocks(page: str) -> list[str]:
    """The COBOL on a page."""
    text = (MODULE / page).read_text(encoding="utf-8")
    return re.findall(r"^```cobol\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def variables(options: Mapping[str, str]) -> dict[str, str]:
    """Options, as the environment has them."""
    return {f"CERTPUSH_{name.upper()}": value for name, value in options.items()}
