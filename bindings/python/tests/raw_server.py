"""A server that answers when the test says so, byte for byte what the test says."""

from __future__ import annotations

import queue
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nX-Request-Id: raw-1\r\n\r\n"


class RawServer:
    """A server of one request. A test waits for `received` and then calls `answer`, or does not."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = threading.Event()

    def answer(self, answer: bytes = NO_CONTENT) -> None:
        """Send the answer and close the connection."""
        self._answers.put(answer)

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # Nobody connected before the test ended.
        with connection:
            read_request(connection)
            self.received.set()
            connection.sendall(self._answers.get())


@contextmanager
def raw_server() -> Iterator[RawServer]:
    """A server on a thread of this process, which can only serve while nobody holds the GIL."""
    server = RawServer()
    thread = threading.Thread(target=server._serve)
    thread.start()
    try:
        yield server
    finally:
        server._listener.shutdown(socket.SHUT_RDWR)
        server._listener.close()
        server.answer(b"")
        thread.join()


def read_request(connection: socket.socket) -> bytes:
    """A request's head and the whole of its body."""
    request = b""
    while not (head := re.match(rb".*?\r\n\r\n", request, re.DOTALL)):
        request += received(connection)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head[0])
    assert length, request
    while len(request) < head.end() + int(length[1]):
        request += received(connection)
    return request


def received(connection: socket.socket) -> bytes:
    """Some more bytes; the client must not close before it has its answer."""
    part = connection.recv(65536)
    assert part, "the client closed the connection within its request"
    return part
