"""The recipe for trio and anyio of docs/python.md, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import certpush
from raw_server import RawServer
from simulated_service import CERTIFICATE, REPOSITORY, SimulatedService

anyio = pytest.importorskip("anyio", reason="anyio is not installed (PyPI anyio)")
trio = pytest.importorskip("trio", reason="trio is not installed (PyPI trio)")

PUSH = (CERTIFICATE, "ap-southeast-3", "ELB")
ENGINES = ["anyio on asyncio", "anyio on trio", "trio"]


def recipe(engine: str) -> Callable[..., Awaitable[certpush.Receipt]]:
    """The documented function, for trio with the names that the page says."""
    page = (REPOSITORY / "docs" / "python.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(import anyio\n.*?)```", page, re.DOTALL)
    assert found
    source = found[1]
    if engine == "trio":
        source = source.replace("import anyio.to_thread\n", "")
        source = source.replace("anyio.create_task_group()", "trio.open_nursery()")
        source = source.replace("anyio.get_cancelled_exc_class()", "trio.Cancelled")
        source = source.replace("anyio", "trio")
    names: dict[str, Any] = {}
    exec(source, names)
    push: Callable[..., Awaitable[certpush.Receipt]] = names["push"]
    return push


def run(engine: str, program: Callable[[], Awaitable[None]]) -> None:
    """Run a program to its end."""
    if engine == "trio":
        trio.run(program)
    else:
        anyio.run(program, backend=engine.rpartition(" ")[2])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_push_gives_its_receipt_or_raises_its_error(
    service: SimulatedService, engine: str
) -> None:
    push = recipe(engine)

    async def program() -> None:
        with service.client() as client:
            assert (await push(client, *PUSH, timeout=20)).http_status == 204
            with pytest.raises(certpush.InvalidArgument):
                await push(client, "", "p", "ELB")

    run(engine, program)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cancelled_scope_stops_the_push_and_its_outcome_is_raised(
    raw: RawServer, engine: str
) -> None:
    push = recipe(engine)
    library = trio if engine == "trio" else anyio

    async def program() -> None:
        client = certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=30)
        with pytest.raises(certpush.Cancelled) as caught, library.fail_after(0.3):
            await push(client, *PUSH)
        assert raw.received.is_set()
        assert caught.value.outcome_unknown
        assert certpush.outcome_of(caught.value) == "unknown"

    run(engine, program)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_failed_sibling_stops_the_push_and_the_group_tells_its_outcome(
    raw: RawServer, engine: str
) -> None:
    push = recipe(engine)
    library = trio if engine == "trio" else anyio

    async def program() -> None:
        client = certpush.Client(endpoint=raw.endpoint, token="t" * 32, timeout=30)
        group = library.open_nursery if engine == "trio" else library.create_task_group

        async def fail() -> None:
            async with group() as tasks:
                tasks.start_soon(push, client, *PUSH)
                await library.to_thread.run_sync(raw.received.wait)
                raise LookupError

        with pytest.raises(Exception) as caught:  # noqa: PT011 - ExceptionGroup is Python 3.11's
            await fail()
        assert len(caught.value.exceptions) == 2  # type: ignore[attr-defined]
        assert certpush.outcome_of(caught.value) == "unknown"

    run(engine, program)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_push_that_was_answered_when_its_scope_was_cancelled_gives_its_receipt(
    service: SimulatedService, engine: str
) -> None:
    push = recipe(engine)
    library = trio if engine == "trio" else anyio

    async def program() -> None:
        with service.client() as client, library.CancelScope() as scope:

            class Slow:
                def push(self, *target: str, **_: object) -> certpush.Receipt:
                    receipt = client.push(*target)
                    library.from_thread.run_sync(scope.cancel)
                    return receipt

            assert (await push(Slow(), *PUSH)).http_status == 204

    run(engine, program)
