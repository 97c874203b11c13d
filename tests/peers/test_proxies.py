"""Through squid and tinyproxy."""

from __future__ import annotations

import pytest

from certificates import Authority
from command import TOKEN, Told, push
from programs import free_port
from proxies import PASSWORD, USER_IN_URL, Access, Proxy, StartProxy, squid, tinyproxy
from simulated_service import SimulatedService

every_proxy = pytest.mark.parametrize("start", [squid, tinyproxy])


def in_plain_http(service: SimulatedService, proxy: Proxy, user: str = "") -> dict[str, str]:
    return service.options(service.http) | {"allow_http": "true", "proxy": proxy.url(user)}


def assert_refused_by_the_proxy(told: Told) -> None:
    assert (told.status, told.phase, told.attempts) == (13, "proxy", 1)
    assert not told.outcome_unknown
    assert not told.retryable


@every_proxy
@pytest.mark.parametrize(
    ("access", "user"),
    [(Access.ALL, ""), (Access.WITH_PASSWORD, USER_IN_URL)],
    ids=["free", "with password"],
)
def test_https_goes_through_one_tunnel_that_shows_no_token(
    access: Access, user: str, start: StartProxy, service: SimulatedService
) -> None:
    with start(access) as proxy:
        told = push(service.options() | {"proxy": proxy.url(user)})
    assert (told.status, told.attempts) == (0, 1)
    assert service.has_been_pushed_to()
    tunnel = f"CONNECT {service.https.removeprefix('https://')} "
    assert proxy.log.count("CONNECT 127.0.0.1") == proxy.log.count(tunnel) == 1
    assert TOKEN[:32] not in proxy.log


@every_proxy
def test_a_certificate_is_verified_through_a_tunnel(
    start: StartProxy, service: SimulatedService, authority: Authority
) -> None:
    with start(Access.ALL) as proxy:
        told = push(service.options(authority=authority) | {"proxy": proxy.url()})
    assert (told.status, told.phase, told.outcome_unknown) == (12, "tls", False)
    assert "unknown CA" in told.message
    assert service.received() == []


@every_proxy
@pytest.mark.parametrize("user", ["", "pusher:wrong"], ids=["no password", "wrong password"])
def test_a_password_is_asked_for_once(
    user: str, start: StartProxy, service: SimulatedService
) -> None:
    # A repeat could lock the account.
    with start(Access.WITH_PASSWORD) as proxy:
        told = push(service.options() | {"proxy": proxy.url(user)})
    assert_refused_by_the_proxy(told)
    assert "user name and password" in told.message
    assert proxy.log.count("CONNECT 127.0.0.1") == 1
    assert service.tls_connections() == 0


@every_proxy
def test_a_target_that_the_proxy_does_not_allow_is_told(
    start: StartProxy, service: SimulatedService
) -> None:
    with start(Access.NO_TUNNEL) as proxy:
        told = push(service.options() | {"proxy": proxy.url()})
    assert_refused_by_the_proxy(told)
    assert "403" in told.message
    assert service.tls_connections() == 0


@every_proxy
def test_a_target_that_the_proxy_does_not_reach_is_tried_again(
    start: StartProxy, service: SimulatedService
) -> None:
    nobody = f"https://127.0.0.1:{free_port()}"
    options = service.options(nobody) | {"retries": "1", "retry_base_ms": "1"}
    with start(Access.ALL) as proxy:
        told = push(options | {"proxy": proxy.url()})
    assert (told.status, told.phase, told.attempts) == (13, "proxy", 2)
    assert told.retryable
    assert not told.outcome_unknown


def test_a_proxy_that_does_not_run_is_tried_again(service: SimulatedService) -> None:
    nobody = Proxy(free_port()).url()
    options = service.options() | {"retries": "1", "retry_base_ms": "1"}
    told = push(options | {"proxy": nobody})
    assert (told.status, told.phase, told.attempts) == (13, "proxy", 2)
    assert nobody in told.message
    assert told.retryable
    assert not told.outcome_unknown
    assert service.tls_connections() == 0


@every_proxy
@pytest.mark.parametrize(
    ("access", "user"),
    [(Access.ALL, ""), (Access.WITH_PASSWORD, USER_IN_URL)],
    ids=["free", "with password"],
)
def test_http_goes_through_a_proxy_in_the_absolute_form(
    access: Access, user: str, start: StartProxy, service: SimulatedService
) -> None:
    with start(access) as proxy:
        told = push(in_plain_http(service, proxy, user))
    assert (told.status, told.http_status, told.attempts) == (0, 204, 1)
    (request,) = service.received()
    assert proxy.log.count(f"POST {service.http}{request['path']} ") == 1
    assert PASSWORD not in str(request["headers"])


@every_proxy
def test_a_password_for_plain_http_is_asked_for_once(
    start: StartProxy, service: SimulatedService
) -> None:
    with start(Access.WITH_PASSWORD) as proxy:
        told = push(in_plain_http(service, proxy))
    assert_refused_by_the_proxy(told)
    assert told.http_status == 407
    assert proxy.log.count(f"POST {service.http}") == 1
    assert service.received() == []


@pytest.mark.parametrize(
    ("start", "status", "http_status"), [(squid, 13, 407), (tinyproxy, 21, 401)]
)
def test_a_wrong_password_for_plain_http_is_tried_once(
    start: StartProxy, status: int, http_status: int, service: SimulatedService
) -> None:
    # Nobody can tell tinyproxy's 401 from the service's.
    with start(Access.WITH_PASSWORD) as proxy:
        told = push(in_plain_http(service, proxy, "pusher:wrong"))
    assert (told.status, told.http_status, told.attempts) == (status, http_status, 1)
    assert not told.outcome_unknown
    assert not told.retryable
    assert proxy.log.count(f"POST {service.http}") == 1
    assert service.received() == []


@every_proxy
def test_a_proxy_that_does_not_reach_a_plain_target_leaves_it_open(
    start: StartProxy, service: SimulatedService
) -> None:
    # The proxy answers in the service's place, and has had the whole request.
    nobody = f"http://127.0.0.1:{free_port()}"
    with start(Access.ALL) as proxy:
        told = push(in_plain_http(service, proxy) | {"endpoint": nobody})
    assert (told.status, told.attempts) == (26, 1)
    assert told.outcome_unknown


def test_a_log_of_headers_has_the_token_of_plain_http(service: SimulatedService) -> None:
    # So that its absence from the log of a tunnel means something.
    with squid(Access.ALL) as proxy:
        push(in_plain_http(service, proxy))
    assert TOKEN in proxy.log
