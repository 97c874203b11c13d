"""The end of the interpreter: what daemon threads are in, and pushes to the last."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulated_service import TOKEN, SimulatedService

DAEMONS = """
import certpush, logging, sys, threading, time
way, endpoint, token = sys.argv[1:]

def nap():
    time.sleep(0.001)
    return token

def spin():
    until = time.monotonic() + 0.02
    while time.monotonic() < until:
        pass
    return token

def hang():
    threading.Event().wait()

def spin_on():
    while True:
        pass

class Slow(logging.Handler):
    def emit(self, record):
        time.sleep(0.001)

if way == "log":
    logging.getLogger("certpush").addHandler(Slow())
    logging.getLogger("certpush").setLevel(logging.INFO)
source = {"nap": nap, "spin": spin, "hang": hang, "spin_on": spin_on}.get(way)
credential = {"token_source": source} if source else {"token": token}
client = certpush.Client(endpoint=endpoint, timeout=5, retries=0, **credential)

def push():
    while True:
        try:
            if way == "make":
                certpush.push("scs1600313391074", "p", "ELB", endpoint=endpoint, **credential)
            elif way == "fail":
                client.push("", "p", "ELB")
            else:
                client.push("scs1600313391074", "p", "ELB")
        except certpush.Error:
            pass

for _ in range(8):
    threading.Thread(target=push, daemon=True).start()
time.sleep(0.2)
sys.exit(7)
"""


@pytest.mark.parametrize("way", ["token", "nap", "spin", "hang", "spin_on", "log", "make", "fail"])
def test_a_program_ends_with_its_own_status_while_daemon_threads_push(
    service: SimulatedService, way: str
) -> None:
    for _ in range(2):
        finished = subprocess.run(
            [sys.executable, "-c", DAEMONS, way, service.http, TOKEN],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (finished.returncode, finished.stderr) == (7, "")


ENDED = """
import certpush, logging, socket, sys, threading
logging.basicConfig(stream=sys.stdout, format="%(message)s")
listener = socket.create_server(("127.0.0.1", 0))
endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
told = threading.Event()
refused = threading.Event()

def push():
    client = certpush.Client(endpoint=endpoint, token="t" * 32, timeout=60)
    for event in (told, refused):
        try:
            client.push("scs1600313391074", "p", "ELB")
        except certpush.Cancelled as error:
            print(error.outcome_unknown, error.attempts, error.phase, flush=True)
            event.set()

threading.Thread(target=push, daemon=True).start()
connection, _ = listener.accept()
connection.recv(1)
# What is registered before certpush's own hook runs after it.
late_hook = lambda: (told.wait(5), refused.wait(5))
"""
BEFORE_CERTPUSH = "import atexit\natexit.register(lambda: late_hook())\n"


def test_a_running_push_of_a_daemon_thread_is_ended_and_tells_its_outcome() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", BEFORE_CERTPUSH + ENDED],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    line, ended, refused = finished.stdout.splitlines()
    assert "status=CERTPUSH_CANCELLED outcome=unknown" in line
    assert ended == "True 1 receive"
    assert refused == "False 0 start"


TELLING = """
import certpush, os, socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
client = certpush.Client(
    endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}", token="t" * 32, timeout=60
)

def push():
    try:
        client.push("scs1600313391074", "p", "ELB")
    except certpush.Cancelled as error:
        time.sleep(0.05)
        os.write(1, f"{error.outcome_unknown}\\n".encode())

for _ in range(4):
    threading.Thread(target=push, daemon=True).start()
connections = [listener.accept()[0] for _ in range(4)]
for connection in connections:
    connection.recv(1)
"""


def test_daemon_threads_have_the_time_to_tell_what_became_of_their_pushes() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", TELLING], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == "True\n" * 4


LAST = """
import atexit, certpush, sys

class Deployer:
    def __init__(self, client):
        self.client = client

    def __del__(self, stdout=sys.stdout, certpush=certpush, given=sys.argv[2:]):
        endpoint, token = given
        stdout.write(f"{self.client.push('scs1600313391074', 'p', 'ELB').http_status}\\n")
        made = certpush.Client(endpoint=endpoint, token=token)
        stdout.write(f"{made.push('scs1600313391074', 'p', 'ELB').http_status}\\n")
        try:
            self.client.push("wrong", "p", "ELB")
        except certpush.InvalidArgument as error:
            stdout.write(f"{error.outcome_unknown}\\n")

deployer = Deployer(certpush.Client(endpoint=sys.argv[2], token=sys.argv[3]))
where = sys.argv[1]
if where == "a cycle":
    deployer.myself = deployer
    del deployer
elif where == "a module":
    certpush.deployer = deployer
    del deployer
elif where == "atexit":
    atexit.register(deployer.__del__)
    Deployer.__del__ = lambda self: None
"""


@pytest.mark.parametrize("where", ["a global", "a cycle", "a module", "atexit"])
def test_a_push_may_be_made_when_the_interpreter_is_ending(
    service: SimulatedService, where: str
) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", LAST, where, service.http, TOKEN],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == ""
    assert finished.stdout.splitlines() == ["204", "204", "False"]
