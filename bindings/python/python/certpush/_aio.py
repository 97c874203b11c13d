"""The client for asyncio: each call on a thread of the client's own, ended when its await is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, TypeVar, Union

from ._aio_push_all import AsyncPushAll
from ._aio_threads import Call, Threads
from ._batch import BatchResult
from ._certpush import Awaited, Cancel, Client, PushAll, Receipt, Target
from ._error import readable_in_3_9
from ._errors import ConfigError
from ._options import Options

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack
elif sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    Self, Unpack = Any, type  # For typing.get_type_hints().
_Target = Union[Target, tuple[str, Optional[str], str], Mapping[str, Optional[str]]]

_Result = TypeVar("_Result")

#: So many calls are made at the same time, at most.
_MOST = 1000
#: How often a call that waits for a thread looks whether its Cancel was triggered, in seconds.
_TICK = 0.04


class AsyncClient:
    """Pushes certificates to one endpoint with one credential, for asyncio.

    What Client does, with the same options, as coroutines. A client may be shared by any number of
    tasks, event loops and threads. Making one reads the files that the options name, at once, and
    sends nothing. Use it in an async with statement, or await close().

    Each call runs on a thread of the client's own, never on one of the event loop's executor.
    Threads are started when they are needed, kept for ten seconds, and hold up neither the loop nor
    the end of the program. A token source and the handlers of the logger certpush are called on
    them, with the context variables of the task.

    max_concurrency: how many calls are made at the same time, 1 to 1000. Others wait for their
    turn, which counts towards their time.

    Cancelling the task stops the push. The CancelledError comes when the outcome is known, within
    100 ms, and from the certpush.Error that tells it: outcome_of() finds it from there, and from
    the TimeoutError that asyncio.timeout() makes of it.

    Raises what Client does.
    """

    __module__ = "certpush"

    def __init__(
        self,
        *,
        max_concurrency: int = 256,
        trust_env: bool = False,
        token_source: Callable[[], str] | None = None,
        **options: Unpack[Options],
    ) -> None:
        if not isinstance(max_concurrency, int) or isinstance(max_concurrency, bool):
            given = type(max_concurrency).__name__
            raise TypeError(f"max_concurrency must be int, not {given}")
        if not 1 <= max_concurrency <= _MOST:
            raise ConfigError(
                f"max_concurrency must be 1 to {_MOST}, but is {max_concurrency}", phase="config"
            )
        self._client = Client(trust_env=trust_env, token_source=token_source, **options)
        self._threads = Threads(max_concurrency)

    @classmethod
    def from_env(
        cls,
        *,
        max_concurrency: int = 256,
        token_source: Callable[[], str] | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Make a client with options of the environment, and these keywords, which hide it.

        As AsyncClient(trust_env=True, **options).
        """
        return cls(
            max_concurrency=max_concurrency, trust_env=True, token_source=token_source, **options
        )

    async def push(
        self,
        certificate_id: str,
        target_project: str | None,
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
        again: bool = False,
    ) -> Receipt:
        """Push a certificate to a service in a project, and wait for the answer.

        The arguments, the result and the errors are those of Client.push(). The time begins with
        the await.
        """
        fields: dict[str, object] = {
            "certificate_id": certificate_id,
            "target_project": target_project,
            "target_service": target_service,
        }
        push = partial(
            self._client.push, certificate_id, target_project, target_service, again=again
        )
        return await self._made(push, fields, timeout, timeout_ms, cancel)

    async def batch_push(
        self,
        certificate_id: str,
        target_projects: Iterable[str],
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> list[BatchResult]:
        """Push a certificate to several projects by one request, and wait for the answer.

        The arguments, the results and the errors are those of Client.batch_push(). The time begins
        with the await.
        """
        if not isinstance(target_projects, str) and isinstance(target_projects, Iterable):
            target_projects = tuple(target_projects)  # Not on another thread, and not later.
        fields: dict[str, object] = {
            "certificate_id": certificate_id,
            "target_service": target_service,
        }
        push = partial(self._client.batch_push, certificate_id, target_projects, target_service)
        return await self._made(push, fields, timeout, timeout_ms, cancel)

    def push_all(
        self,
        targets: Iterable[_Target],
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
        again: bool = False,
    ) -> AsyncPushAll:
        """Push many certificates, several at a time: an asynchronous iterator of their results.

        The arguments, the results and the errors are those of Client.push_all(). It begins at once.
        How many are pushed at a time is what the option jobs says, not max_concurrency.
        """

        def start() -> PushAll:
            return self._client.push_all(
                targets, timeout=timeout, timeout_ms=timeout_ms, cancel=cancel, again=again
            )

        return AsyncPushAll(start, self._threads.count_one, self._threads.end_one)

    async def connect(
        self,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Make a connection, unless one is kept already, and keep it for the next call.

        Sends no request. The arguments are as for push().
        """
        await self._made(self._client.connect, None, timeout, timeout_ms, cancel)

    def describe(self) -> str:
        """The endpoint, the credentials and where they came from, one item a line.

        Secrets are masked.
        """
        return self._client.describe()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._client.closed

    async def close(self) -> None:
        """Refuse further calls, which raise Cancelled, and wait until the running ones have ended.

        Those end as they would have; what still waits for its turn is refused. If the wait is
        cancelled, the client is closed all the same.
        """
        self._client.close()
        await self._threads.ended()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return repr(self._client).replace("Client", "AsyncClient", 1)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a certpush.AsyncClient cannot be pickled or copied: it holds a secret and "
            "connections. Make one in each process; a forked child may use its parent's"
        )

    async def _made(
        self,
        make: Callable[..., _Result],
        fields: dict[str, object] | None,
        timeout: float | None,
        timeout_ms: int | None,
        cancel: Cancel | None,
    ) -> _Result:
        """Make a call, and wait for it. One that may push has fields, which say what."""
        awaited = Awaited(self._client, timeout, timeout_ms, cancel)
        call = Call(partial(make, cancel=awaited))
        try:
            self._threads.take(call)
            while not (call.has_begun or call.has_ended):
                # A Cancel tells nobody that it was triggered.
                await call.wait(awaited.left if cancel is None else min(awaited.left, _TICK))
                if not awaited.left:
                    self._threads.give_back(call)
            while not call.has_ended:
                await call.wait()
        except asyncio.CancelledError as cancelled:
            awaited.trigger()
            self._threads.give_back(call)
            await call.wait_patiently()
            raise cancelled from call.what_came_of_it(fields)
        except BaseException:
            awaited.trigger()  # Nobody waits any more.
            raise
        return call.result()


readable_in_3_9(AsyncClient)
