"""Writes a wheel anew: its SBOM without this machine's folders, and with more licences.

    wheel.py FOLDER=NAME... -- LICENSES WHEEL...

maturin names packages by the folders that they were built in. LICENSES is what licenses.py wrote.
"""

from __future__ import annotations

import base64
import copy
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


def with_license(metadata: str, name: str) -> str:
    """METADATA that names one more file of licences, behind the others."""
    head, end, text = metadata.partition("\n\n")
    lines = head.splitlines()
    others = [at for at, line in enumerate(lines) if line.startswith("License-File: ")]
    lines.insert(others[-1] + 1, f"License-File: {name}")
    return "\n".join(lines) + end + text


def rewrite(wheel: Path, names: Names, licenses: Path) -> None:
    """Put a wheel in its own place, with its SBOMs and licences changed, and nothing else."""
    changed: dict[str, str] = {}
    new = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:

        def put(like: zipfile.ZipInfo, name: str, data: bytes) -> None:
            info = copy.copy(like)
            info.filename = name
            out.writestr(info, data, zipfile.ZIP_DEFLATED)
            changed[name] = entry(name, data)

        for info in old.infolist():
            data = old.read(info)
            folder, _, name = info.filename.partition(".dist-info/")
            if name.startswith("sboms/"):
                put(info, info.filename, renamed(data.decode(), names).encode())
            elif name == "METADATA":
                put(info, info.filename, with_license(data.decode(), licenses.name).encode())
                added = f"{folder}.dist-info/licenses/{licenses.name}"
                put(info, added, licenses.read_bytes())
            elif name == "RECORD":
                # It is the last.
                lines = [
                    line for line in data.decode().splitlines() if line.split(",")[0] not in changed
                ]
                lines[-1:-1] = changed.values()
                record = "".join(f"{line}\n" for line in lines)
                out.writestr(info, record, zipfile.ZIP_DEFLATED)
            else:
                out.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(new, wheel)


def main(arguments: list[str]) -> None:
    """What the command does."""
    end = arguments.index("--")
    names = [(folder, name) for folder, _, name in (it.rpartition("=") for it in arguments[:end])]
    licenses, *wheels = (Path(it) for it in arguments[end + 1 :])
    for wheel in wheels:
        rewrite(wheel, names, licenses)


if __name__ == "__main__":
    main(sys.argv[1:])
