"""The simulated service as the tests use it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certpush

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("CERTPUSH_SIM", str(REPOSITORY / "target" / "debug" / "certpush-sim"))

CERTIFICATE = "scs1600313391074"
TOKEN = "a-token-that-the-service-knows-" + "t" * 100
LONGEST_TOKEN = "L" * 2_097_152
UNKNOWN_TOKEN = "a-token-that-the-service-does-not-know"


@dataclass(frozen=True)
class SimulatedService:
    """A running certpush-sim."""

    http: str
    https: str
    ca_file: str

    def client(self, **options: Any) -> certpush.Client:
        """A client that the service answers with success."""
        defaults = {"endpoint": self.https, "ca_file": self.ca_file, "token": TOKEN, "timeout": 20}
        return certpush.Client(**{**defaults, **options})

    def saw(self, what: str) -> Any:
        """What the service tells of itself: received, pushed or connections."""
        with urllib.request.urlopen(f"{self.http}/sim/{what}", timeout=20) as answer:
            return json.load(answer)

    def forget(self) -> None:
        """Forget what was seen so far."""
        request = urllib.request.Request(f"{self.http}/sim/reset", method="POST")
        urllib.request.urlopen(request, timeout=20).close()


def start(directory: Path) -> tuple[SimulatedService, subprocess.Popen[bytes]]:
    """Start the program; it ends when its standard input is closed."""
    tokens = []
    for token in (TOKEN, LONGEST_TOKEN):
        path = directory / f"token-{len(token)}"
        path.write_text(token)
        tokens += ["--token-file", str(path)]
    ca_file = directory / "ca.pem"
    process = subprocess.Popen(
        [PROGRAM, "--stop-on-stdin-eof", "--ca-file", str(ca_file), *tokens],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    return SimulatedService(ready["http"], ready["https"], ready["ca_file"]), process
