"""The program certpush-sim, started, asked and told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ._failures import FAILURES


class SimulatorError(Exception):
    """The simulator is not there, does not start, or refuses what it is told."""


class Push(NamedTuple):
    """A copy of a certificate that a push has left on a target."""

    certificate_id: str
    target_project: str
    target_service: str
    target_certificate_id: str
    request_id: str


class Simulator:
    """A running simulator: where it is, what has been pushed, and what it shall do.

    Any number of threads and processes may use it.
    """

    url: str
    """The service's base URL, https."""
    http_url: str
    """The same service without TLS."""
    ca_file: Path
    """A PEM file of the authority to trust."""
    token: str
    """The token that it takes, as X-Auth-Token."""
    token_file: Path
    """A file with that token."""

    def __init__(self, url: str, http_url: str, ca_file: Path, token: str, token_file: Path):
        self.url = url
        self.http_url = http_url
        self.ca_file = ca_file
        self.token = token
        self.token_file = token_file

    @property
    def options(self) -> dict[str, Any]:
        """Options of a certpush client to which the service answers."""
        return {"endpoint": self.url, "ca_file": str(self.ca_file), "token": self.token}

    @property
    def variables(self) -> dict[str, str]:
        """The same as variables of the environment, for a program that reads CERTPUSH_*."""
        return {
            "CERTPUSH_ENDPOINT": self.url,
            "CERTPUSH_CA_FILE": str(self.ca_file),
            "CERTPUSH_TOKEN_FILE": str(self.token_file),
        }

    @property
    def pushes(self) -> list[Push]:
        """The copies that pushes have left on targets, oldest first."""
        return [Push(*(copy[name] for name in Push._fields)) for copy in self.ask("pushed")]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request that came, oldest first; ``problem`` says what is wrong with one."""
        received: list[dict[str, Any]] = self.ask("received")
        return received

    def fail_next(self, failure: str, *, count: int = 1, pushed: bool = False) -> None:
        """Let the next pushes fail, after what was planned before.

        failure: one of FAILURES.
        count: how many. A client that repeats what was provably not pushed takes several.
        pushed: whether the certificate gets to its target all the same.
        """
        if failure not in FAILURES:
            raise SimulatorError(f"{failure!r} is none of {', '.join(sorted(FAILURES))}")
        self.tell("answer-next", answer=FAILURES[failure], count=count, carried_out=pushed)

    def answer_next(
        self,
        status: int | None = None,
        *,
        headers: dict[str, str] | None = None,
        json: object = None,
        body: str | None = None,
        steps: list[Any] | None = None,
        count: int = 1,
        pushed: bool = False,
    ) -> None:
        """Let the next pushes be answered so, after what was planned before.

        Either a status, with headers and json or a body, or steps, which are done and nothing
        else: {"send": text}, {"wait_ms": 100}, "hold", "close", "cut", "reset".
        count, pushed: as for fail_next().
        """
        given = {"status": status, "headers": headers, "json": json, "body": body, "steps": steps}
        answer = {name: value for name, value in given.items() if value is not None}
        self.tell("answer-next", answer=answer, count=count, carried_out=pushed)

    def reset(self) -> None:
        """Forget all requests and pushes, and what was planned; unlock users and keys."""
        self.tell("reset")
        self.tell("iam/unlock")

    def ask(self, what: str) -> Any:
        """What GET /sim/WHAT tells, such as "connections" and "iam"."""
        return json.loads(self._request(what, None))

    def tell(self, what: str, **members: object) -> None:
        """POST /sim/WHAT, such as "iam/revoke-tokens", with these members as its JSON."""
        self._request(what, json.dumps(members).encode() if members else b"")

    def _request(self, what: str, body: bytes | None) -> bytes:
        # Late: pytest loads plugins for those, too, who do not use them.
        from urllib.error import HTTPError  # noqa: PLC0415
        from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415

        direct = build_opener(ProxyHandler({}))  # Not by a proxy that the environment names.
        request = Request(f"{self.http_url}/sim/{what}", body)
        try:
            with direct.open(request, timeout=20) as answer:
                told: bytes = answer.read()
        except HTTPError as error:
            why = error.read().decode(errors="replace") or error.reason
            raise SimulatorError(f"the simulator refuses {what}: {why}") from None
        except OSError as error:
            raise SimulatorError(f"the simulator does not answer: {error}") from error
        return told

    def __repr__(self) -> str:
        return f"<certpush_sim.Simulator {self.url}>"


@contextmanager
def start(*options: str) -> Iterator[Simulator]:
    """Start a simulator of its own, and end it with the block.

    It ends with this process too, however that ends.

    options: of the program, such as "--repeat-policy=refuse"; `certpush-sim --help` shows them.
    """
    with tempfile.TemporaryDirectory(prefix="certpush-sim-") as folder:
        token, token_file = _TOKEN, Path(folder, "token")
        token_file.touch(mode=0o600)
        token_file.write_text(token, encoding="ascii")
        ca_file = Path(folder, "ca.pem")
        files = [f"--token-file={token_file}", f"--ca-file={ca_file}"]
        with Path(folder, "stderr").open("w+", encoding="utf-8") as stderr:
            process = subprocess.Popen(
                [program(), "--stop-on-stdin-eof", *files, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        with process:
            assert process.stdout
            ready = process.stdout.readline()
            if not ready:
                why = " ".join(Path(folder, "stderr").read_text(encoding="utf-8").split())
                raise SimulatorError(f"certpush-sim does not start: {why}")
            where = json.loads(ready)
            try:
                yield Simulator(where["https"], where["http"], ca_file, token, token_file)
            finally:
                process.terminate()  # A forked child may hold its standard input open.


def program() -> str:
    """The path of the program certpush-sim: CERTPUSH_SIM, else what the package has installed."""
    given = os.environ.get("CERTPUSH_SIM")
    if given:
        return given
    home = Path(__file__).resolve().parent.parent
    folders = [
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", _user_scheme()),
        str(home / "bin"),  # pip install --target
        os.environ.get("PATH", ""),
    ]
    found = shutil.which("certpush-sim", path=os.pathsep.join(filter(None, folders)))
    if found is None:
        raise SimulatorError("the program certpush-sim is not installed: pip install certpush-sim")
    return found


def _user_scheme() -> str:
    return "nt_user" if os.name == "nt" else "posix_user"


#: As long as real ones are. It opens nothing anywhere.
_TOKEN = "simulated-token-" + "T" * 2032
