"""A service of many pushes: a test sees each come, and says when it is answered, and how."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import certpush
from raw_server import NO_CONTENT, read_request

TOKEN = "a-token-that-this-service-takes-" + "t" * 20


def refusal(status: int, code: str) -> bytes:
    """An answer of the service that is no success."""
    body = json.dumps({"error_code": code, "error_msg": "no"}).encode()
    head = f"HTTP/1.1 {status} X\r\nX-Request-Id: r-9\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class PushService:
    """It answers with what `answer` returns for a project; what waits there is waited for."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._came = threading.Condition()
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer: Callable[[str], bytes] = lambda _project: NO_CONTENT
        self.seen: list[str] = []
        self.released = threading.Event()

    def client(self, **options: Any) -> certpush.Client:
        """A client of it."""
        credential = {} if "token_source" in options else {"token": TOKEN}
        defaults = {"endpoint": self.endpoint, "timeout": 30, "retries": 0, **credential}
        return certpush.Client(**{**defaults, **options})

    def hold(self, *projects: str) -> None:
        """Answer pushes to these projects when they are released, and all others at once."""

        def answer(project: str) -> bytes:
            if not projects or project in projects:
                self.released.wait()
            return NO_CONTENT

        self.answer = answer

    def wait_for(self, count: int) -> None:
        """Wait until so many pushes have come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.seen) >= count, timeout=30)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, AssertionError), connection:
            while True:
                request = read_request(connection)
                project = re.search(rb'"target_project":"([^"]*)"', request)
                assert project
                with self._came:
                    self.seen.append(project[1].decode())
                    self._came.notify_all()
                connection.sendall(self.answer(project[1].decode()))


@contextmanager
def push_service() -> Iterator[PushService]:
    """A service on threads of this process, which can only serve while nobody holds the GIL."""
    service = PushService()
    listening = threading.Thread(target=service._listen)
    listening.start()
    try:
        yield service
    finally:
        service.released.set()
        service._listener.shutdown(socket.SHUT_RDWR)
        service._listener.close()
        listening.join()
        for connection in service._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in service._threads:
            thread.join()
