"""Push a certificate and say what is known of it afterwards.

Usage: push.py CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE

The options are in the environment: CERTPUSH_REGION or CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE
or CERTPUSH_TOKEN.
"""

from __future__ import annotations

import sys

import certpush


def main() -> int:
    """Push what the command line says; 0 if the certificate is on its target."""
    try:
        certificate_id, target_project, target_service = sys.argv[1:]
    except ValueError:
        print(__doc__, file=sys.stderr)
        return 1
    try:
        receipt = certpush.push(certificate_id, target_project, target_service)
    except certpush.Error as error:
        show(error, "it may have been pushed" if error.outcome_unknown else "it was not pushed")
        return 1
    show(receipt, "it was pushed")
    return 0


def show(report: certpush.Receipt | certpush.Error, outcome: str) -> None:
    """Print what an operator, or Huawei Cloud's support, asks for."""
    print(f"status          {report.status.value} {report.status.name}")
    print(f"outcome         {outcome}")
    print(f"message         {report.message}")
    print(f"http_status     {report.http_status}")
    print(f"service_code    {report.service_code}")
    print(f"service_message {report.service_message}")
    print(f"request_id      {report.request_id}")
    print(f"hint            {report.hint}")


if __name__ == "__main__":
    sys.exit(main())
