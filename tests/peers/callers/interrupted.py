"""Pushes by ctypes to a service that does not answer, until Ctrl-C.

Usage: interrupted.py LIBRARY OPTIONS CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from types import FrameType
from typing import Any

arrived: list[int] = []


def keep(number: int, _frame: FrameType | None) -> None:
    """A handler that raises nothing: an exception in a callback of ctypes is lost."""
    arrived.append(number)


def is_wanted(_user: int | None) -> int:
    """Whether a signal has come. Python runs handlers where it is at work, which is here."""
    return len(arrived)


# It must live as long as the client.
check = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(is_wanted)


def main() -> None:
    """Push what the command line says."""
    library = ctypes.CDLL(sys.argv[1])
    options, *target = [os.fsencode(argument) for argument in sys.argv[2:]]
    library.certpush_config_new.restype = ctypes.c_void_p
    library.certpush_report_json.restype = ctypes.c_char_p
    config = ctypes.c_void_p(library.certpush_config_new())
    client, report = ctypes.c_void_p(), ctypes.c_void_p()
    told = ctypes.byref(report)
    size = ctypes.c_size_t
    signal.signal(signal.SIGINT, keep)
    failed = (
        library.certpush_config_set_options(config, options, size(len(options)), told)
        or library.certpush_config_set_interrupt(config, check, None, told)
        or library.certpush_client_new(config, ctypes.byref(client), told)
    )
    if not failed:
        print("pushing", flush=True)
        arguments: list[Any] = []
        for text in target:
            arguments += [text, size(len(text))]
        library.certpush_push_n(client, *arguments, ctypes.c_int64(0), None, told)
    print(library.certpush_report_json(report).decode(), flush=True)
    library.certpush_report_free(report)
    library.certpush_client_free(client)
    library.certpush_config_free(config)
    if arrived:
        raise KeyboardInterrupt


if __name__ == "__main__":
    main()
