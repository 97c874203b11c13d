"""Tokens from a real OpenStack Keystone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certpush
import pytest

from command import push
from examples import CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE, simulator
from openstack import Keystone, keystone
from programs import ended
from simulated_service import SimulatedService

pytestmark = pytest.mark.timeout(900)  # Keystone is 200 MB and has a database to set up.

REFUSED = "The request you have made requires authentication."
UNAUTHORIZED = "POST /v3/auth/tokens 401 UNAUTHORIZED"


@pytest.fixture(scope="module")
def running_keystone() -> Iterator[Keystone]:
    with keystone() as running:
        yield running


@pytest.fixture
def iam(running_keystone: Keystone) -> Keystone:
    """The running Keystone, which has forgotten its answers to other tests."""
    (running_keystone.folder / "answers").unlink(missing_ok=True)
    return running_keystone


@pytest.fixture
def scm(tmp_path: Path) -> Iterator[SimulatedService]:
    """A simulated service that takes any token: Keystone's it cannot judge."""
    ca_file = tmp_path / "ca.pem"
    process = subprocess.Popen(
        [*simulator(), "--stop-on-stdin-eof", "--any-token", "--ca-file", ca_file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process, ended(process):
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield SimulatedService(ready["http"], ready["https"], ca_file, tmp_path / "no-token")


def where(scm: SimulatedService) -> dict[str, str]:
    return {"endpoint": scm.https, "ca_file": str(scm.ca_file)}


def client_of(options: dict[str, Any]) -> certpush.Client:
    return certpush.Client(**options)


def test_keystones_token_is_what_a_push_brings(iam: Keystone, scm: SimulatedService) -> None:
    told = push(where(scm) | iam.options())
    assert (told.status, told.http_status, told.attempts) == (0, 204, 1)
    (request,) = scm.received()
    token = dict(request["headers"])["x-auth-token"]
    assert iam.answers() == [f"POST /v3/auth/tokens 201 CREATED {token}"]
    assert scm.has_been_pushed_to()


def test_a_wrong_password_is_refused_in_keystones_own_words(
    iam: Keystone, scm: SimulatedService
) -> None:
    told = push(where(scm) | iam.options(password="not.the.password"))
    assert (told.status, told.phase, told.http_status) == (4, "credentials", 401)
    assert REFUSED in told.message
    assert not told.retryable
    assert iam.answers() == [UNAUTHORIZED]
    assert scm.received() == []


def test_a_project_that_is_not_there_is_refused(iam: Keystone, scm: SimulatedService) -> None:
    told = push(where(scm) | iam.options(project="nothing"))
    assert (told.status, told.http_status, told.attempts) == (4, 401, 0)
    assert scm.received() == []


def test_a_thousand_pushes_with_a_wrong_password_reach_keystone_once(
    iam: Keystone, scm: SimulatedService
) -> None:
    with client_of(where(scm) | iam.options(password="not.the.password")) as client:
        for _ in range(1000):
            with pytest.raises(certpush.CredentialsRefused, match=REFUSED):
                client.push(CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
    assert iam.answers() == [UNAUTHORIZED]
    assert scm.received() == []


def test_a_hundred_pushes_share_one_token(iam: Keystone, scm: SimulatedService) -> None:
    with client_of(where(scm) | iam.options()) as client:
        for _ in range(100):
            client.push(CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
    assert len(iam.answers()) == 1
    assert len(scm.received()) == 100
