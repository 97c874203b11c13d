"""examples/dask_push.py on a LocalCluster with processes of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import EXAMPLES, Engine, engine
from examples import CERTIFICATE_ID
from programs import ended
from simulated_service import SimulatedService

REQUIREMENT = "distributed==2026.8.0"

# Prints where the scheduler and the workers are, and ends with its standard input.
CLUSTER = """
import json, sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(
        n_workers=4, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        print(json.dumps([cluster.scheduler_address, pids]), flush=True)
        sys.stdin.read()
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    engine: Engine
    scheduler: str
    workers: list[int]

    def command(self, targets: Path) -> list[str]:
        """The example, for a list."""
        example = str(EXAMPLES / "dask_push.py")
        journals = self.engine.variables["JOURNALS"]
        return [self.engine.program("python"), example, str(targets), journals, self.scheduler]


@contextmanager
def running(engine: Engine, folder: Path) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts."""
    program = folder / "cluster.py"
    program.write_text(CLUSTER)
    with (folder / "cluster.log").open("wb") as log:
        process = subprocess.Popen(
            [engine.program("python"), str(program)],
            cwd=folder,
            env=engine.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    with process, ended(process):
        assert process.stdin
        assert process.stdout
        ready = process.stdout.readline()
        assert ready, (folder / "cluster.log").read_text()
        yield Cluster(engine, *json.loads(ready))
        process.stdin.close()
        process.wait(timeout=60)


@pytest.fixture
def cluster(service: SimulatedService, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of four workers."""
    dask = engine("dask", REQUIREMENT, service, tmp_path)
    with running(dask, tmp_path) as cluster:
        yield cluster


def targets(folder: Path, count: int) -> Path:
    """A list of so many targets."""
    path = folder / "targets.csv"
    lines = [f"{CERTIFICATE_ID},p-{number},ELB" for number in range(count)]
    path.write_text("\n".join(["certificate_id,target_project,target_service", *lines]) + "\n")
    return path


def pushed(service: SimulatedService) -> Counter[str]:
    """How often each project got the certificate, as the service has it."""
    return Counter(copy["target_project"] for copy in service.ask("pushed"))


def run(command: list[str], cluster: Cluster) -> tuple[int, list[str]]:
    """What the example prints, and its status."""
    done = subprocess.run(
        command, env=cluster.engine.variables, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout.splitlines()


def test_2000_targets_are_pushed_once_each(
    cluster: Cluster, service: SimulatedService, tmp_path: Path
) -> None:
    command = cluster.command(targets(tmp_path, 2000))
    status, told = run(command, cluster)
    assert (status, told) == (0, ["2000 targets, 0 not pushed or unknown"])
    assert pushed(service) == {f"p-{number}": 1 for number in range(2000)}
    # Nothing is sent again, whatever runs again.
    assert run(command, cluster) == (0, told)
    assert len(service.received()) == 2000


def test_what_fails_comes_back_whole(
    cluster: Cluster, service: SimulatedService, tmp_path: Path
) -> None:
    service.answer_next({"status": 500}, count=3, pushed=True)
    error = {"error_code": "SCM.0201", "error_msg": "quota"}
    service.answer_next({"status": 400, "json": error}, count=5)
    status, told = run(cluster.command(targets(tmp_path, 200)), cluster)
    assert status == 1
    assert told[-1] == "200 targets, 8 not pushed or unknown"
    outcomes = Counter(line.split(": ")[1] for line in told[:-1])
    assert outcomes == {"unknown": 3, "not_pushed": 5}
    assert sum("SCM.0201" in line for line in told) == 5
    copies = pushed(service)
    for line in told[:-1]:
        number = int(re.match(r"line (\d+): ", line)[1]) - 2  # type: ignore[index]
        assert copies.pop(f"p-{number}", 0) == ("unknown" in line)
    assert set(copies.values()) == {1}
    assert len(copies) == 192


def test_a_worker_that_is_killed_costs_no_target_and_repeats_none(
    cluster: Cluster, service: SimulatedService, tmp_path: Path
) -> None:
    path = targets(tmp_path, 2000)
    process = subprocess.Popen(
        cluster.command(path), env=cluster.engine.variables, stdout=subprocess.PIPE, text=True
    )
    with process:
        for killed, worker in enumerate(cluster.workers[:2], 1):
            give_up = time.monotonic() + 60
            while len(service.ask("pushed")) < 500 * killed:
                assert time.monotonic() < give_up
                time.sleep(0.05)
            os.kill(worker, signal.SIGKILL)
        assert process.stdout
        told = process.stdout.read().splitlines()
    copies = pushed(service)
    assert max(copies.values()) == 1
    in_doubt = {
        f"p-{int(line.split(':')[0].removeprefix('line ')) - 2}"
        for line in told
        if line.startswith("line ")
    }
    # As many as two workers had under way at most: two threads with a run of four jobs each.
    assert len(in_doubt) <= 2 * 2 * 4, told
    assert {f"p-{number}" for number in range(2000)} - set(copies) <= in_doubt
    assert all("UNSETTLED" in line or "unknown" in line for line in told[:-1]), told
    assert told[-1] == f"2000 targets, {len(in_doubt)} not pushed or unknown"
