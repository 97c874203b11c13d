"""No secret leaves a client, and a client leaves no process."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import certpush
from simulated_service import CERTIFICATE, SimulatedService

SECRET = "do-not-show-this-token-to-anyone-0123456789"


def test_a_client_does_not_show_its_token() -> None:
    client = certpush.Client(region="cn-north-4", token=SECRET)
    for shown in (repr(client), str(client), client.describe()):
        assert "scm.cn-north-4" in shown
        assert SECRET[:8] not in shown


@pytest.mark.parametrize("travel", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_cannot_be_pickled_or_copied(travel: Callable[[Any], Any]) -> None:
    client = certpush.Client(region="cn-north-4", token=SECRET)
    with pytest.raises(TypeError, match=r"^a certpush\.Client cannot be pickled or copied"):
        travel(client)


def test_a_refused_token_is_in_nothing_that_tells_of_it(
    service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(certpush.Unauthorized) as caught:
        service.client(token=SECRET).push(CERTIFICATE, "", "CDN")
    assert caplog.text
    told = [str(caught.value), repr(caught.value), caplog.text, repr(pickle.dumps(caught.value))]
    assert not any(SECRET[:8] in text for text in told)


@pytest.mark.parametrize("name", ["certificate_id", "target_project", "target_service"])
def test_a_token_in_the_wrong_place_is_not_echoed(name: str) -> None:
    client = certpush.Client(region="cn-north-4", token=SECRET)
    push: dict[str, Any] = {
        "certificate_id": CERTIFICATE,
        "target_project": "p",
        "target_service": "ELB",
    }
    with pytest.raises(certpush.InvalidArgument) as caught:
        client.push(**{**push, name: SECRET * 10})
    assert SECRET[:8] not in repr(caught.value)


def test_a_malformed_token_is_not_echoed() -> None:
    with pytest.raises(certpush.InvalidArgument, match="^token ") as caught:
        certpush.Client(region="cn-north-4", token=SECRET + "\n")
    assert SECRET[:8] not in repr(caught.value)
