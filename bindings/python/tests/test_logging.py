"""One line for each push, given to the logger "certpush"."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import certpush
from simulated_service import CERTIFICATE, UNKNOWN_TOKEN, SimulatedService

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The logger, as it was afterwards."""
    logger = logging.getLogger("certpush")
    level, handlers = logger.level, logger.handlers[:]
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def test_a_push_is_an_info_line(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "certpush")
    receipt = service.client().push(*PUSH)
    [record] = caplog.records
    assert (record.name, record.levelname) == ("certpush", "INFO")
    line = record.getMessage()
    assert f"certificate_id={CERTIFICATE} target_service=ELB" in line
    assert "status=CERTPUSH_OK outcome=pushed http_status=204" in line
    assert receipt.request_id in line
    assert record.filename == "test_logging.py"


def test_a_failed_push_is_an_error_line(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(certpush.Unauthorized):
        service.client(token=UNKNOWN_TOKEN).push(*PUSH)
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "status=CERTPUSH_UNAUTHORIZED outcome=not_pushed" in record.getMessage()


def test_a_percent_sign_in_a_line_is_just_that(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "certpush")
    with pytest.raises(certpush.BadRequest):
        service.client().push(CERTIFICATE, "100%s", "no such service")
    assert "100%s" in caplog.text


def test_a_level_that_is_set_later_counts(
    service: SimulatedService, caplog: pytest.LogCaptureFixture, logger: logging.Logger
) -> None:
    client = service.client()
    logger.setLevel(logging.WARNING)
    client.push(*PUSH)
    assert caplog.records == []
    logger.setLevel(logging.INFO)
    client.push(*PUSH)
    assert len(caplog.records) == 1


class BrokenHandler(logging.Handler):
    """A handler that raises what it is given."""

    def __init__(self, exception: Exception) -> None:
        super().__init__()
        self.exception = exception

    def emit(self, record: logging.LogRecord) -> None:
        raise self.exception


def test_a_broken_handler_does_not_make_a_push_look_failed(
    service: SimulatedService, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: unraisable.append(told.exc_value))
    logger.setLevel(logging.INFO)
    broken = RuntimeError("the disk is full")
    logger.addHandler(BrokenHandler(broken))
    assert service.client().push(*PUSH).http_status == 204
    assert unraisable == [broken]


class InterruptedHandler(logging.Handler):
    """A handler during which Ctrl-C is pressed."""

    def emit(self, record: logging.LogRecord) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_while_a_line_is_written_is_not_lost_nor_is_the_outcome(
    service: SimulatedService, logger: logging.Logger
) -> None:
    logger.setLevel(logging.INFO)
    logger.addHandler(InterruptedHandler())
    with pytest.raises(KeyboardInterrupt) as caught:
        service.client().push(*PUSH)
    cause = caught.value.__cause__
    assert isinstance(cause, certpush.Cancelled)
    assert cause.outcome_unknown
    assert "was pushed to ELB in ap-southeast-3 (stored, " in cause.message
    assert "not yet bound to a listener), but" in cause.message
    assert cause.http_status == 204


SILENT = """
import sys
import certpush
client = certpush.Client(endpoint="http://127.0.0.1:1", token="t" * 32)
try:
    client.push("scs1600313391074", "", "CDN")
except certpush.ConnectError:
    pass
assert not {"logging", "typing", "dataclasses", "enum", "threading"} & sys.modules.keys()
"""


def test_a_program_without_logging_sees_nothing_and_waits_for_no_slow_import() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", SILENT], check=True, capture_output=True, text=True
    )
    assert (finished.stdout, finished.stderr) == ("", "")
