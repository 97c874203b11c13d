"""The programs that a measure needs, and what to say when one is missing."""

from __future__ import annotations

import shutil
from functools import cache

PACKAGE_OF = {
    "gcc": "gcc",
    "ldd": "libc-bin",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "strace": "strace",
    "strip": "binutils",
    "valgrind": "valgrind",
}
"""The Debian package that each program comes from."""


class Missing(Exception):
    """Something cannot be measured: why, in words for the table."""


def tool(name: str) -> str:
    """The path of a program."""
    path = _which(name)
    if path is None:
        raise Missing(f"package {PACKAGE_OF[name]} missing")
    return path


@cache
def _which(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
