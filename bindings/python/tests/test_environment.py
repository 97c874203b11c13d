"""The environment: read as a snapshot of os.environ, and never without the GIL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import certpush

ENDPOINT: dict[str, Any] = {
    "endpoint": "https://scm.example",
    "token": "t" * 32,
    "trust": "mozilla",
}

RACE = """
import certpush, os, sys, threading, time

ended = False

def change(who):
    number = 0
    while not ended:
        number += 1
        os.environ[f"{who}_{number % 2000}"] = "v" * (number % 300)
        os.environ.pop(f"{who}_{(number * 7) % 2000}", None)

threads = [threading.Thread(target=change, args=[who]) for who in "AB"]
for thread in threads:
    thread.start()
options = {"endpoint": "http://scm.example:1", "allow_http": True, "token": "t" * 32}
until = time.monotonic() + 2
while time.monotonic() < until:
    certpush.Client(trust_env=True, **options)
ended = True
for thread in threads:
    thread.join()
"""


def test_clients_are_made_while_another_thread_changes_the_environment() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


WATCH = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>
char *getenv(const char *name) {
  static char *(*next)(const char *);
  static int (*holds_the_gil)(void);
  if (!next) next = (char *(*)(const char *))dlsym(RTLD_NEXT, "getenv");
  if (!holds_the_gil) holds_the_gil = (int (*)(void))dlsym(RTLD_DEFAULT, "PyGILState_Check");
  if (next("WATCHED") && holds_the_gil && !holds_the_gil()) {
    (void)!write(2, name, strlen(name));
    (void)!write(2, " ", 1);
  }
  return next(name);
}
"""
# The interpreter, too, reads variables of its own before there is a GIL: it is not watched. The
# last call shows that who reads one without the GIL is seen.
EVERY_CALL = """
import ctypes, os
os.environ["WATCHED"] = "yes"
import certpush

def fails(call):
    try:
        call()
    except certpush.Error:
        pass

push = ("scs1600313391074", "p", "ELB")
token = "t" * 32
options = {"timeout": 5, "retries": 0}
client = certpush.Client(endpoint="https://localhost:1", token=token, **options)
fails(lambda: client.push(*push))
if os.fork() == 0:
    fails(lambda: client.push(*push))
    os._exit(0)
os.wait()
fails(lambda: certpush.Client(region="ap-southeast-1"))
fails(lambda: certpush.Client(region="ap-southeast-1", proxy="http://127.0.0.1:1").push(*push))
os.environ.update(CERTPUSH_ENDPOINT="http://127.0.0.1:1", CERTPUSH_TOKEN=token)
fails(lambda: certpush.push(*push, **options))
ctypes.CDLL(None).getenv(b"SEEN")
del os.environ["WATCHED"]
"""


def test_no_variable_is_read_without_the_gil(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is not installed")
    source, library = tmp_path / "watch.c", tmp_path / "watch.so"
    source.write_text(WATCH)
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, text=True
    )
    finished = subprocess.run(
        # From Python 3.12 on it warns of a fork beside other threads.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", EVERY_CALL],
        env={**os.environ, "LD_PRELOAD": str(library), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "SEEN ")


def test_os_environ_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://relay.example:3128")
    assert "relay.example:3128" in certpush.Client(**ENDPOINT).describe()
    monkeypatch.setattr(os, "environ", {"https_proxy": "http://other.example:1"})
    assert "other.example:1" in certpush.Client(**ENDPOINT).describe()
    monkeypatch.setattr(os, "environ", {})
    assert "proxy: none" in certpush.Client(**ENDPOINT).describe()


def test_a_variable_that_goes_meanwhile_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vanishing(dict[str, str]):
        """As if another thread removed a variable between its name and its value."""

        def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
            return default if name == "https_proxy" else super().get(name, default)

    monkeypatch.setattr(os, "environ", Vanishing(https_proxy="http://a.example:1", HOME="/"))
    assert "proxy: none" in certpush.Client(**ENDPOINT).describe()


def test_a_variable_that_is_not_utf_8_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CERTPUSH_USER_AGENT", "caf\udce9")
    with pytest.raises(certpush.ConfigError, match="CERTPUSH_USER_AGENT"):
        certpush.Client(**ENDPOINT, trust_env=True)
