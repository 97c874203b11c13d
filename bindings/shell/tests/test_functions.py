"""The functions for sh: outcomes, tokens, signals; and what README shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import COMMAND, Shell, Silent, press_ctrl_c
from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from programs import free_port, tool
from simulated_service import SimulatedService, simulated_service

TARGET = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
PUSH = f"push {' '.join(TARGET)}"
TELL = 'echo "$certpush_status $certpush_outcome $certpush_retryable"'
HERE = ROOT / "bindings/shell"


def explained(number: int) -> str:
    """What the command says of a shell's own exit status, in the functions' words."""
    done = subprocess.run(
        [COMMAND, "explain", str(number), "--json"], capture_output=True, text=True, check=False
    )
    told: str = json.loads(done.stdout).get("outcome", "may have been pushed")
    return "unknown" if told.startswith("may have been pushed") else "not_pushed"


def test_every_exit_status_is_told_as_the_commands_page_and_the_command_explain_it(
    shell: Shell,
) -> None:
    script = "for n in $(seq 0 255); do certpush_outcome_of $n; done; certpush_outcome_of ''"
    told = shell.run(script).stdout.decode().split()
    assert told[:100] == ["pushed"] + ["not_pushed"] * 63 + ["unknown"] * 36
    assert told[100:] == [*(explained(number) for number in range(100, 256)), "unknown"]


def test_what_may_be_repeated_is_what_the_commands_page_says(shell: Shell) -> None:
    page = (ROOT / "docs/command.md").read_text(encoding="utf-8")
    sentence = re.search(
        r"^After ([\d, and]+) the same push may simply be made again", page, re.MULTILINE
    )
    assert sentence
    script = "for n in $(seq 0 255); do certpush_is_retryable $n && echo $n; done"
    assert shell.run(script).stdout.decode().split() == re.findall(r"\d+", sentence[1])


def test_a_push_is_told(shell: Shell, service: SimulatedService) -> None:
    shell.options = service.options()
    done = shell.run(f"certpush_run {PUSH} && {TELL}")
    assert done.stdout.splitlines()[-1] == b"0 pushed no"
    assert service.has_been_pushed_to()


def test_a_refusal_is_told_also_where_the_script_ends_with_each_failure(
    shell: Shell, service: SimulatedService
) -> None:
    shell.options = service.options()
    push = f"certpush_run push {CERTIFICATE_ID} no-such ELB"
    done = shell.run(f"set -eu; {push} || {TELL}; {push}; echo not reached")
    assert done.stdout == b"20 not_pushed no\n"
    assert done.returncode == 20
    assert b"it was not pushed" in done.stderr


def test_a_doubt_and_what_may_be_repeated_are_told(shell: Shell, silent: Silent) -> None:
    shell.options = silent.options | {"timeout_ms": "300"}
    assert shell.run(f"certpush_run {PUSH}; {TELL}").stdout == b"78 unknown no\n"
    shell.options["endpoint"] = f"http://127.0.0.1:{free_port()}"
    assert shell.run(f"certpush_run {PUSH}; {TELL}").stdout == b"11 not_pushed yes\n"


def test_a_command_that_is_not_there_has_pushed_nothing(shell: Shell) -> None:
    done = shell.run(f"PATH=/nowhere; certpush_run {PUSH}; {TELL}")
    assert done.stdout == b"127 not_pushed no\n"


def test_a_command_that_was_killed_may_have_pushed(shell: Shell, silent: Silent) -> None:
    shell.options = silent.options
    with shell.running(f"certpush_run {PUSH}; {TELL}") as script, silent.wait_for_request():
        for pid in children_of(script.pid):
            os.kill(pid, signal.SIGKILL)
        assert script.communicate(timeout=20)[0] == b"137 unknown no\n"


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in children.split()]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_ctrl_c_ends_a_push_at_once_and_the_script_knows_its_outcome(
    shell: Shell, silent: Silent, name: str
) -> None:
    shell.options = silent.options
    with shell.running(
        f"trap 'stop=yes' HUP INT TERM; certpush_run {PUSH}; echo $stop; {TELL}"
    ) as script:
        with silent.wait_for_request():
            pressed = time.monotonic()
            if name == "SIGINT":
                press_ctrl_c(script)
            else:
                os.killpg(script.pid, signal.Signals[name])
            output, told = script.communicate(timeout=20)
            lasted = time.monotonic() - pressed
    assert output == b"yes\n81 unknown no\n"
    assert b"it may have been pushed" in told
    assert lasted < 0.2


TOKEN_OF_2_MIB = ("A" * 63 + "b") * (2 * 1024 * 1024 // 64)


@pytest.mark.parametrize("source", ["a file", "standard input", "a command's output"])
def test_a_token_of_2_mib_is_taken(shell: Shell, tmp_path: Path, source: str) -> None:
    token = TOKEN_OF_2_MIB.encode()
    folder = tmp_path / "service"
    folder.mkdir()
    with simulated_service(folder, "--any-token") as service:
        shell.options = {"endpoint": service.https, "ca_file": str(service.ca_file)}
        (tmp_path / "token").write_bytes(token + b"\n")
        script = f"certpush_run {PUSH} --token-file "
        if source == "a file":
            script += "token"
        elif source == "standard input":
            script += "-"
        else:
            script = f"cat token | {script} -"
        done = shell.run(script, stdin=token if source == "standard input" else b"")
        assert done.returncode == 0, done.stderr
        (request,) = service.received()
        told = dict(request["headers"])["x-auth-token"]
        assert told.startswith(f"<{len(token)} characters")


def test_the_functions_and_scripts_have_no_fault() -> None:
    shellcheck = tool("shellcheck", "shellcheck")
    scripts = sorted(HERE.glob("*.sh"))
    assert len(scripts) == 3
    done = subprocess.run(
        [shellcheck, "--external-sources", *scripts],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE,
    )
    assert done.stdout == ""


def blocks(language: str) -> list[str]:
    """The code blocks of README.md."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_first_push_goes_through_as_printed(shell: Shell) -> None:
    (block,) = (block for block in blocks("console") if "certpush-sim" in block)
    script = re.sub(r"^\$ ", "", block, flags=re.MULTILINE).replace("8080", str(free_port()))
    script = re.sub(
        r"\btarget(?=/(debug|release)/)", os.environ.get("CARGO_TARGET_DIR", "target"), script
    )
    done = shell.run(f"cd {shlex.quote(str(ROOT))}\ntrap 'kill $!' EXIT\n{script}")
    assert done.stdout.splitlines()[-1] == b"pushed", done.stderr


