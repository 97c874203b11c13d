"""The most memory that a client has had."""

from __future__ import annotations

import re
from pathlib import Path

from ..clients import Client, running
from ..peer import Peer


def peak_mb(client: Client, peer: Peer, scheme: str, pushes: int) -> float:
    """The peak of the resident set after some pushes, in MB."""
    with running(client, peer, peer.endpoint(scheme)) as process:
        process.ask(f"push {pushes}")
        status = Path(f"/proc/{process.process.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return int(peak[1]) * 1024 / 1e6
