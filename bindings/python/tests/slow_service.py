"""A service on the test's own event loop, which answers when the test says so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from raw_server import NO_CONTENT


class SlowService:
    """It takes any number of pushes, and answers each when `answer` is set."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.received: list[str] = []
        self.answer = asyncio.Event()
        self._changed = asyncio.Condition()

    async def has_received(self, count: int) -> None:
        """Wait until so many pushes have come."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the pushes of a connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"(?i)\r\ncontent-length: *(\d+)", head)
                assert length, head
                body = await reader.readexactly(int(length[1]))
                async with self._changed:
                    self.received.append(body.decode())
                    self._changed.notify_all()
                await self.answer.wait()
                writer.write(NO_CONTENT)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The client has closed it.
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


@asynccontextmanager
async def slow_service() -> AsyncIterator[SlowService]:
    """A service for as long as the block lasts."""
    service = SlowService()
    connections: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.ensure_future(service.serve(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 22, backlog=1000)
    service.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
