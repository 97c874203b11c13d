"""The conformance driver of the Python binding: pushes, and prints what is known as a line of JSON.

Its arguments are percent-encoded: endpoint token_file certificate_id target_project
target_service. Other options come from CERTPUSH_*, the region or the credentials too if endpoint
or token_file is empty. Without arguments it answers each line of standard input that has the five.
tests/conformance/README.md says what a driver must do.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from urllib.parse import unquote

import certpush


def main() -> None:
    """Push what the command line says, or each line of standard input."""
    operation = os.environ.get("CERTPUSH_DRIVER_OPERATION", "push")
    if operation != "push":
        sys.exit(f"driver.py: the operation {operation} is not known")
    if len(sys.argv) > 1:
        answer(sys.argv[1:])
    else:
        for line in sys.stdin:
            answer(line.rstrip("\n").split(" "))


def answer(arguments: list[str]) -> None:
    """Push what five arguments say and print one line of JSON."""
    # Bytes that are not UTF-8 become lone surrogates, as they do in sys.argv and os.environ.
    decoded = [unquote(argument, errors="surrogateescape") for argument in arguments]
    print(json.dumps(reported(*decoded)), flush=True)


def reported(endpoint: str, token_file: str, *push: str) -> dict[str, object]:
    """What a push tells, or the last of many."""
    earlier = int(os.environ.get("CERTPUSH_DRIVER_REPEAT", "1")) - 1
    report: certpush.Receipt | certpush.Error
    try:
        with certpush.Client(
            endpoint=endpoint or None, token_file=token_file or None, trust_env=True
        ) as client:
            for _ in range(earlier):
                with suppress(certpush.Error):
                    client.push(*push)
            report = client.push(*push)
    except certpush.Error as error:
        report = error
    return report.to_dict()


if __name__ == "__main__":
    main()
