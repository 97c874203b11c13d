"""The simulated service behind the real servers."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from certificates import Authority
from command import TOKEN
from examples import simulator
from programs import ended


@dataclass(frozen=True)
class SimulatedService:
    """A running certpush-sim that accepts one token."""

    http: str
    https: str
    ca_file: Path
    token_file: Path

    def options(
        self, endpoint: str | None = None, authority: Authority | None = None
    ) -> dict[str, str]:
        """The options of a push that the service accepts, to it or to a server in front of it."""
        return {
            "endpoint": endpoint or self.https,
            "ca_file": str(authority.ca_file if authority else self.ca_file),
            "token_file": str(self.token_file),
        }

    def ask(self, what: str) -> Any:
        """The JSON that the simulator answers about itself."""
        with direct.open(f"{self.http}/sim/{what}", timeout=10) as answer:
            return json.load(answer)

    def received(self) -> list[dict[str, Any]]:
        """The requests that came, in order."""
        requests: list[dict[str, Any]] = self.ask("received")
        return requests

    def tls_connections(self) -> int:
        """How many connections were made to its own port for TLS."""
        made: int = self.ask("connections")["https"]
        return made

    def has_been_pushed_to(self) -> bool:
        """Whether there is a certificate on any target."""
        return len(self.ask("pushed")) > 0

    def forget(self) -> None:
        """Forgets all requests and pushes."""
        self.tell("reset")

    def answer_next(self, answer: dict[str, Any], *, count: int = 1, pushed: bool = False) -> None:
        """Answers the next pushes so, whether or not the certificate gets to its target."""
        self.tell("answer-next", {"answer": answer, "count": count, "carried_out": pushed})

    def tell(self, what: str, plan: dict[str, Any] | None = None) -> None:
        """Tells the simulator what to do."""
        body = b"" if plan is None else json.dumps(plan).encode()
        direct.open(f"{self.http}/sim/{what}", data=body, timeout=10).close()


direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def simulated_service(folder: Path, *options: str) -> Iterator[SimulatedService]:
    """A simulator for as long as the block lasts, with more options of the program."""
    token_file, ca_file = folder / "token", folder / "ca.pem"
    token_file.write_text(TOKEN)
    files = [f"--token-file={token_file}", f"--ca-file={ca_file}"]
    process = subprocess.Popen(
        [*simulator(), "--stop-on-stdin-eof", *files, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process, ended(process):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield SimulatedService(ready["http"], ready["https"], ca_file, token_file)
