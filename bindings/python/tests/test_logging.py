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
    assert line.startswith("push ")
    assert line.endswith('message="' + receipt.message + '"')
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


def test_a_record_has_every_field_and_a_message_that_is_the_same_for_all_of_a_kind(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "certpush")
    client = service.client()
    receipts = [client.push(*PUSH), client.push(CERTIFICATE, None, "CDN")]
    all_told: list[certpush.Receipt | certpush.Error] = [*receipts]
    for project in ("none", "neither"):
        with pytest.raises(certpush.BadRequest) as caught:
            client.push(CERTIFICATE, project, "ELB")
        all_told.append(caught.value)
    messages = [record.msg for record in caplog.records]
    assert messages[0] == messages[1] != messages[2] == messages[3]
    assert "status=CERTPUSH_BAD_REQUEST outcome=not_pushed" in messages[2]
    assert CERTIFICATE not in messages[0]
    for record, told in zip(caplog.records, all_told):
        attributes = vars(record)
        for name, value in told.to_dict().items():
            if name == "message":
                assert str(value) in record.getMessage()
            elif name == "retry_after_ms":
                assert attributes[name] is None
            else:
                assert attributes[name] == value, name
        assert attributes["operation"] == "push"
        assert attributes["outcome"] == ("pushed" if told in receipts else "not_pushed")
        assert 0 <= attributes["milliseconds"] < 20_000


def test_a_connection_that_is_made_is_a_debug_line(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "certpush")
    with service.client() as client:
        client.push(*PUSH)
        client.push(*PUSH)
    connected, _, _ = caplog.records
    assert [record.levelname for record in caplog.records] == ["DEBUG", "INFO", "INFO"]
    host = service.https.rpartition("/")[2]
    assert connected.msg == "connected host=%s address=%s proxy=%s tls=%s ms=%s"
    assert f"connected host={host} address={host} proxy=- tls=1.3 ms=" in connected.getMessage()
    attributes = vars(connected)
    assert (attributes["host"], attributes["tls"], attributes["proxy"]) == (host, "1.3", "")
    assert attributes["milliseconds"] >= 0
    caplog.clear()
    caplog.set_level(logging.INFO, "certpush")
    with service.client() as client:
        client.connect()
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_a_connection_of_a_run_is_told_on_the_thread_that_iterates(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "certpush")
    list(service.client(jobs=2).push_all([PUSH, (CERTIFICATE, None, "CDN")]))
    levels = [record.levelname for record in caplog.records]
    assert levels.count("INFO") == 2
    assert levels.count("DEBUG") == service.saw("connections")["https"]
    assert {record.filename for record in caplog.records} == {"test_logging.py"}


def test_a_warning_is_told_without_fields_of_a_push(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    service.client(endpoint=f"{service.https}/v3/scm")
    [record] = caplog.records
    assert (record.levelname, record.msg) == ("WARNING", "warning %s")
    assert "the endpoint's path ends in" in record.getMessage()


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
