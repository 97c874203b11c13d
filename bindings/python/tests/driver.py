"""The conformance driver: pushes once through the Python module and prints what was reported.

Its arguments are percent-encoded: endpoint token_file certificate_id target_project
target_service. Other options come from CERTPUSH_*, the region or the credentials too if endpoint
or token_file is empty.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import unquote

import certpush


def main() -> None:
    """Push what the command line says and print one line of JSON."""
    # Bytes that are not UTF-8 become lone surrogates, as they do in sys.argv and os.environ.
    arguments = [unquote(argument, errors="surrogateescape") for argument in sys.argv[1:]]
    print(json.dumps(reported(*arguments)))


def reported(endpoint: str, token_file: str, *push: str) -> dict[str, Any]:
    """What a push tells, as the conformance list names it."""
    report: certpush.Receipt | certpush.Error
    try:
        with certpush.Client(
            endpoint=endpoint or None, token_file=token_file or None, trust_env=True
        ) as client:
            report = client.push(*push)
    except certpush.Error as error:
        report = error
    return {
        "status": report.status,
        "http_status": report.http_status,
        "service_code": report.service_code,
        "service_message": report.service_message,
        "request_id": report.request_id,
        "retryable": report.retryable,
        "outcome_unknown": report.outcome_unknown,
        "message": report.message,
        "attempts": report.attempts,
        "phase": report.phase,
    }


if __name__ == "__main__":
    main()
