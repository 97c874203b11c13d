"""The client for asyncio: each call on a thread of the client's own, ended when its await is."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from ._batch import BatchResult
from ._certpush import Awaited, Cancel, Client, Receipt
from ._error import readable_in_3_9
from ._errors import Cancelled, ConfigError, InternalError
from ._options import Options

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack
elif sys.version_info >= (3, 11):
    from typing import Self, Unpack
else:
    Self, Unpack = Any, type  # For typing.get_type_hints().

_Result = TypeVar("_Result")

#: So many calls are made at the same time, at most.
_MOST = 1000
#: A thread without work waits so long for the next call, in seconds, and then ends.
_KEPT = 10.0
#: How long an await that was cancelled waits for the outcome, in seconds: longer than a push takes
#: to notice, and not for a program's own code that it may be in.
_PATIENCE = 0.5
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
        self._threads = _Threads(max_concurrency)

    async def push(
        self,
        certificate_id: str,
        target_project: str,
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
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
        push = partial(self._client.push, certificate_id, target_project, target_service)
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
        call = _Call(partial(make, cancel=awaited))
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


readable_in_3_9(
    AsyncClient.__init__.__annotations__,
    AsyncClient.push.__annotations__,
    AsyncClient.batch_push.__annotations__,
    AsyncClient.connect.__annotations__,
    AsyncClient.__aexit__.__annotations__,
)


class _Call(Generic[_Result]):
    """A call that an event loop waits for. Any thread makes it, and once."""

    def __init__(self, make: Callable[[], _Result]) -> None:
        self.has_begun = False
        self.has_ended = False
        self._make = make
        self._context = contextvars.copy_context()
        self._returned: list[_Result] = []
        self._raised: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None

    def make(self) -> None:
        """Make the call, and tell the loop."""
        try:
            self._returned.append(self._context.run(self._make))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            self._raised = error
        self._end()

    def lose(self, why: BaseException) -> None:
        """End a call for which there is no thread."""
        self._raised = InternalError(
            f"no thread could be started: {why}; nothing was sent",
            phase="start",
            outcome_unknown=False,
        )
        self._raised.__cause__ = why
        self._end()

    def _end(self) -> None:
        self.has_ended = True
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            self._loop.call_soon_threadsafe(self._wake)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until the call has ended, but no longer than that."""
        self._waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            if timer is not None:
                timer.cancel()

    async def wait_patiently(self) -> None:
        """Wait until a call has ended that was stopped, however often the task is cancelled."""
        until = self._loop.time() + _PATIENCE
        while not self.has_ended and self._loop.time() < until:
            with suppress(asyncio.CancelledError):
                await self.wait(until - self._loop.time())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def result(self) -> _Result:
        """What the call has returned, or raised. To be asked once."""
        error, self._raised = self._raised, None
        try:
            if error is not None:
                raise error
            return self._returned.pop()
        finally:
            del error  # It has this frame.

    def what_came_of_it(self, fields: dict[str, object] | None) -> BaseException:
        """What tells the outcome of a call whose task was cancelled. To be asked once."""
        error, self._raised = self._raised, None
        if error is not None:
            return error
        told = {**(fields or {}), "outcome_unknown": fields is not None}
        if not self.has_ended:
            # What the program has given, a token source or a handler of the log, takes its time.
            late = "the task was cancelled, and its call has not ended within 500 ms"
            return Cancelled(late, told)
        result = self._returned.pop()
        if isinstance(result, list):
            result = result[0]
        if isinstance(result, (Receipt, BatchResult)):
            message = f"{result.message}, but the task was cancelled before the receipt"
            return Cancelled(message, {**result.to_dict(), **told}, pushed=True)
        return Cancelled("connected, but the task was cancelled", told)


class _Threads:
    """The threads of a client. They are daemons: a program need not wait for them at its end."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._is_closed = False
        self._started = 0
        self.forget()
        _ALL.add(self)

    def forget(self) -> None:
        """Begin anew, in a forked child, which has none of its parent's threads."""
        self._changed = threading.Condition(threading.Lock())
        self._waiting: OrderedDict[_Call[Any], None] = OrderedDict()
        self._is_starting = False
        self._alive = 0
        self._idle = 0
        self._calls = 0  # Waiting and running.
        self._told_at_the_end: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def take(self, call: _Call[Any]) -> None:
        """Have the call made as soon as a thread is free."""
        with self._changed:
            self._waiting[call] = None
            self._calls += 1
            if self._idle >= len(self._waiting):
                self._changed.notify()
            is_short = self._takes_another()
        if is_short:
            self._start()

    def give_back(self, call: _Call[Any]) -> None:
        """End a call that is over, if it has not begun: it is made here, and says so at once."""
        with self._changed:
            if call not in self._waiting:
                return
            del self._waiting[call]
        call.make()
        self._end_one()

    async def ended(self) -> None:
        """Take it that no more calls come, and wait until the last has ended."""
        loop = asyncio.get_running_loop()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            if not self._calls:
                return
            told = loop.create_future()
            self._told_at_the_end.append((loop, told))
        await told

    def _takes_another(self) -> bool:
        """Whether to start another thread now: one at a time, of which each starts the next."""
        if self._is_starting or self._idle >= len(self._waiting) or self._alive >= self._most:
            return False
        self._is_starting = True
        self._alive += 1
        self._started += 1
        return True

    def _start(self) -> None:
        name = f"certpush-{self._started}"
        try:
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except BaseException as error:
            with self._changed:
                self._is_starting = False
                self._alive -= 1
                lost = [] if self._alive else list(self._waiting)  # The others will come to them.
                for call in lost:
                    del self._waiting[call]
            for call in lost:
                call.lose(error)
                self._end_one()
            if not isinstance(error, (RuntimeError, MemoryError)):
                raise

    def _work(self) -> None:
        with self._changed:
            self._is_starting = False
        while self._make_one():
            pass

    def _make_one(self) -> bool:
        """Make the next call; or tell that there was none for long, and the thread ends."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(self._has_news, _KEPT)
            self._idle -= 1
            if not self._waiting:
                self._alive -= 1
                return False
            call, _ = self._waiting.popitem(last=False)
            call.has_begun = True
            is_short = self._takes_another()
        if is_short:
            self._start()
        call.make()
        self._end_one()
        return True

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._is_closed

    def _end_one(self) -> None:
        with self._changed:
            self._calls -= 1
            if self._calls:
                return
            told, self._told_at_the_end = self._told_at_the_end, []
        for loop, waiter in told:
            with suppress(RuntimeError):  # The loop is closed.
                loop.call_soon_threadsafe(_tell, waiter)


def _tell(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


_ALL: weakref.WeakSet[_Threads] = weakref.WeakSet()


def _forget_threads() -> None:
    for threads in _ALL:
        threads.forget()


os.register_at_fork(after_in_child=_forget_threads)
