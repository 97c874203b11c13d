"""The script of docs/automation.md that sends a mail, and a `mail` that writes it down."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from conftest import FUNCTIONS, Shell, Silent
from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from programs import free_port
from simulated_service import SimulatedService

MAIL = """#!/bin/sh
[ "$1" = -s ] && echo "to $3: $2" >>mails && cat >>mails
"""
HEADER = "certificate_id,target_project,target_service\n"
ELB = f"{CERTIFICATE_ID},{TARGET_PROJECT},{TARGET_SERVICE}\n"


class Nightly:
    """The script, where cron starts it."""

    def __init__(self, shell: Shell) -> None:
        page = (ROOT / "docs/automation.md").read_text(encoding="utf-8")
        (script,) = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        (line,) = re.findall(r"^(?:\S+ ){5} *(set -a; .*push-and-mail .*)$", page, re.MULTILINE)
        self.shell = shell
        self.home = shell.home
        # The shell whose turn it is runs it.
        script = script.replace("#!/bin/sh", f"#!{' '.join(shell.command)}", 1)
        script = script.replace("/usr/local/share/certpush/certpush.sh", str(FUNCTIONS))
        for name, text in (("push-and-mail", script), ("mail", MAIL)):
            (self.home / name).write_text(text)
            (self.home / name).chmod(0o755)
        line = line.replace("/etc/certpush/settings", f"{self.home}/settings")
        self.line = line.replace("/var/lib/certpush", str(self.home))

    def given(self, options: dict[str, str], targets: str) -> None:
        """Settings and a list."""
        lines = [f"CERTPUSH_{key.upper()}={value}\n" for key, value in options.items()]
        (self.home / "settings").write_text("".join(lines))
        (self.home / "targets.csv").write_text(HEADER + targets)

    def run(self) -> tuple[int, str]:
        """Its exit status, and the mails that it sent. Cron has nothing to send."""
        done = self.shell.run(self.line)
        assert (done.stdout, done.stderr) == (b"", b"")
        return done.returncode, self.mails()

    def mails(self) -> str:
        """What was sent, which is forgotten then."""
        path = self.home / "mails"
        text = path.read_text() if path.exists() else ""
        path.unlink(missing_ok=True)
        return text


@pytest.fixture
def nightly(shell: Shell) -> Nightly:
    """The script, where cron starts it."""
    return Nightly(shell)


def test_a_list_that_is_pushed_is_no_mail(nightly: Nightly, service: SimulatedService) -> None:
    nightly.given(service.options(), ELB)
    assert [nightly.run() for _ in range(2)] == [(0, "")] * 2
    assert len(service.received()) == 1


def test_what_was_refused_goes_to_whoever_reads_mail(
    nightly: Nightly, service: SimulatedService
) -> None:
    nightly.given(service.options(), f"{ELB}{CERTIFICATE_ID},no-such,ELB\n")
    status, mail = nightly.run()
    assert status == 20
    assert mail.startswith("to root: certpush: certificates were not pushed (status 20)\n")
    assert "SCM.0069" in mail
    assert "next: " in mail


def test_what_may_succeed_later_says_so_and_does(
    nightly: Nightly, service: SimulatedService
) -> None:
    nobody = {"endpoint": f"http://127.0.0.1:{free_port()}", "token": "t" * 40, "retries": "0"}
    nightly.given(nobody, ELB)
    status, mail = nightly.run()
    assert status == 11
    assert mail.startswith("to root: certpush: certificates were not pushed yet: the next run")
    (nightly.home / "targets.csv.journal").unlink()
    nightly.given(service.options(), ELB)
    assert nightly.run() == (0, "")


def test_what_may_have_been_pushed_goes_to_the_person_on_call_until_it_is_settled(
    nightly: Nightly, silent: Silent
) -> None:
    nightly.given(silent.options | {"timeout_ms": "300"}, ELB)
    for expected in (78, 92):
        status, mail = nightly.run()
        assert status == expected
        assert mail.startswith("to oncall@example.com: certpush: certificates may have been pushed")
        assert "it may have been pushed" in mail or "settle" in mail
    settle = f"certpush settle targets.csv.journal {CERTIFICATE_ID} {TARGET_PROJECT} ELB --pushed"
    assert nightly.shell.run(settle).returncode == 0
    assert nightly.run() == (0, "")


def test_a_signal_ends_the_push_at_once_and_the_mail_is_still_sent(
    nightly: Nightly, silent: Silent
) -> None:
    nightly.given(silent.options, ELB)
    with nightly.shell.running(nightly.line) as cron:
        with silent.wait_for_request():
            began = time.monotonic()
            os.killpg(cron.pid, signal.SIGTERM)
            # The shell that cron has started need not hear of it, nor outlive it.
            path = Path(nightly.home, "mails")
            while not (path.exists() and "next: " in path.read_text()):
                assert time.monotonic() - began < 2
                time.sleep(0.01)
    assert nightly.mails().startswith("to oncall@example.com: certpush: certificates may have")


def test_a_command_that_is_not_there_is_told(nightly: Nightly, service: SimulatedService) -> None:
    nightly.given(service.options(), ELB)
    settings = nightly.home / "settings"
    settings.write_text(settings.read_text() + f"PATH={nightly.home}:/usr/bin:/bin\n")
    status, mail = nightly.run()
    assert status == 127
    assert mail.startswith("to root: certpush: certificates were not pushed (status 127)")
