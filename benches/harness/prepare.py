"""Builds the clients. One that cannot be built is not measured, and the reason is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import clients
from .paths import BENCH_VENV, BENCHES, BUILT, RELEASE, ROOT, VENV
from .tools import Missing, tool

Reasons = dict[str, str]
"""Why a client cannot be measured, by its name."""


def prepare() -> Reasons:
    """Builds all clients, and tells why those are missing that could not be built."""
    BUILT.mkdir(parents=True, exist_ok=True)
    if not (RELEASE / "libcertpush.so").exists():
        raise Missing("libcertpush.so is not built: run `make bench`, or `make build` before")
    rust("-p", "certpush-benches")
    c("bare", "bare.c")
    c("certpush", "driver.c", "push_certpush.c", f"-L{RELEASE}", "-lcertpush")
    optional: dict[str, Callable[[], None]] = {
        clients.FLOOR.name: lambda: c_with(
            "libssl-dev", "floor", "push_floor.c", "-lssl", "-lcrypto"
        ),
        clients.LIBCURL.name: lambda: c_with(
            "libcurl4-openssl-dev", "curl", "push_curl.c", "-lcurl"
        ),
        # On its own, for it must not change what certpush's rustls is built with.
        clients.REQWEST.name: lambda: rust(
            "-p", "certpush-benches", "--features", "reqwest", "--bin", "bench-reqwest"
        ),
        clients.CERTPUSH_PYTHON.name: find_wheel,
        clients.PYCURL.name: python_clients,
        clients.REQUESTS.name: python_clients,
        clients.SDK.name: python_clients,
    }
    reasons = {name: why_not(build) for name, build in optional.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def why_not(build: Callable[[], None]) -> str | None:
    """Builds a client; why it could not be, if so."""
    try:
        build()
    except Missing as reason:
        return str(reason)
    return None


def rust(*what: str) -> None:
    """Builds with cargo."""
    subprocess.run(
        ["cargo", "build", "--locked", "--release", "--quiet", *what], cwd=ROOT, check=True
    )


def c(program: str, *sources_and_flags: str) -> None:
    """Builds a program in C."""
    subprocess.run(gcc(program, *sources_and_flags), cwd=BENCHES / "c", check=True)


def c_with(package: str, program: str, *sources_and_flags: str) -> None:
    """Builds a program in C that needs a package for development."""
    done = subprocess.run(
        gcc(program, "driver.c", *sources_and_flags),
        cwd=BENCHES / "c",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise Missing(f"package {package} missing")


def gcc(program: str, *sources_and_flags: str) -> list[str]:
    """The command that builds a program in C."""
    flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-pthread", f"-I{ROOT / 'include'}"]
    return [tool("gcc"), *flags, "-o", str(BUILT / program), *sources_and_flags]


def find_wheel() -> None:
    """Makes sure that `make build` has installed certpush's wheel."""
    if not succeeds(VENV / "bin/python", "import certpush"):
        raise Missing(f"the wheel is not installed in {VENV.relative_to(VENV.parents[1])}")


def python_clients() -> None:
    """Installs the Python clients, once."""
    python = BENCH_VENV / "bin/python"
    if succeeds(python, "import pycurl, requests, huaweicloudsdkscm"):
        return
    requirements = ["-r", str(BENCHES / "requirements.txt")]
    steps = (
        [sys.executable, "-m", "venv", str(BENCH_VENV)],
        [str(python), "-m", "pip", "install", "--quiet", *requirements],
    )
    if any(subprocess.run(step, check=False).returncode for step in steps):
        raise Missing("benches/requirements.txt cannot be installed")


def succeeds(python: Path, statement: str) -> bool:
    """Whether a statement runs in a virtual environment."""
    if not python.exists():
        return False
    # The official SDK writes below HOME when it is imported.
    done = subprocess.run(
        [str(python), "-c", statement],
        env={"HOME": str(BENCH_VENV)},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
