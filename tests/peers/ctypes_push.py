"""A binding as docs/c.md tells to write one, in ctypes: a push that Ctrl-C ends.

Usage: ctypes_push.py LIBRARY CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options as JSON
on standard input. It prints what it is told as one line of JSON.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
from types import FrameType
from typing import Any

Check = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)


class Error(Exception):
    """A call failed: every member of its report."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["message"])
        self.told = told


class Certpush:
    """The library and the signals that have come while a call of it ran."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        self.library.certpush_report_json.restype = ctypes.c_char_p
        self.library.certpush_config_new.restype = ctypes.c_void_p
        self.check = Check(self._check)
        self.pending: list[BaseException] = []
        signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.pending.append(KeyboardInterrupt())

    def _check(self, _user: object) -> int:
        # That this is Python code is enough for Python to run its handlers.
        return len(self.pending)

    def take(self, report: ctypes.c_void_p) -> dict[str, Any]:
        """What a report tells; it is freed."""
        try:
            told: dict[str, Any] = json.loads(self.library.certpush_report_json(report))
        finally:
            self.library.certpush_report_free(report)
        return told

    def call(self, function: str, *arguments: object) -> dict[str, Any]:
        """Calls a function whose last parameter is a report."""
        report = ctypes.c_void_p()
        status = getattr(self.library, function)(*arguments, ctypes.byref(report))
        told = self.take(report)
        if status != 0:
            raise Error(told)
        return told


def text(given: str) -> tuple[bytes, ctypes.c_size_t]:
    """A text and its length; what is no UTF-8 is refused here."""
    encoded = given.encode("utf-8")
    return encoded, ctypes.c_size_t(len(encoded))


def push(certpush: Certpush, options: str, target: list[str]) -> dict[str, Any]:
    """Push to a target, with an interrupt: opened in five calls instead of one."""
    config = ctypes.c_void_p(certpush.library.certpush_config_new())
    client = ctypes.c_void_p()
    try:
        certpush.call("certpush_config_set_options", config, *text(options))
        certpush.call("certpush_config_set_interrupt", config, certpush.check, None)
        certpush.call("certpush_client_new", config, ctypes.byref(client))
        arguments = [part for argument in target for part in text(argument)]
        return certpush.call("certpush_push_n", client, *arguments, ctypes.c_int64(0), None)
    finally:
        certpush.library.certpush_client_free(client)
        certpush.library.certpush_config_free(config)


def main() -> None:
    """Push what the command line says."""
    certpush = Certpush(sys.argv[1])
    try:
        told = push(certpush, sys.stdin.read(), sys.argv[2:])
    except Error as error:
        told = error.told
    print(json.dumps({**told, "interrupted": len(certpush.pending)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
