"""nginx as a gateway that answers for itself."""

from __future__ import annotations

import pytest

from certificates import Authority
from command import push
from nginx import nginx
from programs import free_port
from simulated_service import SimulatedService


def test_a_service_that_is_down_may_have_been_pushed_to(
    service: SimulatedService, authority: Authority
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with nginx(nobody, authority.identity()) as server:
        told = push(service.options(server.https, authority))
    assert (told.status, told.http_status, told.attempts) == (26, 502, 1)
    assert told.outcome_unknown
    assert "502 Bad Gateway" in told.message


TOO_LARGE = {
    "nginx says 400": (400, 20, ()),
    "as the API gateway says 494": (
        494,
        25,
        ("error_page 494 = @too_large;", "location @too_large { return 494 'too large'; }"),
    ),
    "nginx closes at once": (400, 20, ("lingering_close off;",)),
}


@pytest.mark.parametrize("length", [40_000, 2_000_000])
@pytest.mark.parametrize("case", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_token_that_nginx_does_not_take_is_refused_by_its_answer(
    case: tuple[int, int, tuple[str, ...]],
    length: int,
    service: SimulatedService,
    authority: Authority,
) -> None:
    http_status, status, directives = case
    token_file = authority.new_folder() / "token"
    token_file.write_text("A" * length)
    with nginx(service.http, authority.identity(), *directives) as server:
        options = service.options(server.https, authority)
        told = push(options | {"token_file": str(token_file)})
    assert (told.status, told.http_status, told.attempts) == (status, http_status, 1)
    assert not told.outcome_unknown
    assert service.received() == []
