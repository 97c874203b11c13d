"""A Redis, Celery workers, and what they are asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certpush

from environments import environment
from examples import ROOT
from programs import ended, free_port, keep_logs, serving, tool

EXAMPLES = ROOT / "bindings" / "python" / "examples"
REQUIREMENT = "celery[redis]==5.7.0"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis for as long as the block lasts, that keeps nothing."""
    port = free_port()
    command = [tool("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with serving(command, port, folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


@dataclass(frozen=True)
class Application:
    """A Celery application whose broker runs."""

    module: Path
    python: Path
    variables: dict[str, str]
    folder: Path

    @contextmanager
    def worker(self, *options: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker with one process that works, for as long as the block lasts."""
        command = [str(self.python), "-m", "celery", "-A", self.module.stem, "worker"]
        command += ["--concurrency=1", "--pool=prefork", "--without-gossip", "--without-mingle"]
        with (self.folder / "worker.log").open("ab") as output:
            worker = subprocess.Popen(
                [*command, *options],
                cwd=self.folder,
                env={**self.variables, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # All of its processes can be ended together.
            )
        with ended(worker):
            yield worker
        keep_logs(self.folder, "celery")

    def run(self, program: str, *arguments: str) -> list[Any]:
        """The lines of JSON that a program prints which has Celery."""
        done = subprocess.run(
            [self.python, *([program] if program.endswith(".py") else ["-c", program]), *arguments],
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def application(module: Path, folder: Path, **variables: str) -> Iterator[Application]:
    """An application without a worker, for as long as the block lasts."""
    with redis(folder) as url:
        python = environment("celery", REQUIREMENT) / "python"
        modules = folder / "modules"
        modules.mkdir()
        (modules / "certpush").symlink_to(Path(certpush.__file__).parent)
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, (modules, module.parent, EXAMPLES))),
            "REDIS_URL": url,
            "C_FORCE_ROOT": "1",  # Else root's worker takes no pickles.
            **variables,
        }
        yield Application(module, python, variables, folder)
