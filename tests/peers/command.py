"""The command `certpush push --json`, and what it tells."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE

TOKEN = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBglghkgBZQMEAgEwghjG" * 34


@dataclass(frozen=True)
class Told:
    """What the command told of a push."""

    exit_status: int
    status: int
    outcome_unknown: bool
    retryable: bool
    attempts: int
    phase: str
    http_status: int
    message: str


def push(options: dict[str, str], variables: dict[str, str] | None = None) -> Told:
    """Pushes with these options, as `CERTPUSH_*` variables, and no others of the environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CERTPUSH_", "HUAWEICLOUD_"))
        and not name.lower().endswith("_proxy")
    }
    environment |= {f"CERTPUSH_{name.upper()}": value for name, value in options.items()}
    environment |= variables or {}
    target = ["--project", TARGET_PROJECT, "--service", TARGET_SERVICE]
    done = subprocess.run(
        [program(), "push", "--json", CERTIFICATE_ID, *target],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.stderr == ""
    told = json.loads(done.stdout)
    outcome = Told(
        done.returncode, **{name: told[name] for name in Told.__annotations__ if name in told}
    )
    assert outcome.exit_status == outcome.status + 64 * outcome.outcome_unknown
    assert not (outcome.outcome_unknown and outcome.retryable)
    assert "{" not in outcome.message, "words for people, not for debugging"
    return outcome


def program() -> str:
    """The command, as `make` has built it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return os.environ.get("CERTPUSH_COMMAND", str(target / "release/certpush"))
