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

# What there is unless certpush-sim is told otherwise.
PASSWORD = "IAMPassword@1"
USER: dict[str, Any] = {"user_name": "IAMUser", "user_domain": "IAMDomain"}
ACCESS_KEY = "SIMACCESSKEY00000001"
SECRET_KEY = "simulated-secret-key-of-forty-characters"
DOMAIN_ID = "d0a1b2c3d4e5f60718293a4b5c6d7e8f"


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
        """What the service tells of itself: received, pushed, connections or iam."""
        with urllib.request.urlopen(f"{self.http}/sim/{what}", timeout=20) as answer:
            return json.load(answer)

    def forget(self) -> None:
        """Forget what was seen so far, and which users and keys are locked."""
        self.tell("reset")
        self.tell("iam/unlock")

    def tell(self, what: str) -> None:
        """Tell the service what to do."""
        request = urllib.request.Request(f"{self.http}/sim/{what}", method="POST")
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
