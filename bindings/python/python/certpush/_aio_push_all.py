"""A run of many pushes for asyncio: a thread of its own serves it, and an event loop is told."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._aio_threads import UnderWay, lost_for_want_of_a_thread
from ._batch import PushResult
from ._certpush import PushAll
from ._error import readable_in_3_9
from ._errors import BatchIncomplete, Cancelled, NotTried

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    Self = Any  # For typing.get_type_hints().


class AsyncPushAll:
    """A run of many pushes, which AsyncClient.push_all has started: its results as they come.

    It gives a PushResult for each target as it ends. It belongs to the event loop on which it was
    started; any number of its tasks may iterate over it, and each result is given to one of them.
    The run does not wait for who iterates. A thread of its own serves it, and calls token_source
    and the logger. len() is the number of targets.

    In an async with statement it is over when the block is. What leaves the block stops it: no more
    is begun, and what is under way comes to its end and is waited for. A task that is cancelled
    cancels it instead, within 100 ms, and its CancelledError comes from the BatchIncomplete that
    tells all outcomes; results has them, too. A run that nobody has any more is stopped, and so is
    one in a coroutine or an asynchronous generator that is closed, which cannot wait for it.
    """

    __module__ = "certpush"

    def __init__(
        self, start: Callable[[], PushAll], begun: Callable[[], None], ended: Callable[[], None]
    ):
        self._served = served = _Served()
        thread = threading.Thread(
            target=_serve, args=(served, ended), name="certpush-push-all", daemon=True
        )
        begun()
        try:
            thread.start()
        except BaseException as error:
            ended()
            if isinstance(error, (RuntimeError, MemoryError)):
                raise lost_for_want_of_a_thread(error) from error
            raise
        try:
            served.run = start()
        finally:
            served.has_begun.set()
        self._run = served.run

    def stop(self) -> None:
        """Have no more begun: the rest is NotTried. What is under way comes to its own end.

        It may be called on any thread, and waits for nothing.
        """
        self._run.stop()

    def cancel(self) -> None:
        """Stop the run, and what is under way within 100 ms, as its cancel= does.

        It may be called on any thread, and waits for nothing.
        """
        self._run.cancel()

    async def raise_if_incomplete(self) -> list[PushResult]:
        """Wait for all, and return their results in the order of the targets.

        Raises BatchIncomplete, whose results are the same, if a target is not pushed, now or
        earlier.
        """
        await self._end()
        if self._served.raised is not None:
            raise self._served.raised
        return self._run.raise_if_incomplete()

    @property
    def results(self) -> list[PushResult]:
        """What has ended so far, in the order of the targets, iterated over or not."""
        return sorted(self._served.results.copy(), key=_place)

    @property
    def counts(self) -> dict[str, int]:
        """How many targets came to what so far, as PushAll.counts."""
        if self._served.has_ended:
            return self._run.counts
        # Its thread has the run, and the event loop cannot wait for its turn.
        counts = dict.fromkeys(("pushed", "pushed_earlier", "not_pushed", "unknown", "not_tried"), 0)
        for result in self._served.results.copy():
            counts["not_tried" if isinstance(result.error, NotTried) else result.outcome] += 1
            counts["pushed_earlier"] += result.ok and result.attempts == 0
        return counts

    @property
    def message(self) -> str:
        """What became of the whole, in one line that is fit for a log; "" until all have ended."""
        return self._run.message if self._served.has_ended else ""

    def __len__(self) -> int:
        return len(self._run)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PushResult:
        served = self._served
        try:
            while not served.untold:
                if served.has_ended:
                    # The last results came before the end did.
                    if served.untold:
                        break
                    if served.raised is not None:
                        raise served.raised
                    raise StopAsyncIteration
                await served.wait()
        except asyncio.CancelledError as cancelled:
            raise cancelled from await self._cancelled()
        return served.untold.popleft()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._served.has_ended:
            return
        if exception is None or isinstance(exception, Exception):
            self._run.stop()
            await self._end()
        elif isinstance(exception, GeneratorExit):
            self._run.stop()  # Who is closed may wait for nothing: it comes to its end without.
        else:
            _chain(exception, await self._cancelled())

    def __del__(self) -> None:
        if not self._served.has_ended and self._served.run is not None:
            self._served.run.stop()

    def __repr__(self) -> str:
        return repr(self._run).replace("PushAll", "AsyncPushAll", 1)

    async def _end(self) -> None:
        """Wait until all have ended."""
        try:
            while not self._served.has_ended:
                await self._served.wait()
        except asyncio.CancelledError as cancelled:
            raise cancelled from await self._cancelled()

    async def _cancelled(self) -> BaseException:
        """End the run, because the task was cancelled: what tells all outcomes."""
        self._run.cancel()
        await self._served.wait_patiently()
        if not self._served.has_ended:
            # What the program has given, a token source or a handler of the log, takes its time.
            late = "the task was cancelled, and the run has not ended within 500 ms"
            return Cancelled(late, outcome_unknown=True)
        if self._served.raised is not None:
            return self._served.raised
        try:
            self._run.raise_if_incomplete()
        except BatchIncomplete as incomplete:
            return incomplete
        message = f"{self._run.message}, but the task was cancelled before their results"
        return Cancelled(message, pushed=True)


readable_in_3_9(AsyncPushAll)


class _Served(UnderWay):
    """What the thread that serves a run has to tell. It has the run; who iterates has both."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = threading.Event()
        self.run: PushAll | None = None
        self.results: list[PushResult] = []
        self.untold: deque[PushResult] = deque()
        self.raised: BaseException | None = None


def _serve(served: _Served, ended: Callable[[], None]) -> None:
    served.has_begun.wait()
    try:
        for result in served.run or ():
            served.results.append(result)
            served.untold.append(result)
            served.tell()
    except BaseException as error:  # noqa: BLE001 - it is raised where the run is awaited
        served.raised = error
    served.end()
    ended()


def _place(result: PushResult) -> int:
    return result.index


def _chain(exception: BaseException, cause: BaseException) -> None:
    """End the exception's chain of causes with another."""
    seen = set()
    while exception.__cause__ is not None and id(exception) not in seen:
        seen.add(id(exception))
        exception = exception.__cause__
    if exception is not cause:
        exception.__cause__ = cause
