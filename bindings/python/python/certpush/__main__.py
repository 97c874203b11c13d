"""The command certpush, as the package brings it: ``python -m certpush``, or ``certpush``."""

from __future__ import annotations

import signal
import sys

from ._certpush import command


def main() -> int:
    """Run the command with this process's arguments, and return its exit status."""
    # Until something has been sent, Ctrl-C ends the command as it ends any other.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
