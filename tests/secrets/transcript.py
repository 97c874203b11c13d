"""A plugin of pytest that keeps what certpush tells in the tests, in `$TRANSCRIPTS`.

That is every error that is made, every receipt of a push and every result of many, as text, as
Python shows it and as a pickle; every description of a client; every line of a log that a test
lets through; and what programs print that a test starts.
"""

from __future__ import annotations

import functools
import logging
import os
import pickle
import subprocess
import threading
from pathlib import Path
from typing import Any, Callable

import certpush
import pytest
from certpush import _batch


class Transcript(logging.Handler):
    """The file. Any thread may write."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("ab", buffering=0)
        self._mutex = threading.Lock()

    def keep(self, what: str, told: bytes) -> None:
        """Add an entry."""
        with self._mutex:
            self._file.write(what.encode() + b" " + told + b"\n")

    def keep_text(self, what: str, text: str) -> None:
        """Add a text, which may have lone surrogates."""
        self.keep(what, text.encode(errors="surrogatepass"))

    def keep_object(self, what: str, it: Any) -> None:
        """Add an error or a receipt, in every way in which it can be told."""
        self.keep_text(what, f"{it} {it!r}")
        if "<locals>" in type(it).__qualname__:
            return  # a test's own class, which pickle cannot find
        for protocol in (0, pickle.HIGHEST_PROTOCOL):
            self.keep(f"pickle of {what}", pickle.dumps(it, protocol))

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line of a log, of certpush only."""
        if record.name.split(".")[0] == "certpush":
            self.keep_text("log", f"{self.format(record)} {record.__dict__!r}")


def pytest_configure(config: pytest.Config) -> None:
    """Begin before any test is imported."""
    transcript = Transcript(Path(os.environ["TRANSCRIPTS"], f"{os.environ['SUITE']}.transcript"))
    logging.getLogger("certpush").addHandler(transcript)
    keep_errors(transcript)
    keep_results(transcript)
    keep_programs(transcript)
    config.pluginmanager.register(Pushes(transcript))


def keep_errors(transcript: Transcript) -> None:
    """Keep every error when it is made."""
    made: Callable[..., None] = certpush.Error.__init__

    @functools.wraps(made)
    def init(self: certpush.Error, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        transcript.keep_object("error", self)

    certpush.Error.__init__ = init  # type: ignore[method-assign]


def keep_results(transcript: Transcript) -> None:
    """Keep every result of many pushes when it is made."""
    made: Callable[..., None] = _batch._fill

    @functools.wraps(made)
    def fill(result: certpush.BatchResult, told: dict[str, object]) -> None:
        made(result, told)
        transcript.keep_object("result", result)

    _batch._fill = fill


class Pushes:
    """Keeps what every push gives or raises, and what its client tells of itself."""

    def __init__(self, transcript: Transcript) -> None:
        self._own: dict[str, Any] = {}
        self._kept: dict[str, Any] = {}
        for name in ("push", "batch_push"):
            own: Any = getattr(certpush.Client, name)
            self._own[name] = own
            self._kept[name] = keeping(own, transcript)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Stand aside where a test looks at push itself, or at who has called it."""
        looks = item.path.name in ("test_logging.py", "test_stub.py")
        for name, push in (self._own if looks else self._kept).items():
            setattr(certpush.Client, name, push)


def keeping(push: Any, transcript: Transcript) -> Any:
    """The method, which keeps what it gives or raises."""

    @functools.wraps(push)
    def kept(client: certpush.Client, *args: Any, **kwargs: Any) -> Any:
        transcript.keep_text("client", f"{client!r} {client.describe()}")
        try:
            given = push(client, *args, **kwargs)
        except certpush.Error as error:
            transcript.keep_object("raised", error)
            raise
        for receipt in given if isinstance(given, list) else [given]:
            transcript.keep_object("receipt", receipt)
        return given

    return kept


def keep_programs(transcript: Transcript) -> None:
    """Keep what the programs print that a test starts and reads."""
    communicate: Callable[..., tuple[Any, Any]] = subprocess.Popen.communicate

    @functools.wraps(communicate)
    def kept(self: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        printed = communicate(self, *args, **kwargs)
        for stream in printed:
            if stream:
                told = stream if isinstance(stream, bytes) else stream.encode(errors="replace")
                transcript.keep("printed", told)
        return printed

    subprocess.Popen.communicate = kept  # type: ignore[method-assign]
