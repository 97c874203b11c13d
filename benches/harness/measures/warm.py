"""A push on a connection that is kept: how long it takes, and the processor time it uses.

The clients take turns, many times over. What is told is the median of the rounds, and the ratio
to the floor is the median of the ratios within a round: whatever else the machine does
meanwhile happens to all of them. They run on nginx' processor: waking another one takes longer
than a push, and whether that is needed would be the scheduler's whim.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from ..clients import FLOOR, Client, all_running
from ..peer import Peer

WARM_UP = 200


def measure(
    peer: Peer, clients: list[Client], scheme: str, rounds: int, pushes: int
) -> dict[str, dict[str, float]]:
    """For each client p50, p99 and processor time, and their ratios to the floor."""
    told: dict[str, list[dict[str, float]]] = {client.name: [] for client in clients}
    with on_processor(peer.cpu), all_running(clients, peer, peer.endpoint(scheme)) as processes:
        for process in processes.values():
            process.time(WARM_UP)
        for turn in range(rounds):
            order = list(processes.items())
            first = turn % len(order)
            for name, process in order[first:] + order[:first]:
                told[name].append(of_round(*process.time(pushes)))
    return {name: of_rounds(own, told[FLOOR.name]) for name, own in told.items()}


@contextmanager
def on_processor(cpu: int) -> Iterator[None]:
    """What is started in the block runs on one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def of_round(cpu_ns: int, took_ns: list[int]) -> dict[str, float]:
    """What one round of one client tells."""
    cuts = quantiles(took_ns, n=100)
    return {
        "p50_us": cuts[49] / 1000,
        "p99_us": cuts[98] / 1000,
        "cpu_s_per_10000": cpu_ns / len(took_ns) * 10_000 / 1e9,
    }


def of_rounds(own: list[dict[str, float]], floor: list[dict[str, float]]) -> dict[str, float]:
    """The medians of all rounds, and of the ratios to the floor."""
    result = {}
    for key in own[0]:
        result[key] = median(turn[key] for turn in own)
        pairs = zip(own, floor, strict=True)
        result[f"{key}_ratio"] = median(mine[key] / its[key] for mine, its in pairs)
    return result
