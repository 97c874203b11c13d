"""The fixture as its users have it: both wheels are installed, and nothing else of certpush."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import certpush
import certpush_sim as package
import pytest

CERTIFICATE = "scs1600313391074"
PUSH = (CERTIFICATE, "cn-north-4", "ELB")


def push(sim: package.Simulator) -> certpush.Receipt:
    """One push, of which nothing is tried again."""
    with certpush.Client(**sim.options, timeout=1, retries=0) as client:
        return client.push(*PUSH)


def test_a_push_is_told(certpush_sim: package.Simulator) -> None:
    receipt = push(certpush_sim)
    [copy] = certpush_sim.pushes
    assert copy[:3] == PUSH
    assert copy.request_id == receipt.request_id
    [request] = certpush_sim.requests
    assert (request["problem"], request["answered"], request["scheme"]) == (None, 204, "https")


def test_what_other_tests_did_is_forgotten(certpush_sim: package.Simulator) -> None:
    assert certpush_sim.pushes == []
    assert certpush_sim.requests == []
    certpush_sim.fail_next("gateway", count=1000)  # What follows finds out.


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize(
    ("failure", "kind", "unknown", "retryable"),
    [
        ("quota", certpush.BadRequest, False, False),
        ("unauthorized", certpush.Unauthorized, False, False),
        ("forbidden", certpush.Forbidden, False, False),
        ("throttled", certpush.Throttled, False, True),
        ("push failed", certpush.BadRequest, True, False),
        ("server error", certpush.ServerError, True, False),
        ("gateway", certpush.ServerError, True, False),
        ("login page", certpush.UnexpectedResponse, True, False),
        ("redirect", certpush.UnexpectedResponse, True, False),
        ("lost", certpush.ConnectionLost, True, False),
        ("silent", certpush.Timeout, True, False),
    ],
)
def test_each_failure_is_what_it_says(
    certpush_sim: package.Simulator,
    failure: str,
    kind: type[certpush.Error],
    unknown: bool,
    retryable: bool,
    pushed: bool,
) -> None:
    certpush_sim.fail_next(failure, pushed=pushed)
    with pytest.raises(kind) as caught:
        push(certpush_sim)
    assert (caught.value.outcome_unknown, caught.value.retryable) == (unknown, retryable)
    assert len(certpush_sim.pushes) == pushed
    push(certpush_sim)
    assert len(certpush_sim.pushes) == pushed + 1


def test_every_failure_is_tested_and_documented() -> None:
    [mark] = [
        mark
        for mark in test_each_failure_is_what_it_says.pytestmark  # type: ignore[attr-defined]
        if mark.args[0] != "pushed"
    ]
    assert {case[0] for case in mark.args[1]} == set(package.FAILURES)
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    assert [name for name in package.FAILURES if f'`"{name}"`' not in readme] == []


def test_an_answer_may_be_any(certpush_sim: package.Simulator) -> None:
    certpush_sim.answer_next(404, json={"error_code": "SCM.0009", "error_msg": "gone"})
    with pytest.raises(certpush.NotFound) as caught:
        push(certpush_sim)
    assert caught.value.service_code == "SCM.0009"
    late = "HTTP/1.1 204 No Content\r\nX-Request-Id: late\r\n\r\n"
    certpush_sim.answer_next(steps=[{"wait_ms": 50}, {"send": late}])
    assert push(certpush_sim).request_id == "late"


@pytest.mark.parametrize("answer", [{}, {"status": 99}, {"status": 204, "steps": ["hold"]}])
def test_an_answer_that_makes_no_sense_is_refused(
    certpush_sim: package.Simulator, answer: dict[str, object]
) -> None:
    with pytest.raises(package.SimulatorError, match="refuses answer-next"):
        certpush_sim.answer_next(**answer)  # type: ignore[arg-type]
    with pytest.raises(package.SimulatorError, match="'nothing' is none of"):
        certpush_sim.fail_next("nothing")
    push(certpush_sim)


def test_a_program_gets_variables(certpush_sim: package.Simulator) -> None:
    program = "import certpush; certpush.push('scs1600313391074', 'p', 'ELB')"
    subprocess.run([sys.executable, "-c", program], env=certpush_sim.variables, check=True)
    assert certpush_sim.pushes[0].target_project == "p"


def test_the_token_file_is_none_that_others_may_read(
    certpush_sim: package.Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with certpush.Client(
        endpoint=certpush_sim.url, ca_file=certpush_sim.ca_file, token_file=certpush_sim.token_file
    ) as client:
        client.push(*PUSH)
    assert [record.levelname for record in caplog.records if record.levelno >= 30] == []


def test_a_proxy_of_the_environment_is_not_asked(
    certpush_sim: package.Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert certpush_sim.pushes == []


def test_a_simulator_of_its_own_has_options_and_ends_with_its_block() -> None:
    with package.start("--repeat-policy=refuse") as sim:
        push(sim)
        with pytest.raises(certpush.BadRequest, match=r"SCM\.0201"):
            push(sim)
        assert sim.ca_file.exists()
    assert not sim.ca_file.exists()
    with pytest.raises(package.SimulatorError, match="does not answer"):
        sim.reset()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(sim.http_url, timeout=5)


def test_what_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(package.SimulatorError, match=r"does not start.*--no-such-option"),
        package.start("--no-such-option"),
    ):
        pass
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.delenv("CERTPUSH_SIM", raising=False)
    with pytest.raises(package.SimulatorError, match="not installed"), package.start():
        pass


def test_it_ends_when_its_tests_are_killed() -> None:
    program = (
        "import certpush_sim, os, sys\n"
        "with certpush_sim.start() as sim:\n"
        "    print(sim.http_url, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == -9
    url = done.stdout.strip()
    assert url
    # It ends on its own, at once, but not before its parent.
    with suppress(OSError):
        while True:
            urllib.request.urlopen(f"{url}/sim/pushed", timeout=5).close()


def test_no_secret_is_shown(certpush_sim: package.Simulator) -> None:
    push(certpush_sim)
    assert certpush_sim.token not in repr(certpush_sim) + repr(certpush_sim.requests)
