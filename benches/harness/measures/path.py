"""Round trips that a push takes on a long path: waiting that no code can make up for."""

from __future__ import annotations

from statistics import median

from ..clients import Client, running
from ..peer import Peer, far_away

ROUND_TRIP_MS = 50


def round_trips(client: Client, peer: Peer, scheme: str, pushes: int) -> dict[str, float]:
    """The first push of a process, and one on the connection that was kept."""
    with far_away(peer.port(scheme), ROUND_TRIP_MS // 2) as port:
        endpoint = f"{scheme}://127.0.0.1:{port}"
        with running(client, peer, endpoint) as process:
            _, (first,) = process.time(1)
            _, warm = process.time(pushes)
    return {"cold": in_round_trips(first), "warm": in_round_trips(median(warm))}


def in_round_trips(took_ns: float) -> float:
    """Nanoseconds as round trips of the path."""
    return took_ns / 1e6 / ROUND_TRIP_MS
