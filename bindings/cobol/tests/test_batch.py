"""The batch: what it reports, and what a crash leaves."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from command import TOKEN
from compiler import LINK, MODULE, Compiler, Ran, blocks, run, variables
from examples import simulator
from programs import ended, free_port, tool
from simulated_service import SimulatedService

COUNT = 500
IDS = [f"scs{number:013}" for number in range(1, COUNT + 1)]
HELD, IN_DOUBT, REFUSED = "scs9000000000001", "scs9000000000002", "scs9000000000003"
SCENARIOS = {
    "scenarios": [
        {"certificate_id": HELD, "answer": {"steps": ["hold"]}},
        {
            "certificate_id": IN_DOUBT,
            "answer": {"status": 400, "json": {"error_code": "SCM.0203", "error_msg": "failed"}},
        },
        {
            "certificate_id": REFUSED,
            "answer": {"status": 401, "json": {"error_code": "APIGW.0301", "error_msg": "no"}},
        },
    ]
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedService]:
    """A service that has as many certificates, and three that it treats in another way."""
    folder = tmp_path_factory.mktemp("cloud")
    token_file, scenarios = folder / "token", folder / "scenarios.json"
    token_file.write_text(TOKEN)
    scenarios.write_text(json.dumps(SCENARIOS))
    certificates = [f"--certificate={name}" for name in [*IDS, "scs1600313391074"]]
    files: list[str | Path] = ["--token-file", token_file, "--ca-file", folder / "ca.pem"]
    process = subprocess.Popen(
        [*simulator(), "--stop-on-stdin-eof", *files, "--scenarios", scenarios, *certificates],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process, ended(process):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield SimulatedService(ready["http"], ready["https"], folder / "ca.pem", token_file)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The batch, compiled once."""
    compiler = Compiler(tool("cobc", "gnucobol3"), tmp_path_factory.mktemp("batch"))
    return compiler.program(MODULE / "batch.cob")


