"""Every kind of credential, against the simulated IAM, metadata service and verifier."""

from __future__ import annotations

import json
import logging
import pickle
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import certpush
from simulated_service import (
    ACCESS_KEY,
    CERTIFICATE,
    DOMAIN_ID,
    PASSWORD,
    SECRET_KEY,
    TOKEN,
    USER,
    SimulatedService,
)

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")
WRONG_PASSWORD = "not-the-password-of-anyone"
WRONG_SECRET_KEY = "not-the-secret-key-of-anyone"


def client_of(service: SimulatedService, **credentials: Any) -> certpush.Client:
    """A client with these credentials, which finds IAM where the service is."""
    return service.client(token=None, iam_endpoint=service.https, **credentials)


def temporary_keys(service: SimulatedService) -> dict[str, str]:
    """The keys of the simulated machine's agency, as options."""
    asked = urllib.request.Request(
        f"{service.http}/meta-data/latest/api/token",
        method="PUT",
        headers={"X-Metadata-Token-Ttl-Seconds": "60"},
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        token = answer.read().decode()
    asked = urllib.request.Request(
        f"{service.http}/openstack/latest/securitykey", headers={"X-Metadata-Token": token}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        keys = json.load(answer)["credential"]
    return {
        "access_key": keys["access"],
        "secret_key": keys["secret"],
        "security_token": keys["securitytoken"],
    }


def test_a_password_gets_one_token_for_many_pushes(service: SimulatedService) -> None:
    with client_of(service, **USER, user_password=PASSWORD) as client:
        for _ in range(5):
            client.push(*PUSH)
    counts = service.saw("iam")
    assert (counts["token_requests"], counts["tokens_issued"]) == (1, 1)


def test_a_password_comes_from_a_file(service: SimulatedService, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    client_of(service, **USER, user_password_file=path).push(*PUSH)
    assert service.saw("iam")["tokens_issued"] == 1


def test_a_wrong_password_reaches_iam_once(service: SimulatedService) -> None:
    client = client_of(service, **USER, user_password=WRONG_PASSWORD)
    for _ in range(1000):
        with pytest.raises(certpush.CredentialsRefused) as caught:
            client.push(*PUSH)
        assert caught.value.service_message == "The username or password is wrong."
        assert (caught.value.http_status, caught.value.attempts) == (401, 0)
        assert not caught.value.outcome_unknown
    assert service.saw("iam")["token_requests"] == 1
    assert service.saw("pushed") == []


def test_an_access_key_signs_and_its_account_is_looked_up_once(service: SimulatedService) -> None:
    with client_of(service, access_key=ACCESS_KEY, secret_key=SECRET_KEY) as client:
        for _ in range(3):
            client.push(*PUSH)
    counts = service.saw("iam")
    assert (counts["domain_requests"], counts["signatures_refused"]) == (1, 0)


def test_a_temporary_key_signs_with_its_security_token(service: SimulatedService) -> None:
    client_of(service, **temporary_keys(service), domain_id=DOMAIN_ID).push(*PUSH)
    assert len(service.saw("pushed")) == 1


def test_a_machine_has_keys_of_its_own(service: SimulatedService) -> None:
    metadata = {"credentials": "metadata", "metadata_endpoint": service.http}
    with client_of(service, **metadata) as client:
        client.push(*PUSH)
        client.push(*PUSH)
    assert service.saw("iam")["instance_key_requests"] == 1


def test_the_official_sdks_profile_is_read(service: SimulatedService, tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(f"[mine]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\n")
    client = client_of(service, profile_file=path, profile="mine")
    client.push(*PUSH)
    assert "[mine]" in client.describe()


def test_the_official_sdks_variables_are_read(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", SECRET_KEY)
    client = client_of(service)
    client.push(*PUSH)
    assert "HUAWEICLOUD_SDK_AK" in client.describe()


def test_two_kinds_of_credential_are_both_named(service: SimulatedService) -> None:
    with pytest.raises(certpush.ConfigError, match="option token_file and option access_key"):
        client_of(service, token_file="token", access_key=ACCESS_KEY, secret_key=SECRET_KEY)


@pytest.mark.parametrize(
    ("half", "missing"),
    [
        ({"access_key": ACCESS_KEY}, "secret_key"),
        ({"secret_key": SECRET_KEY}, "access_key"),
        ({**USER}, "user_password"),
        ({"user_name": "u", "user_password": PASSWORD}, "user_domain"),
    ],
)
def test_half_a_credential_is_refused_by_what_is_missing(
    half: dict[str, Any], missing: str, service: SimulatedService
) -> None:
    with pytest.raises(certpush.ConfigError, match=missing):
        client_of(service, **half)


def test_without_any_the_message_says_where_was_looked(service: SimulatedService) -> None:
    with pytest.raises(certpush.NoCredentials, match="CERTPUSH_"):
        client_of(service, credentials="token")


def test_the_chain_ends_at_a_metadata_service_that_is_not_there(
    service: SimulatedService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    client = client_of(service, metadata_endpoint="http://127.0.0.1:1", retries=0)
    with pytest.raises(certpush.NoCredentials, match=r"\.huaweicloud.*the metadata service"):
        client.push(*PUSH)


def test_a_push_of_its_own_takes_keys_but_no_password(service: SimulatedService) -> None:
    options: dict[str, Any] = {
        "endpoint": service.https,
        "iam_endpoint": service.https,
        "ca_file": service.ca_file,
    }
    password: dict[str, Any] = {**options, **USER, "user_password": PASSWORD}
    with pytest.raises(certpush.ConfigError, match="lock the account"):
        certpush.push(*PUSH, **password)
    certpush.push(*PUSH, **options, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    certpush.push(*PUSH, **options, token_source=lambda: TOKEN)
    assert service.saw("iam")["token_requests"] == 0


@pytest.mark.parametrize(
    "credentials",
    [
        {**USER, "user_password": PASSWORD},
        {**USER, "user_password": WRONG_PASSWORD},
        {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY},
        {"access_key": ACCESS_KEY, "secret_key": WRONG_SECRET_KEY},
        {"access_key": "UNKNOWNACCESSKEY", "secret_key": WRONG_SECRET_KEY},
    ],
    ids=["password", "wrong password", "keys", "wrong secret key", "unknown access key"],
)
def test_no_secret_is_in_anything_that_tells_of_a_client(
    credentials: dict[str, Any], service: SimulatedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(service, **credentials, domain_id=DOMAIN_ID)
    told = [repr(client), str(client), client.describe()]
    try:
        told.append(repr(client.push(*PUSH)))
    except certpush.Error as error:
        told += [str(error), repr(error), repr(pickle.dumps(error))]
    assert caplog.text
    shown = "\n".join([*told, caplog.text])
    for secret in (PASSWORD, WRONG_PASSWORD, SECRET_KEY, WRONG_SECRET_KEY):
        assert secret not in shown
    # Of an access key, as much as tells which it is.
    assert ACCESS_KEY not in shown
    assert "UNKNOWNACCESSKEY" not in shown


def test_of_six_pushes_of_their_own_with_a_wrong_secret_key_one_is_sent(
    service: SimulatedService,
) -> None:
    options: dict[str, Any] = {
        "endpoint": service.https,
        "ca_file": service.ca_file,
        "access_key": ACCESS_KEY,
        "domain_id": DOMAIN_ID,
    }
    attempts = []
    for _ in range(6):
        with pytest.raises(certpush.Unauthorized) as caught:
            certpush.push(*PUSH, **options, secret_key=WRONG_SECRET_KEY)
        attempts.append(caught.value.attempts)
        assert "access key" in caught.value.hint
        assert "token" not in caught.value.hint
    assert attempts == [1, 0, 0, 0, 0, 0]
    assert service.saw("iam")["signatures_refused"] == 1
    certpush.push(*PUSH, **options, secret_key=SECRET_KEY)
