"""What has to be on the disk of a machine to push from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..paths import BENCH_VENV, BUILT, RELEASE, WHEELS
from ..tools import Missing, tool

OF_THE_SYSTEM = ("linux-vdso", "ld-linux", "libc.so", "libm.so", "libgcc_s")
"""Libraries that are there anyway."""

INSTALLED = """
import importlib.metadata, json, sys
from pip._vendor.packaging.requirements import Requirement
sizes, todo = {}, [sys.argv[1]]
while todo:
    name = todo.pop()
    if name in sizes:
        continue
    package = importlib.metadata.distribution(name)
    files = [path.locate() for path in package.files]
    sizes[name] = sum(path.stat().st_size for path in files if path.is_file())
    for needed in map(Requirement, package.requires or []):
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            todo.append(needed.name.lower().replace("_", "-"))
json.dump(sizes, sys.stdout)
"""
"""Run in the virtual environment: the size of a package and of each that it needs."""


def shared_library() -> dict[str, float]:
    """libcertpush.so without symbols, and the libraries that it needs."""
    return library(RELEASE / "libcertpush.so")


def libcurl() -> dict[str, float]:
    """The system's libcurl, and the libraries that it needs."""
    found = re.search(r"libcurl\.so\.4.*=> (\S+)", ldd(BUILT / "curl"))
    if not found:
        raise Missing("package libcurl4-openssl-dev missing")
    return library(Path(found[1]))


def library(path: Path) -> dict[str, float]:
    """A library without symbols, and all those that it needs."""
    if not path.exists():
        raise Missing(f"{path.name} was not built")
    needed = [
        Path(found)
        for name, found in re.findall(r"(\S+) => (/\S+)", ldd(path))
        if not name.startswith(OF_THE_SYSTEM)
    ]
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder, "stripped")
        shutil.copy(path, stripped)
        subprocess.run([tool("strip"), str(stripped)], check=True)
        own = stripped.stat().st_size
    return {"mb": own / 1e6, "needs_mb": sum(path.stat().st_size for path in needed) / 1e6}


def ldd(path: Path) -> str:
    """The libraries that a program or a library is linked with."""
    done = subprocess.run([tool("ldd"), str(path)], capture_output=True, text=True, check=False)
    return done.stdout


def wheel() -> dict[str, float]:
    """The wheel of certpush, which needs nothing."""
    wheels = sorted(WHEELS.glob("certpush-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        raise Missing("the wheel was not built")
    return {"mb": wheels[-1].stat().st_size / 1e6, "needs_mb": 0.0}


def package(name: str) -> dict[str, float]:
    """A package as pip installs it, and all those that it needs."""
    python = BENCH_VENV / "bin/python"
    if not python.exists():
        raise Missing("the Python clients are not installed")
    done = subprocess.run(
        [str(python), "-c", INSTALLED, name], capture_output=True, text=True, check=True
    )
    sizes: dict[str, int] = json.loads(done.stdout)
    own = sizes.pop(name)
    return {"mb": own / 1e6, "needs_mb": sum(sizes.values()) / 1e6}
