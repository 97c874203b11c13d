"""On what, with what and when the numbers were measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from .paths import BENCH_VENV, ROOT
from .tools import tool


def machine() -> dict[str, str]:
    """The kind of machine."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": cpu[1] if cpu else platform.processor(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
    }


def versions() -> dict[str, str]:
    """The versions of certpush and of what it is measured beside."""
    lock = (ROOT / "Cargo.lock").read_text()
    return {
        "certpush": locked(lock, "certpush"),
        "Rust": first(["rustc", "--version"], r"rustc (\S+)"),
        "gcc": first([tool("gcc"), "--version"], r"(\S+)\n"),
        "nginx": first([tool("nginx"), "-v"], r"nginx/(\S+)"),
        "OpenSSL": first([tool("openssl"), "version"], r"OpenSSL (\S+)"),
        "libcurl": first(["curl-config", "--version"], r"libcurl (\S+)"),
        "Python": platform.python_version(),
        **{name: locked(lock, name) for name in ("ureq", "rustls", "ring", "reqwest")},
        **{name: installed(name) for name in ("pycurl", "requests", "huaweicloudsdkscm")},
    }


def locked(lock: str, name: str) -> str:
    """The version of a crate in Cargo.lock."""
    version = re.search(rf'name = "{name}"\nversion = "(.+)"', lock)
    return version[1] if version else "-"


def installed(name: str) -> str:
    """The version of a Python package in the benchmark's virtual environment."""
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return first([str(BENCH_VENV / "bin/python"), "-c", code], r"(\S+)")


def first(command: list[str], pattern: str) -> str:
    """What a program says of itself."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "-"
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "-"
