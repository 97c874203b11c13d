"""A proxy from the environment: squid, which alone knows the endpoint's name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from certificates import Authority
from command import push
from nginx import Nginx, nginx
from programs import free_port
from proxies import USER_IN_URL, Access, Proxy, squid
from simulated_service import SimulatedService

HOST = "scm.certpush.test"


@pytest.fixture
def named(service: SimulatedService, authority: Authority) -> Iterator[Nginx]:
    """The service under a name that is not this machine's."""
    with nginx(service.http, authority.identity(HOST)) as named:
        yield named


def options(named: Nginx, service: SimulatedService, authority: Authority) -> dict[str, str]:
    return service.options(f"https://{HOST}:{named.port}", authority)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_environments_proxy_is_used_and_resolves_the_name(
    name: str, named: Nginx, service: SimulatedService, authority: Authority
) -> None:
    with squid(Access.WITH_PASSWORD, hosts=f"127.0.0.1 {HOST}\n") as proxy:
        variables = {name: proxy.url(USER_IN_URL), "HTTP_PROXY": Proxy(free_port()).url()}
        told = push(options(named, service, authority), variables)
    assert (told.status, told.attempts) == (0, 1)
    assert proxy.log.count(f"CONNECT {HOST}:{named.port} ") == 1
    assert service.has_been_pushed_to()


@pytest.mark.parametrize(
    "exempt",
    [{"NO_PROXY": ".certpush.test"}, {"no_proxy": f"other.example, {HOST}"}],
    ids=["domain", "name in a list"],
)
def test_no_proxy_goes_direct(
    exempt: dict[str, str], named: Nginx, service: SimulatedService, authority: Authority
) -> None:
    # Nobody but the proxy could resolve the name; to wait for a slow name server is not the test.
    variables = {"HTTPS_PROXY": Proxy(free_port()).url()} | exempt
    given = options(named, service, authority) | {"retries": "0", "timeout_ms": "2000"}
    told = push(given, variables)
    assert told.phase == "resolve"
    assert not told.outcome_unknown


def test_this_machine_is_never_reached_through_the_environments_proxy(
    service: SimulatedService,
) -> None:
    nobody = Proxy(free_port()).url()
    told = push(service.options(), {"HTTPS_PROXY": nobody, "HTTP_PROXY": nobody})
    assert told.status == 0
    assert service.has_been_pushed_to()
