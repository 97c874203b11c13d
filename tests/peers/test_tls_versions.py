"""TLS 1.2 and 1.3 are spoken, and nothing older."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from certificates import Authority
from command import push
from nginx import WEAK_CIPHERS, nginx
from s_server import WITH_WEAK_CIPHERS, s_server
from simulated_service import SimulatedService


@pytest.mark.parametrize("rsa", [False, True], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_nginx_with_one_version_is_pushed_through(
    version: str, rsa: bool, service: SimulatedService, authority: Authority
) -> None:
    identity = authority.identity(rsa=rsa)
    with nginx(service.http, identity, f"ssl_protocols {version};") as server:
        told = push(service.options(server.https, authority))
        (line,) = server.log(1)
    assert (told.status, told.attempts) == (0, 1)
    assert line.endswith(f"204 application/json {version} NONE")
    assert service.has_been_pushed_to()


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_nginx_with_an_old_version_is_refused(
    version: str, service: SimulatedService, authority: Authority
) -> None:
    old = (f"ssl_protocols {version};", WEAK_CIPHERS)
    with nginx(service.http, authority.identity(), *old) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.phase, told.outcome_unknown) == (12, "tls", False)
    assert "version or cipher of TLS that is safe" in told.message
    assert service.received() == []


@pytest.mark.parametrize(
    "options",
    [("-tls1",), ("-tls1_1",), ("-tls1_2", "-cipher", "AES128-SHA")],
    ids=["TLS 1.0", "TLS 1.1", "TLS 1.2 with an old cipher"],
)
def test_openssl_with_an_old_version_or_cipher_is_refused(
    options: tuple[str, ...], service: SimulatedService, authority: Authority
) -> None:
    with s_server(authority.identity(rsa=True), *WITH_WEAK_CIPHERS, *options) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.phase, told.outcome_unknown) == (12, "tls", False)
    assert "version or cipher of TLS that is safe" in told.message


def test_new_keys_before_the_answer_are_taken(
    service: SimulatedService, authority: Authority
) -> None:
    show_messages = ("-tls1_3", "-msg")
    with s_server(authority.identity(), *show_messages) as server, ThreadPoolExecutor() as pool:
        pushing = pool.submit(push, service.options(server.https, authority))
        server.read_until(b'"target_service":"ELB"}')
        server.type(b"K\n")
        server.read_until(b">>> TLS 1.3, Handshake [length 0005], KeyUpdate")
        server.type(b"HTTP/1.1 204 No Content\r\n\r\n")
        told = pushing.result()
    assert (told.status, told.http_status, told.attempts) == (0, 204, 1)


def test_a_port_without_tls_is_told(service: SimulatedService, authority: Authority) -> None:
    with nginx(service.http, None) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.phase, told.outcome_unknown) == (12, "tls", False)
    assert "does not speak TLS on this port" in told.message
    assert service.received() == []


def test_a_port_with_tls_that_is_taken_for_plain_http_is_told(
    service: SimulatedService, authority: Authority
) -> None:
    with nginx(service.http, authority.identity()) as server:
        told = push(service.options(server.http))
    assert (told.status, told.http_status, told.outcome_unknown) == (20, 400, False)
    assert "plain HTTP request was sent to HTTPS port" in told.message
    assert service.received() == []
