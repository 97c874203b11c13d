"""Writes a wheel's SBOM anew, without the folders of the machine that built it.

    wheel.py FOLDER=NAME... -- WHEEL...

maturin names packages by the folders that they were built in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import urllib.parse
import zipfile
from pathlib import Path

Names = list[tuple[str, str]]
"""Folders, and what takes their place."""


def renamed(text: str, names: Names) -> str:
    """A text with other names for folders, as paths and in URLs."""
    for folder, name in names:
        text = text.replace(folder, name).replace(urllib.parse.quote(folder), name)
    return text


def entry(name: str, data: bytes) -> str:
    """A file's line in RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def rewrite(wheel: Path, names: Names) -> None:
    """Put a wheel in its own place, with its SBOMs and its RECORD changed and nothing else."""
    changed: dict[str, str] = {}
    new = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:
        for info in old.infolist():
            data = old.read(info)
            if ".dist-info/sboms/" in info.filename:
                data = renamed(data.decode(), names).encode()
                changed[info.filename] = entry(info.filename, data)
            elif info.filename.endswith(".dist-info/RECORD"):
                # It is the last.
                lines = data.decode().splitlines()
                lines = [changed.get(line.split(",")[0], line) for line in lines]
                data = "".join(f"{line}\n" for line in lines).encode()
            out.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(new, wheel)


def main(arguments: list[str]) -> None:
    """What the command does."""
    end = arguments.index("--")
    names = [(folder, name) for folder, _, name in (it.rpartition("=") for it in arguments[:end])]
    for wheel in arguments[end + 1 :]:
        rewrite(Path(wheel), names)


if __name__ == "__main__":
    main(sys.argv[1:])
