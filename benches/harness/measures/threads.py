"""How many connections a client makes when several threads push at once."""

from __future__ import annotations

from ..clients import Client, running
from ..peer import Peer

THREADS = 8


def connections(client: Client, peer: Peer, scheme: str, pushes: int) -> int:
    """Connections that nginx took while the threads pushed."""
    before = peer.accepted()
    with running(client, peer, peer.endpoint(scheme)) as process:
        process.ask(f"threads {THREADS} {pushes}")
    # Asking for the number takes a connection, too.
    return peer.accepted() - before - 1
