"""OpenStack's Keystone, from whose token API Huawei Cloud's IAM derives."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from environments import environment
from keystone_server import DOMAIN, PASSWORD, PROJECT, USER
from programs import ended, keep_logs

REQUIREMENT = "keystone==30.0.0"


@dataclass(frozen=True)
class Keystone:
    """A running Keystone."""

    port: int
    folder: Path

    def options(self, password: str = PASSWORD, project: str = PROJECT) -> dict[str, str]:
        """The options of a push whose token comes from here."""
        return {
            "iam_endpoint": f"http://127.0.0.1:{self.port}",
            "user_name": USER,
            "user_domain": DOMAIN,
            "user_password": password,
            "scope_project": project,
            # Huawei Cloud needs no more than the project.
            "scope_domain": DOMAIN,
        }

    def answers(self) -> list[str]:
        """The requests it has answered, in order: method, path, status, and the token it gave."""
        path = self.folder / "answers"
        return path.read_text().splitlines() if path.exists() else []


@contextmanager
def keystone() -> Iterator[Keystone]:
    """A Keystone for as long as the block lasts."""
    python = environment("keystone", REQUIREMENT) / "python"
    server = Path(__file__).with_name("keystone_server.py")
    with tempfile.TemporaryDirectory(prefix="keystone-") as name:
        folder = Path(name)
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [python, server, folder],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        with process, ended(process):
            assert process.stdout is not None
            port = process.stdout.readline()
            assert port, (folder / "output").read_text()
            yield Keystone(int(port), folder)
        keep_logs(folder, "keystone")
