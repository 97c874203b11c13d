"""The conformance driver of certpush_ctypes: tests/conformance/README.md says what it must do.

Five percent-encoded arguments, or lines of five: endpoint token_file certificate_id target_project
target_service.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any
from urllib.parse import unquote

import certpush_ctypes as certpush


def reported(endpoint: str, token_file: str, *target: str) -> dict[str, Any]:
    """What a push tells, or the last of many."""
    certificate_id, project, service = target
    is_batch = os.environ.get("CERTPUSH_DRIVER_OPERATION") == "batch_push"
    told: dict[str, Any] = {}
    results: list[certpush.Report] = []
    try:
        with certpush.Client(
            endpoint=endpoint or None, token_file=token_file or None, trust_env=True
        ) as client:
            for _ in range(int(os.environ.get("CERTPUSH_DRIVER_REPEAT", "1"))):
                try:
                    if is_batch:
                        results = client.batch_push(certificate_id, project.split(","), service)
                        # What is not one project's is alike.
                        alike = {"target_certificate_id": "", "service_message": ""}
                        told = {**results[0].members, "target_project": project, **alike}
                    else:
                        told = client.push(certificate_id, project, service).members
                except certpush.Error as error:
                    told, results = error.members, error.results
    except certpush.Error as error:
        told = error.members
    return {**told, "results": [result.members for result in results]} if is_batch else told


def answer(arguments: list[str]) -> None:
    """Push what five arguments say and print one line of JSON."""
    # Bytes that are not UTF-8 become lone surrogates, as they do in sys.argv and os.environ.
    decoded = [unquote(argument, errors="surrogateescape") for argument in arguments]
    print(json.dumps(reported(*decoded)), flush=True)


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


if __name__ == "__main__":
    main()
