"""Whether what was built for old systems is fit for them.

    check.py FILE...

Reads libraries, archives and programs of ELF, and wheels, tarballs and packages with all that is
in them.
The environment may say ARCHITECTURE, such as aarch64, for which they were built: for this machine
unless it does. None may

- be for another processor;
- need a symbol of a glibc later than 2.17, or another library than glibc's; Python's module may
  need libgcc_s, by which threads are ended; what was linked with musl, as the name of its folder
  or its tarball says, may need nothing;
- show other symbols than certpush's own, if it is a library or an archive;
- have a folder of this machine in it.
"""

from __future__ import annotations

import io
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NEWEST = (2, 17)
LARGEST_LIBRARY = 3_080_000
"""What libcertpush.so may take, in bytes: it grows with what certpush can do, and never unseen."""

ARCHITECTURE = os.environ.get("ARCHITECTURE", platform.machine())
MACHINES = {"x86_64": 62, "aarch64": 183}
"""Processors, by the numbers that ELF has for them."""

OF_GLIBC = re.compile(r"(?:lib(?:c|m|dl|rt|util|pthread)|ld-linux-[\w-]+)\.so\.\d+")
VERSION = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")
OF_LIBGCC = re.compile(r"GCC_(?:3|4\.[0-7])(?:\.\d+)*")
"""Versions of libgcc_s that systems with glibc 2.17 have."""
OWN = {
    "libcertpush": re.compile(r"certpush_\w+"),
    "_certpush": re.compile("PyInit__certpush"),
    "certpush": re.compile("(?!)"),
}
"""What may be seen of a library, an archive or a program, by its name without ending."""


class Symbol(NamedTuple):
    """A symbol that the loader reads."""

    name: str
    version: str
    is_defined: bool
    is_weak: bool


