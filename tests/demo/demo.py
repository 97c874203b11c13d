"""`make demo`: pushes a certificate with every binding's example to the simulator, over TLS.

For each it shows what was sent, what was answered and what the program knows of it: once
with a token that the service accepts, once with one that it refuses. Exits with 1 unless
every example did both as it should.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from examples import Example, examples, run, simulator

TOKEN = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBglghkgBZQMEAgEwghjG" * 34
REFUSED_TOKEN = TOKEN[::-1]


def received(http: str) -> list[dict[str, object]]:
    """What the simulator has received so far."""
    with urllib.request.urlopen(f"{http}/sim/received") as answer:
        requests: list[dict[str, object]] = json.load(answer)
    return requests


def show_request(request: dict[str, object]) -> None:
    """Prints a request as it came in; the simulator never tells a token, only its length."""
    print(f"  sent      {request['method']} {request['path']} HTTP/1.1")
    headers = request["headers"]
    assert isinstance(headers, list)
    for name, value in headers:
        print(f"            {name}: {value}")
    print(f"            {request['body']}")


def push(example: Example, what: str, http: str, options: dict[str, str]) -> tuple[int, int]:
    """Runs an example and shows the exchange; returns the program's and the service's status."""
    before = len(received(http))
    done = run(example, **options)
    print(f"{example.language}: {what}   ({example.source})")
    answered = 0
    for request in received(http)[before:]:
        show_request(request)
        answered = int(str(request["answered"]))
        print(f"  answered  {answered}")
    for line in done.stdout.splitlines():
        print(f"  program   {line}")
    print(f"  exit      {done.returncode}\n")
    return done.returncode, answered


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        good, refused, ca = (Path(folder, name) for name in ("token", "refused-token", "ca.pem"))
        good.write_text(TOKEN)
        refused.write_text(REFUSED_TOKEN)
        service = subprocess.Popen(
            [*simulator(), "--stop-on-stdin-eof", "--ca-file", str(ca), "--token-file", str(good)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with service:
            assert service.stdout is not None
            ready = json.loads(service.stdout.readline())
            print(f"The simulated service listens at {ready['https']}.\n")
            wrong = 0
            for example in examples():
                options = {"endpoint": ready["https"], "ca_file": str(ca)}
                accepted = options | {"token_file": str(good)}
                denied = options | {"token_file": str(refused)}
                code, answered = push(example, "a push", ready["http"], accepted)
                wrong += (code, answered) != (0, 204)
                code, answered = push(example, "a refused token", ready["http"], denied)
                wrong += code == 0 or answered != 401
            assert service.stdin is not None
            service.stdin.close()
    if wrong:
        print(f"{wrong} of {2 * len(examples())} pushes did not go as they should")
        return 1
    count = len(examples())
    print(f"All {count} bindings pushed a certificate, and told a refusal from a success.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
