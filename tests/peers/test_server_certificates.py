"""Each fault of a server's certificate is told in its own words, and nothing is sent after one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Union

import pytest

from certificates import FAULTS, Authority, Fault, Identity
from command import push
from nginx import WEAK_CIPHERS, Nginx, nginx
from s_server import WITH_WEAK_CIPHERS, SServer, s_server
from simulated_service import SimulatedService

Start = Callable[[SimulatedService, Identity], AbstractContextManager[Union[Nginx, SServer]]]

SERVERS: dict[str, Start] = {
    "nginx": lambda service, identity: nginx(service.http, identity, WEAK_CIPHERS),
    "OpenSSL": lambda _, identity: s_server(identity, *WITH_WEAK_CIPHERS),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("start", SERVERS.values(), ids=SERVERS)
def test_a_certificate_is_refused(
    start: Start, fault: Fault, service: SimulatedService, authority: Authority
) -> None:
    with start(service, fault.make(authority)) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.phase, told.attempts) == (12, "tls", 1)
    assert not told.outcome_unknown
    assert not told.retryable
    assert fault.words in told.message
    assert service.received() == []
