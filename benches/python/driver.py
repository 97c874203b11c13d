"""Runs a client as the harness asks on standard input; benches/README.md has the protocol.

What only some requests need is imported when they come: a cold start pays for the client alone.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Push = Callable[[], object]
    ForThread = Callable[[], Push]

CERTIFICATE_ID = "scs1600313391074"
TARGET_PROJECT = "ap-southeast-3"
TARGET_SERVICE = "ELB"
PUSH_PATH = f"/v3/scm/certificates/{CERTIFICATE_ID}/push"
PUSH_BODY = f'{{"target_project":"{TARGET_PROJECT}","target_service":"{TARGET_SERVICE}"}}'


def authorities(ca_file: str) -> str:
    """The file to trust, for clients that do not look at SSL_CERT_FILE themselves."""
    return ca_file or os.environ["SSL_CERT_FILE"]


def time_many(push: Push, count: int) -> str:
    """The processor time of the pushes, and how long each took, in nanoseconds."""
    took = []
    cpu = time.process_time_ns()
    for _ in range(count):
        start = time.perf_counter_ns()
        push()
        took.append(time.perf_counter_ns() - start)
    cpu = time.process_time_ns() - cpu
    return " ".join(map(str, [cpu, *took]))


def push_many(push: Push, count: int) -> str:
    """Pushes and tells nothing."""
    for _ in range(count):
        push()
    return ""


def push_in_threads(for_thread: ForThread, threads: int, count: int) -> str:
    """Shares the pushes among threads."""
    from threading import Thread  # noqa: PLC0415

    running = [
        Thread(target=lambda: push_many(for_thread(), count // threads)) for _ in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return ""


def run(new: Callable[[str, str, str], ForThread]) -> None:
    """Makes a client and answers the harness until it has nothing more to ask.

    `new` takes the endpoint, the file of the one authority to trust ("" trusts what the library
    trusts by itself) and the token. It returns what gives one thread its function that pushes.
    """
    endpoint, ca_file, token_file = sys.argv[1:]
    with open(token_file) as file:
        token = file.read().strip()
    for_thread = new(endpoint, ca_file, token)
    push = None
    for line in sys.stdin:
        request, *numbers = line.split()
        if request == "threads":
            answer = push_in_threads(for_thread, *map(int, numbers))
        else:
            push = push or for_thread()
            answer = {"push": push_many, "time": time_many}[request](push, *map(int, numbers))
        print(answer, flush=True)
