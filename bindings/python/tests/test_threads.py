"""Threads, asyncio and fork."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import certpush
from raw_server import RawServer
from simulated_service import CERTIFICATE, TOKEN, SimulatedService

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")


def test_another_thread_runs_while_a_push_waits(raw: RawServer) -> None:
    counted = 0

    def count_then_answer() -> None:
        nonlocal counted
        raw.received.wait()
        while counted < 100_000:
            counted += 1
        raw.answer()

    thread = threading.Thread(target=count_then_answer)
    thread.start()
    client = certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=30)
    receipt = client.push(*PUSH)
    assert counted == 100_000
    assert receipt.request_id == "raw-1"
    thread.join()


def test_32_threads_share_a_client_and_its_connections(service: SimulatedService) -> None:
    with service.client() as client, ThreadPoolExecutor(32) as pool:
        receipts = list(pool.map(lambda _: client.push(*PUSH), range(3200)))
    assert len({receipt.request_id for receipt in receipts}) == 3200
    assert service.saw("connections")["https"] <= 32


def test_asyncio_waits_for_a_push_in_a_thread(service: SimulatedService) -> None:
    async def push_three() -> list[certpush.Receipt]:
        pushes = (asyncio.to_thread(client.push, *PUSH, timeout=20) for _ in range(3))
        return await asyncio.gather(*pushes)

    with service.client() as client:
        receipts = asyncio.run(push_three())
    assert [receipt.http_status for receipt in receipts] == [204, 204, 204]


FORK = """
import certpush, json, os, sys
endpoint, ca_file, token = sys.argv[1:]
client = certpush.Client(endpoint=endpoint, ca_file=ca_file, token=token, timeout=20)
pushes = lambda: [client.push("scs1600313391074", "p", "ELB").request_id for _ in range(20)]
before = pushes()  # The connection is kept, and both processes have it.
readable, writable = os.pipe()
child = os.fork()
if child == 0:
    os.write(writable, json.dumps(pushes()).encode())
    os._exit(0)
os.close(writable)
after = pushes()
with open(readable) as pipe:
    in_child = json.loads(pipe.read())
assert os.waitpid(child, 0)[1] == 0
print(json.dumps([before, after, in_child]))
"""


def test_a_forked_child_uses_its_parents_client_without_its_connections(
    service: SimulatedService,
) -> None:
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK, service.https, service.ca_file, TOKEN],
        check=True,
        capture_output=True,
    )
    before, after, in_child = json.loads(finished.stdout)
    assert len({*before, *after, *in_child}) == 60
    assert service.saw("connections")["https"] == 2


MULTIPROCESSING = """
import certpush, json, multiprocessing, sys
endpoint, ca_file, token = sys.argv[1:]
client = certpush.Client(endpoint=endpoint, ca_file=ca_file, token=token, timeout=20)
client.connect()
def push(_):
    return client.push("scs1600313391074", "p", "ELB").request_id
def refused(_):
    raise certpush.Timeout("no answer", outcome_unknown=True)
with multiprocessing.get_context("fork").Pool(4) as pool:
    ids = pool.map(push, range(40))
    try:
        pool.map(refused, [0])
    except certpush.Timeout as error:
        unknown = error.outcome_unknown
print(json.dumps([ids, unknown]))
"""


def test_a_forked_pool_pushes_and_hands_errors_back(service: SimulatedService) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", MULTIPROCESSING, service.https, service.ca_file, TOKEN],
        check=True,
        capture_output=True,
    )
    ids, unknown = json.loads(finished.stdout)
    assert len(set(ids)) == 40
    assert unknown is True
