"""The service and the timer, as far as they can be tried without systemd as the first process."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from conftest import COMMAND
from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from programs import tool
from simulated_service import SimulatedService

UNITS = ROOT / "bindings/shell/systemd"


def test_systemd_understands_the_service_and_the_timer(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze", "systemd")
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("=certpush ", f"={COMMAND} ")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", "--man=no", *sorted(tmp_path.glob("certpush.*"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_pushes_with_nothing_but_its_credentials(
    tmp_path: Path, service: SimulatedService
) -> None:
    """What systemd does with the lines of the service, done by hand."""
    credentials, state = tmp_path / "credentials", tmp_path / "state"
    (state / "certpush").mkdir(parents=True)
    credentials.mkdir()
    (credentials / "token").write_bytes(service.token_file.read_bytes())
    (credentials / "targets.csv").write_text(
        "certificate_id,target_project,target_service\n"
        f"{CERTIFICATE_ID},{TARGET_PROJECT},{TARGET_SERVICE}\n{CERTIFICATE_ID},,CDN\n"
    )
    for path in credentials.iterdir():
        path.chmod(0o400)
    unit = (UNITS / "certpush.service").read_text()
    unit = unit.replace("%d", str(credentials)).replace("%S", str(state))
    loaded = re.findall(r"^LoadCredential=(.+?):", unit, re.MULTILINE)
    assert sorted(loaded) == sorted(path.name for path in credentials.iterdir())
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    assert environment.pop("CERTPUSH_REGION") == "ap-southeast-1"
    environment |= {"CERTPUSH_ENDPOINT": service.https, "CERTPUSH_CA_FILE": str(service.ca_file)}
    # A package has the command in another folder than `make install`: systemd looks into both.
    (line,) = re.findall(r"^ExecStart=certpush (.*)$", unit, re.MULTILINE)
    for _ in range(2):
        done = subprocess.run(
            [COMMAND, *shlex.split(line)], env=environment, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(service.received()) == 2
    assert [path.name for path in (state / "certpush").iterdir()] == ["targets.journal"]
