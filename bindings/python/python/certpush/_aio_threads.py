"""The threads of an AsyncClient, and the calls that they make while an event loop waits."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from ._batch import BatchResult
from ._certpush import Receipt
from ._errors import Cancelled, InternalError

_Result = TypeVar("_Result")

#: A thread without work waits so long for the next call, in seconds, and then ends.
KEPT = 10.0
#: How long an await that was cancelled waits for the outcome, in seconds: longer than a push takes
#: to notice, and not for a program's own code that it may be in.
PATIENCE = 0.5


def lost_for_want_of_a_thread(why: BaseException) -> InternalError:
    """What is raised for a call that no thread could be started for."""
    return InternalError(
        f"no thread could be started: {why}; nothing was sent",
        phase="start",
        outcome_unknown=False,
    )


class UnderWay:
    """What another thread does while tasks of one event loop wait for it."""

    def __init__(self) -> None:
        self.has_ended = False
        self._loop = asyncio.get_running_loop()
        self._waiters: set[asyncio.Future[None]] = set()

    def end(self) -> None:
        """Tell, on any thread, that it has ended."""
        self.has_ended = True
        self.tell()

    def tell(self) -> None:
        """Tell, on any thread, that there is something new."""
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            self._loop.call_soon_threadsafe(self._wake)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until there is something new, but no longer than that."""
        waiter = self._loop.create_future()
        self._waiters.add(waiter)
        timer = None if seconds is None else self._loop.call_later(seconds, self._wake)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
            if timer is not None:
                timer.cancel()

    async def wait_patiently(self) -> None:
        """Wait until it has ended, which was stopped, however often the task is cancelled."""
        until = self._loop.time() + PATIENCE
        while not self.has_ended and self._loop.time() < until:
            with suppress(asyncio.CancelledError):
                await self.wait(until - self._loop.time())

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


class Call(UnderWay, Generic[_Result]):
    """A call that a task waits for. Any thread makes it, and once."""

    def __init__(self, make: Callable[[], _Result]) -> None:
        super().__init__()
        self.has_begun = False
        self._make = make
        self._context = contextvars.copy_context()
        self._returned: list[_Result] = []
        self._raised: BaseException | None = None

    def make(self) -> None:
        """Make the call, and tell the loop."""
        try:
            self._returned.append(self._context.run(self._make))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            self._raised = error
        self.end()

    def lose(self, why: BaseException) -> None:
        """End a call for which there is no thread."""
        self._raised = lost_for_want_of_a_thread(why)
        self._raised.__cause__ = why
        self.end()

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
        told = {**(fields or {}), "outcome_unknown": fields is not None}
        if not self.has_ended:  # Asked first: the thread may end it at any moment.
            # What the program has given, a token source or a handler of the log, takes its time.
            late = "the task was cancelled, and its call has not ended within 500 ms"
            return Cancelled(late, told)
        error, self._raised = self._raised, None
        if error is not None:
            return error
        result = self._returned.pop()
        if isinstance(result, list):
            result = result[0]
        if isinstance(result, (Receipt, BatchResult)):
            message = f"{result.message}, but the task was cancelled before the receipt"
            return Cancelled(message, {**result.to_dict(), **told}, pushed=True)
        return Cancelled("connected, but the task was cancelled", told)


class Threads:
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
        self._waiting: OrderedDict[Call[Any], None] = OrderedDict()
        self._is_starting = False
        self._alive = 0
        self._idle = 0
        self._calls = 0  # Waiting and running.
        self._told_at_the_end: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def count_one(self) -> None:
        """Count what is made elsewhere, until end_one()."""
        with self._changed:
            self._calls += 1

    def take(self, call: Call[Any]) -> None:
        """Have the call made as soon as a thread is free."""
        with self._changed:
            self._waiting[call] = None
            self._calls += 1
            if self._idle >= len(self._waiting):
                self._changed.notify()
            is_short = self._takes_another()
        if is_short:
            self._start()

    def give_back(self, call: Call[Any]) -> None:
        """End a call that is over, if it has not begun: it is made here, and says so at once."""
        with self._changed:
            if call not in self._waiting:
                return
            del self._waiting[call]
        call.make()
        self.end_one()

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
                self.end_one()
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
            self._changed.wait_for(self._has_news, KEPT)
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
        self.end_one()
        return True

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._is_closed

    def end_one(self) -> None:
        """Count it no more. The last to end is what ended() waits for."""
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


_ALL: weakref.WeakSet[Threads] = weakref.WeakSet()


def _forget_threads() -> None:
    for threads in _ALL:
        threads.forget()


os.register_at_fork(after_in_child=_forget_threads)
