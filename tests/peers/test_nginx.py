"""The demo programs, in every language, through nginx with TLS.

A server that nobody here wrote reads the request, checks it and forwards it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from certificates import Authority
from command import TOKEN
from examples import CERTIFICATE_ID, Example, examples, run
from nginx import Nginx, nginx
from simulated_service import SimulatedService

every_example = pytest.mark.parametrize("example", examples(), ids=lambda example: example.language)


@pytest.fixture
def relay(service: SimulatedService, authority: Authority) -> Iterator[Nginx]:
    """The simulated service behind nginx."""
    protocols = "ssl_protocols TLSv1.2 TLSv1.3;"
    with nginx(service.http, authority.identity(), protocols) as relay:
        yield relay


@every_example
def test_a_push_goes_through_nginx(
    example: Example, relay: Nginx, service: SimulatedService, authority: Authority
) -> None:
    done = run(example, **service.options(relay.https, authority))
    assert done.returncode == 0, done.stdout
    (request,) = service.received()
    assert request["method"] == "POST"
    assert request["path"] == f"/v3/scm/certificates/{CERTIFICATE_ID}/push"
    assert request["answered"] == 204
    expected = f"POST {request['path']} HTTP/1.1 204 application/json TLSv1.3 NONE"
    assert relay.log(1) == [expected]


@every_example
def test_a_refusal_comes_back_through_nginx(
    example: Example, relay: Nginx, service: SimulatedService, authority: Authority
) -> None:
    refused = authority.new_folder() / "refused-token"
    refused.write_text(TOKEN[::-1])
    options = service.options(relay.https, authority) | {"token_file": str(refused)}
    done = run(example, **options)
    assert done.returncode != 0
    assert "decrypt token fail" in done.stdout
    assert TOKEN[::-1] not in done.stdout
