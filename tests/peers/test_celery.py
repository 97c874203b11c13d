"""Errors that come back from a Celery worker, through a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from celery_worker import application
from command import TOKEN
from examples import CERTIFICATE_ID
from programs import free_port
from recorder import Cutting, Failing, recorder

pytestmark = pytest.mark.timeout(300)  # Celery is installed once.

APPLICATION = Path(__file__).with_name("celery_push.py")

Push = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=["json", "pickle"])
def push(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Push]:
    """What comes back of a push to each endpoint, plain and in other words, by this serializer."""
    variables = {"RESULT_SERIALIZER": request.param, "TOKEN": TOKEN}
    with application(APPLICATION, tmp_path, **variables) as app, app.worker():
        yield lambda *endpoints: app.run(str(APPLICATION), *endpoints)


def test_a_push_that_may_have_happened_comes_back_so(push: Push) -> None:
    with recorder(Cutting) as cutting, recorder(Failing) as failing:
        told = push(cutting.url, failing.url)
        assert [len(server.requests) for server in (cutting, failing)] == [2, 2]
    lost, lost_again, failed, failed_again = told
    for one, kind in ((lost, "ConnectionLost"), (failed, "ServerError")):
        assert one["class"] == f"certpush.{kind}"
        assert one["outcome_unknown"] is True
        assert one["outcome"] == "unknown"
        assert one["retryable"] is False
        assert one["attempts"] == 1
        assert one["certificate_id"] == CERTIFICATE_ID
    for one, again in ((lost, lost_again), (failed, failed_again)):
        assert again["class"] == one["class"]
        assert again["message"].endswith(one["message"].partition("push of ")[2])
        assert again["outcome_unknown"] is True
        assert again["retryable"] is False


def test_a_push_that_provably_did_not_happen_comes_back_so(push: Push) -> None:
    refused, refused_again = push(f"http://127.0.0.1:{free_port()}")
    assert refused["class"] == refused_again["class"] == "certpush.ConnectError"
    assert refused["outcome"] == refused_again["outcome"] == "not_pushed"
    assert (refused["retryable"], refused["attempts"], refused["phase"]) == (True, 1, "connect")
    # Raised anew without its fields, it is not known whether trying again may help.
    assert (refused_again["retryable"], refused_again["attempts"]) == (False, 0)
