"""Mutual TLS: the client shows a certificate, or is told that it must."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from certificates import NOW, Authority, Identity
from command import Told, push
from nginx import nginx
from programs import openssl
from s_server import s_server
from simulated_service import SimulatedService

every_version = pytest.mark.parametrize("version", ["1.2", "1.3"], ids="TLS {}".format)


def required_by_nginx(authority: Authority, version: str) -> tuple[str, ...]:
    return (
        f"ssl_protocols TLSv{version};",
        f"ssl_client_certificate {authority.ca_file};",
        "ssl_verify_client on;",
    )


def required_by_openssl(authority: Authority, version: str) -> tuple[str | Path, ...]:
    must = ("-Verify", "1", "-verify_return_error", "-CAfile", authority.ca_file)
    return (f"-tls{version.replace('.', '_')}", *must)


def key_in_format(authority: Authority, name: str) -> Identity:
    """A client certificate with its key in one of the formats that OpenSSL writes."""
    issued = authority.identity("client.example", rsa=name in ("PKCS#1", "PKCS#8 RSA"))
    key = issued.key.with_name("converted.pem")
    form = [] if name.startswith("PKCS#8") else ["-traditional"]
    openssl("pkey", "-in", issued.key, "-out", key, *form)
    first_line = {"PKCS#1": "RSA PRIVATE KEY", "SEC1": "EC PRIVATE KEY"}.get(name, "PRIVATE KEY")
    assert key.read_text().startswith(f"-----BEGIN {first_line}-----\n")
    return Identity(issued.certificate, key)


@every_version
@pytest.mark.parametrize("name", ["PKCS#8", "PKCS#8 RSA", "PKCS#1", "SEC1"])
def test_nginx_accepts_a_key_in_every_format(
    name: str, version: str, service: SimulatedService, authority: Authority
) -> None:
    required = required_by_nginx(authority, version)
    with nginx(service.http, authority.identity(), *required) as server:
        shown = key_in_format(authority, name).options()
        told = push(service.options(server.https, authority) | shown)
        (line,) = server.log(1)
    assert told.status == 0
    assert line.endswith(f"204 application/json TLSv{version} SUCCESS")
    assert service.has_been_pushed_to()


@every_version
def test_nginx_refuses_a_client_without_a_certificate_in_http(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    required = required_by_nginx(authority, version)
    with nginx(service.http, authority.identity(), *required) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.http_status, told.outcome_unknown) == (20, 400, False)
    assert "No required SSL certificate was sent" in told.message
    assert service.received() == []


@every_version
def test_nginx_refuses_another_authoritys_certificate_in_http(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    required = required_by_nginx(authority, version)
    shown = Authority(authority.new_folder()).identity("client.example").options()
    with nginx(service.http, authority.identity(), *required) as server:
        told = push(service.options(server.https, authority) | shown)
    assert (told.status, told.http_status, told.outcome_unknown) == (20, 400, False)
    assert "The SSL certificate error" in told.message
    assert service.received() == []


def pushed_through_openssl(
    version: str, options: dict[str, str], service: SimulatedService, authority: Authority
) -> Told:
    required = required_by_openssl(authority, version)
    with s_server(authority.identity(), *required) as server:
        return push(service.options(server.https, authority) | options)


def assert_refused_before_anything_was_pushed(told: Told) -> None:
    assert (told.status, told.phase, told.attempts) == (12, "tls", 1)
    assert not told.outcome_unknown
    assert not told.retryable


@every_version
@pytest.mark.parametrize("length", [2000, 2_000_000])
def test_openssl_refuses_a_client_without_a_certificate(
    length: int, version: str, service: SimulatedService, authority: Authority
) -> None:
    # Under TLS 1.3 the refusal comes while the request is being sent, or after it.
    token_file = authority.new_folder() / "token"
    token_file.write_text("A" * length)
    token = {"token_file": str(token_file)}
    told = pushed_through_openssl(version, token, service, authority)
    assert_refused_before_anything_was_pushed(told)
    assert "requires a client certificate" in told.message


@every_version
def test_openssl_refuses_another_authoritys_certificate(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    shown = Authority(authority.new_folder()).identity("client.example").options()
    told = pushed_through_openssl(version, shown, service, authority)
    assert_refused_before_anything_was_pushed(told)
    assert "does not trust the client certificate's authority" in told.message


@every_version
def test_openssl_refuses_an_expired_certificate(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    expired = authority.identity("client.example", not_after=NOW - timedelta(minutes=5))
    told = pushed_through_openssl(version, expired.options(), service, authority)
    assert_refused_before_anything_was_pushed(told)
    assert "client certificate has expired" in told.message


@every_version
def test_openssl_accepts_a_certificate_and_its_answer_is_read(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    shown = authority.identity("client.example").options()
    required = required_by_openssl(authority, version)
    with s_server(authority.identity(), *required) as server, ThreadPoolExecutor() as pool:
        pushing = pool.submit(push, service.options(server.https, authority) | shown)
        server.read_until(b'"target_service":"ELB"}')
        server.type(b"HTTP/1.1 204 No Content\r\n\r\n")
        told = pushing.result()
    assert (told.status, told.http_status, told.attempts) == (0, 204, 1)