def test_the_functions_are_used_as_shown(shell: Shell, service: SimulatedService) -> None:
    (block,) = (block for block in blocks("sh") if "certpush_run" in block)
    script = block.replace(". /usr/local/share/certpush/certpush.sh\n", "")
    shell.options = service.options()
    assert b"was pushed to ELB" in shell.run(script).stdout
    shell.options["token_file"] = "/no/such/token"
    assert b"It was not pushed" in shell.run(script).stderr


def test_a_list_is_pushed_by_make_once(shell: Shell, service: SimulatedService) -> None:
    (rule,) = blocks("make")
    (shell.home / "Makefile").write_text(rule)
    targets = shell.home / "targets.csv"
    header = "certificate_id,target_project,target_service\n"
    targets.write_text(f"{header}{','.join(TARGET)}\n{CERTIFICATE_ID},no-such,ELB\n")
    shell.options = service.options()
    assert shell.run("make targets.pushed").returncode != 0
    assert not (shell.home / "targets.pushed").exists()
    targets.write_text(f"{header}{','.join(TARGET)}\n{CERTIFICATE_ID},,CDN\n")
    for _ in range(2):
        assert shell.run("make targets.pushed").returncode == 0
    assert len(service.ask("pushed")) == 2
    assert len(service.received()) == 3


def test_the_line_for_cron_works_with_crons_variables(
    shell: Shell, service: SimulatedService
) -> None:
    (line,) = (line for block in blocks("") for line in block.splitlines() if "push-all" in line)
    *_, command = line.split(None, 5)
    settings, folder = shell.home / "settings", shell.home
    options = service.options()
    lines = [f"CERTPUSH_{key.upper()}={value}" for key, value in options.items()]
    settings.write_text("\n".join([f"PATH={COMMAND.parent}:/usr/bin:/bin", *lines, ""]))
    (folder / "targets.csv").write_text(
        f"certificate_id,target_project,target_service\n{','.join(TARGET)}\n"
    )
    command = command.replace("/etc/certpush/settings", str(settings))
    command = command.replace("/var/lib/certpush", str(folder))
    shell.options = {}
    for _ in range(2):
        done = shell.run(command)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(service.received()) == 1