def told(*command: str | Path) -> str:
    """What a program of binutils prints."""
    environment = os.environ | {"LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def symbols(path: Path) -> Iterator[Symbol]:
    """The dynamic symbols of a library or a program."""
    for line in told("objdump", "-T", path).splitlines():
        left, is_one, right = line.partition("\t")
        if is_one:
            # ADDRESS FLAGS SECTION, a tab, SIZE VERSION NAME: the version may be in brackets.
            flags, section = left[17:24], left[25:]
            _, *version, name = right.split()
            version_name = version[0].strip("()") if version else ""
            yield Symbol(name, version_name, section != "*UND*", "w" in flags)


def what_is_wrong_with_symbols(path: Path, own: re.Pattern[str]) -> Iterator[str]:
    """What an old system's loader would not find, and what is shown without need."""
    of_python = path.name.startswith("_certpush")
    for symbol in symbols(path):
        match = VERSION.fullmatch(symbol.version)
        if symbol.is_defined:
            if not own.fullmatch(symbol.name):
                yield f"shows {symbol.name}"
        elif match:
            if (int(match[1]), int(match[2])) > NEWEST:
                yield f"needs {symbol.name} of {symbol.version}"
        elif of_python and OF_LIBGCC.fullmatch(symbol.version):
            continue
        elif symbol.version not in ("", "Base"):
            yield f"needs {symbol.name} of {symbol.version}"
        elif not symbol.is_weak and not (of_python and re.match("_?Py", symbol.name)):
            yield f"needs {symbol.name}, of no version"
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", told("readelf", "-d", path)):
        if not OF_GLIBC.fullmatch(name) and not (of_python and name == "libgcc_s.so.1"):
            yield f"needs the library {name}"


def what_is_wrong_with_machine(data: bytes) -> Iterator[str]:
    """Whether a file of ELF is for another processor."""
    machine = int.from_bytes(data[18:20], "little")
    if machine != MACHINES[ARCHITECTURE]:
        yield f"is for the processor {machine} of ELF, not for {ARCHITECTURE}"


def what_is_wrong_with_static(path: Path) -> Iterator[str]:
    """What would not be there where a program is alone."""
    headers = told("readelf", "-ldW", path)
    if re.search(r"^ +INTERP ", headers, re.MULTILINE):
        yield "needs a loader"
    yield from (f"needs the library {it}" for it in re.findall(r"\(NEEDED\).*\[(.*)\]", headers))


def what_is_wrong_with_archive(path: Path, own: re.Pattern[str]) -> Iterator[str]:
    """What would meet another archive's symbols, or another linker's LLVM."""
    members = told("ar", "t", path).split()
    if len(members) != 1:
        yield f"has {len(members)} objects"
    shown = told("nm", "-g", "--defined-only", "--format=posix", path)
    # A line with one word names an object.
    names = re.findall(r"^(\S+) .*$", shown, re.MULTILINE)
    if not names:
        yield "shows nothing"
    for name in names:
        if not own.fullmatch(name):
            yield f"shows {name}"
    if ".llvm" in told("readelf", "-SW", path):
        yield "has bitcode of LLVM in it"


def folders_of_this_machine() -> Iterator[bytes]:
    """Folders that only this machine has."""
    home = Path.home()
    sysroot = told("rustc", "--print", "sysroot").strip()
    cargo = os.environ.get("CARGO_HOME", home / ".cargo")
    for folder in {Path(__file__).resolve().parents[1], home, Path(sysroot), Path(cargo)}:
        # Debian's rustc is at home in /usr.
        if folder not in (Path("/"), Path("/usr")):
            yield os.fsencode(f"{folder}/")


def what_is_wrong(path: Path, folders: list[bytes]) -> Iterator[str]:
    """All that makes a file unfit."""
    data = path.read_bytes()
    for folder in folders:
        if folder in data:
            yield f"has the folder {os.fsdecode(folder)} in it"
    own = OWN.get(path.name.partition(".")[0], re.compile(""))
    if data.startswith(b"\x7fELF"):
        yield from what_is_wrong_with_machine(data)
        if any("-musl" in it for it in path.parts):
            yield from what_is_wrong_with_static(path)
        else:
            yield from what_is_wrong_with_symbols(path, own)
    elif data.startswith(b"!<arch>"):
        first = subprocess.run(["ar", "p", path], stdout=subprocess.PIPE, check=True).stdout
        yield from what_is_wrong_with_machine(first)
        yield from what_is_wrong_with_archive(path, own)
    if path.name == "libcertpush.so" and len(data) > LARGEST_LIBRARY:
        yield f"takes {len(data)} bytes, and shall take {LARGEST_LIBRARY} at most"


def unpacked(path: Path, folder: Path) -> Path:
    """The folder with what is in a wheel, a tarball or a package; or the file itself."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            wheel.extractall(folder)
        return folder
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as tarball:
            tarball.extractall(folder, filter="data")
        return folder
    if path.suffix == ".deb":
        told("dpkg-deb", "--raw-extract", path, folder)
        return folder
    if path.suffix == ".rpm":
        with path.open("rb") as packed:
            packed_again = subprocess.run(
                ["rpm2archive", "-"], stdin=packed, stdout=subprocess.PIPE, check=True
            )
        with tarfile.open(fileobj=io.BytesIO(packed_again.stdout)) as tarball:
            tarball.extractall(folder, filter="data")
        # What rpm knows of it is not packed.
        (folder / path.name).write_bytes(path.read_bytes())
        return folder
    return path


def main(paths: list[Path]) -> int:
    """Say what is wrong, and give the exit status."""
    folders = list(folders_of_this_machine())
    looked_at = failed = 0
    for path in paths:
        with tempfile.TemporaryDirectory() as made:
            top = unpacked(path, Path(made))
            files = [top] if top is path else [it for it in sorted(top.rglob("*")) if it.is_file()]
            for file in files:
                looked_at += 1
                name = path if file is path else f"{path.name}: {file.relative_to(top)}"
                for wrong in what_is_wrong(file, folders):
                    failed += 1
                    print(f"not ok - {name} {wrong}")  # noqa: T201
    print(f"{looked_at} files were looked at, {failed} things are wrong with them")  # noqa: T201
    return int(failed > 0 or looked_at == 0)


if __name__ == "__main__":
    sys.exit(main([Path(it) for it in sys.argv[1:]]))
