"""Options: from where, in which form, and which of them count."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import certpush
from certpush._certpush import OPTIONS
from raw_server import RawServer
from simulated_service import CERTIFICATE, TOKEN, SimulatedService

ENDPOINT: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "token": "t" * 32}


def test_seconds_are_milliseconds() -> None:
    in_seconds = certpush.Client(**ENDPOINT, timeout=2.3, connect_timeout=1)
    in_milliseconds = certpush.Client(**ENDPOINT, timeout_ms=2300, connect_timeout_ms=1000)
    assert "2300 ms" in in_seconds.describe()
    assert in_seconds.describe() == in_milliseconds.describe()


@pytest.mark.parametrize("key", [key for key, _ in OPTIONS if key.endswith("_ms")])
def test_an_option_is_given_in_seconds_or_in_milliseconds(key: str) -> None:
    in_seconds = key[: -len("_ms")]
    both: dict[str, Any] = {in_seconds: 1, key: 1000}
    with pytest.raises(certpush.ConfigError, match=f"^{in_seconds} and {key} exclude each other"):
        certpush.Client(**ENDPOINT, **both)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout", 0),
        ("timeout", float("nan")),
        ("timeout_ms", -5),
        pytest.param("timeout_ms", 10**5000, id="huge"),
        ("max_idle_connections", 1025),
        ("trust", "nobody"),
        ("region", "cn-nowhere-1"),
        ("language", "en\nus"),
    ],
)
def test_a_refused_value_is_told_by_name(key: str, value: Any) -> None:
    options = {**ENDPOINT, key: value}
    if key == "region":
        del options["endpoint"]
    with pytest.raises(certpush.ConfigError, match=key) as caught:
        certpush.Client(**options)
    assert caught.value.phase == "config"


@pytest.mark.parametrize("value", [-1, -0.5, 1e9, float("inf"), float("nan"), 10**400])
@pytest.mark.parametrize("key", ["timeout", "connect_timeout", "retry_base", "idle_timeout"])
def test_seconds_are_refused_as_seconds(key: str, value: float) -> None:
    with pytest.raises(certpush.ConfigError) as caught:
        certpush.Client(**{**ENDPOINT, key: value})
    first, *words = caught.value.message.split()
    assert first == key
    assert (words[-4:-2], words[-1]) == (["but", "is"], "s")


def test_options_that_exclude_each_other_are_both_named() -> None:
    with pytest.raises(certpush.ConfigError, match="option region and option endpoint"):
        certpush.Client(**ENDPOINT, region="cn-north-4")


def test_a_token_outside_its_limits_is_an_invalid_argument() -> None:
    with pytest.raises(certpush.InvalidArgument, match="^token must have 32 to"):
        certpush.Client(region="cn-north-4", token="t" * 31)


def test_none_counts_as_not_given() -> None:
    client = certpush.Client(**ENDPOINT, region=None, timeout=None, timeout_ms=7, trust_env=False)
    assert "7 ms" in client.describe()


def test_a_path_may_be_an_object_or_text(service: SimulatedService, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN + "\n")
    for path in (token_file, str(token_file)):
        client = service.client(token=None, token_file=path)
        assert client.push(CERTIFICATE, "", "CDN").http_status == 204


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(certpush.ConfigError, match="/no/such/file"):
        certpush.Client(region="cn-north-4", token_file="/no/such/file")


def test_a_client_reads_the_environment_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTPUSH_REGION", "eu-west-101")
    monkeypatch.setenv("CERTPUSH_TOKEN", "t" * 32)
    with pytest.raises(certpush.ConfigError, match="no region or endpoint"):
        certpush.Client()
    assert "scm.eu-west-101" in certpush.Client(trust_env=True).describe()


def test_a_keyword_hides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTPUSH_TIMEOUT_MS", "1000")
    monkeypatch.setenv("CERTPUSH_REGION", "eu-west-101")
    monkeypatch.setenv("CERTPUSH_TOKEN_FILE", "/no/such/file")
    client = certpush.Client(trust_env=True, timeout=5, **ENDPOINT)
    assert "5000 ms for a call" in client.describe()
    assert "127.0.0.1" in client.describe()


def test_a_bad_variable_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTPUSH_ALLOW_HTTP", "perhaps")
    with pytest.raises(certpush.ConfigError, match="CERTPUSH_ALLOW_HTTP"):
        certpush.Client(trust_env=True, **ENDPOINT)


def test_a_call_may_have_its_own_timeout(raw: RawServer) -> None:
    client = certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=60)
    with pytest.raises(certpush.Timeout, match="after 500 ms") as caught:
        client.push(CERTIFICATE, "", "CDN", timeout=0.5)
    assert caught.value.outcome_unknown
    assert caught.value.phase == "receive"


def test_a_number_that_is_no_float_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="^timeout must be float or int, not Decimal$"):
        certpush.Client(**ENDPOINT, timeout=Decimal(1))  # type: ignore[arg-type]