class Job:
    """A job: the batch with its files and its options."""

    def __init__(self, batch: Path, folder: Path, cloud: SimulatedService) -> None:
        cloud.forget()
        self.batch, self.cloud = batch, cloud
        self.targets, self.report = folder / "targets.txt", folder / "report.txt"
        self.journal = folder / "renewal.journal"
        options = {"endpoint": cloud.http, "token_file": str(cloud.token_file)}
        self.environment = variables(options) | {
            "DD_TARGETS": str(self.targets),
            "DD_REPORT": str(self.report),
            "DD_JOURNAL": str(self.journal),
        }

    def lists(self, *targets: tuple[str, str, str]) -> None:
        """Writes the file of targets."""
        lines = [f"{name:16}{project:32}{service:8}remark\n" for name, project, service in targets]
        self.targets.write_text("".join(lines))

    def lists_ids(self, *ids: str) -> None:
        """Writes the file of targets, each to the same project and service."""
        self.lists(*((name, "ap-southeast-3", "ELB") for name in ids))

    def run(self, **changed: str) -> Ran:
        """Runs it to its end."""
        return run(self.batch, self.environment | changed)

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[str]]:
        """Runs it beside the block, which ends it."""
        with subprocess.Popen(
            [self.batch],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def wait_until_received(self, count: int) -> None:
        """Returns when the service has got so many requests."""
        give_up = time.monotonic() + 40
        while len(self.cloud.received()) < count:
            assert time.monotonic() < give_up

    def outcomes(self) -> list[tuple[str, str]]:
        """The status and the outcome of each line of the report."""
        lines = self.report.read_text().splitlines()
        return [(line[59:61].strip(), line[120:140].rstrip()) for line in lines[:-5]]

    def totals(self) -> dict[str, int]:
        """The report's last lines."""
        last = self.report.read_text().splitlines()[-5:]
        return {line[6:28].rstrip(): int(line[28:]) for line in last}

    def copies(self) -> Counter[str]:
        """How many copies of each certificate are on targets."""
        return Counter(copy["certificate_id"] for copy in self.cloud.ask("pushed"))


@pytest.fixture
def job(batch: Path, tmp_path: Path, cloud: SimulatedService) -> Job:
    """A job that has not run yet."""
    return Job(batch, tmp_path, cloud)


class TestReport:
    """What is told of each target, and of all."""

    def test_the_files_of_the_page_are_read_and_written_as_it_says(self, job: Job) -> None:
        page = (MODULE / "batch.md").read_text(encoding="utf-8")
        (listed,) = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        job.targets.write_text(listed)
        done = job.run()
        assert (done.status, done.errors) == (0, "")
        lines = job.report.read_text().splitlines()
        assert [line[:58] for line in lines[:3]] == [
            f"scs1600313391074 {'ap-southeast-3':32} {'ELB':8}",
            f"scs1600313391074 {'ap-southeast-1':32} {'WAF':8}",
            f"scs1600313391074 {'':32} {'CDN':8}",
        ]
        assert lines[0][59:] == f"00 {'CERTPUSH_OK':32} 204 {'':20} {'PUSHED':20}"
        assert {len(line) for line in lines} == {140}
        assert [line.rstrip() for line in lines[3:]] == [
            "TOTAL PUSHED                     3",
            "TOTAL PUSHED EARLIER             0",
            "TOTAL NOT PUSHED                 0",
            "TOTAL MAY HAVE BEEN PUSHED       0",
            "TOTAL NOT TRIED                  0",
        ]
        sent = [json.loads(request["body"]) for request in job.cloud.received()]
        assert sent[2] == {"target_project": "", "target_service": "CDN"}

    def test_what_failed_is_told_from_what_may_have_been_pushed(self, job: Job) -> None:
        job.lists(
            (IDS[0], "no-such-project", "ELB"),
            (IN_DOUBT, "ap-southeast-3", "ELB"),
            ("scs", "ap-southeast-3", "ELB"),
            (IDS[0], "ap-southeast-3", "ELB"),
        )
        done = job.run()
        assert done.status == 8
        assert job.outcomes() == [
            ("20", "NOT PUSHED"),
            ("20", "MAY HAVE BEEN PUSHED"),
            ("01", "NOT PUSHED"),
            ("00", "PUSHED"),
        ]
        lines = job.report.read_text().splitlines()
        assert [line[99:119].rstrip() for line in lines[:4]] == ["SCM.0069", "SCM.0203", "", ""]
        assert list(job.totals().values()) == [1, 0, 2, 1, 0]
        assert len(done.errors.splitlines()) == 3

    def test_failures_that_are_known_are_no_doubt(self, job: Job) -> None:
        job.lists((IDS[0], "no-such-project", "ELB"), (IDS[1], "ap-southeast-3", "ELB"))
        assert job.run().status == 4


class TestStops:
    """What ends a run before its end, and what keeps it from beginning."""

    def test_a_refused_token_is_tried_once(self, job: Job) -> None:
        job.lists_ids(REFUSED, *IDS[:20])
        assert job.run().status == 12
        assert job.outcomes() == [("21", "NOT PUSHED")] + [("", "NOT TRIED")] * 20
        assert len(job.cloud.received()) == 1
        assert list(job.totals().values()) == [0, 0, 1, 0, 20]

    def test_nobody_answers_ten_times(self, job: Job) -> None:
        job.lists_ids(*IDS[:12])
        closed = f"http://127.0.0.1:{free_port()}"
        assert job.run(CERTPUSH_ENDPOINT=closed, CERTPUSH_RETRIES="0").status == 12
        assert job.outcomes() == [("11", "NOT PUSHED")] * 10 + [("", "NOT TRIED")] * 2

    def test_a_report_that_cannot_be_written(self, job: Job) -> None:
        job.lists_ids(*IDS[:5])
        done = job.run(DD_REPORT="/dev/full")
        assert done.status == 12
        assert "DD_REPORT: FILE STATUS 3" in done.errors

    @pytest.mark.parametrize(
        "changed",
        [
            {"DD_JOURNAL": ""},
            {"DD_JOURNAL": "/nowhere/journal"},
            {"DD_TARGETS": "/nowhere/targets"},
            {"DD_REPORT": "/nowhere/report"},
            {"CERTPUSH_RETRIES": "many"},
        ],
        ids=lambda changed: f"{next(iter(changed))}={next(iter(changed.values()))}",
    )
    def test_nothing_is_begun(self, job: Job, changed: dict[str, str]) -> None:
        job.lists_ids(IDS[0])
        done = job.run(**changed)
        assert done.status == 16
        assert done.errors.startswith("BATCH: ")
        assert not job.cloud.received()

    def test_another_run_has_the_journal(self, job: Job) -> None:
        job.lists_ids(HELD)
        with job.started():
            job.wait_until_received(1)
            assert job.run().status == 16
        assert len(job.cloud.received()) == 1


class TestCrash:
    """Run it again."""

    @pytest.mark.timeout(180)
    def test_what_was_under_way_is_unsettled_and_all_else_is_pushed_once(
        self, job: Job, compiler: Compiler
    ) -> None:
        ids = [*IDS[:249], HELD, *IDS[249:499]]
        job.lists_ids(*ids)
        with job.started() as process:
            job.wait_until_received(250)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert job.run().status == 8
        assert job.outcomes() == (
            [("00", "PUSHED EARLIER")] * 249
            + [("28", "MAY HAVE BEEN PUSHED")]
            + [("00", "PUSHED")] * 250
        )
        assert list(job.totals().values()) == [250, 249, 0, 1, 0]
        assert job.copies() == {name: 1 for name in ids if name != HELD}
        requests = [request["path"].split("/")[4] for request in job.cloud.received()]
        assert requests == ids

        settle = blocks("batch.md")[0].replace("MY-CERTIFICATE", f'"{HELD}"')
        program = compiler.wrapped(settle + "           DISPLAY CERTPUSH-STATUS\n")
        assert run(["env", "-C", job.journal.parent, program], {}).lines == ["00"]
        assert job.run().status == 0
        assert list(job.totals().values()) == [0, 500, 0, 0, 0]
        assert len(job.cloud.received()) == COUNT

    @pytest.mark.timeout(180)
    @pytest.mark.parametrize("seed", range(4))
    def test_a_run_is_killed_anywhere(self, job: Job, seed: int) -> None:
        moment = random.Random(seed).randint(1, COUNT - 1)
        job.lists_ids(*IDS)
        with job.started() as process:
            job.wait_until_received(moment)
            process.kill()
        process.wait()
        again = job.run()
        unsettled = [
            name for name, (status, _) in zip(IDS, job.outcomes(), strict=True) if status == "28"
        ]
        assert len(unsettled) <= 1
        assert again.status == (8 if unsettled else 0)
        copies = job.copies()
        assert {name: copies[name] for name in IDS if name not in unsettled} == {
            name: 1 for name in IDS if name not in unsettled
        }
        assert all(copies[name] <= 1 for name in unsettled)
        assert sum(job.totals().values()) == COUNT, moment

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_a_push_at_once_and_the_next_run_tells_of_it(
        self, job: Job, number: signal.Signals
    ) -> None:
        job.lists_ids(HELD, IDS[0])
        with job.started() as process:
            job.wait_until_received(1)
            began = time.monotonic()
            process.send_signal(number)
            process.wait(timeout=20)
            lasted = time.monotonic() - began
        # libcob ends the program with the signal's number, or by the signal.
        assert abs(process.returncode) == number
        assert lasted < 0.2
        assert job.run().status == 8
        assert job.outcomes() == [("28", "MAY HAVE BEEN PUSHED"), ("00", "PUSHED")]


def test_the_batch_compiles_as_its_page_says(compiler: Compiler) -> None:
    page = (MODULE / "batch.md").read_text(encoding="utf-8")
    assert "-x -fstatic-call -I bindings/cobol bindings/cobol/batch.cob" in page
    sources = [MODULE / "batch.cob", MODULE / "certpush.cob"]
    compiler.compile(
        "-x", "-fstatic-call", "-debug", "-o", compiler.folder / "batch", *sources, *LINK
    )
