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
from typing import Any
from urllib.parse import unquote

import certpush


def main() -> None:
    """Push what the command line says, or each line of standard input."""
    operation = os.environ.get("CERTPUSH_DRIVER_OPERATION", "push")
    if operation not in ("push", "batch_push"):
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


def reported(endpoint: str, token_file: str, *target: str) -> dict[str, Any]:
    """What a push tells, or the last of many."""
    certificate_id, project, service = target
    earlier = int(os.environ.get("CERTPUSH_DRIVER_REPEAT", "1")) - 1
    is_batch = os.environ.get("CERTPUSH_DRIVER_OPERATION") == "batch_push"

    def push(client: certpush.Client) -> Any:
        if is_batch:
            return client.batch_push(certificate_id, project.split(","), service)
        return client.push(certificate_id, project, service)

    told: Any
    try:
        with certpush.Client(
            endpoint=endpoint or None, token_file=token_file or None, trust_env=True
        ) as client:
            for _ in range(earlier):
                with suppress(certpush.Error):
                    push(client)
            told = push(client)
    except certpush.Error as error:
        told = error
    if not is_batch:
        of_push: dict[str, Any] = told.to_dict()
        return of_push
    if isinstance(told, certpush.Error):
        return {"results": [], **told.to_dict()}
    # A batch push that reached all has no report of the whole: what is not one project's is alike.
    whole = {**told[0].to_dict(), "service_message": ""}
    del whole["target_project"], whole["target_certificate_id"]
    return {**whole, "results": [result.to_dict() for result in told]}


if __name__ == "__main__":
    main()
