"""A server, and a proxy to any host, that writes every request down as it came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

ACCOUNT = b'{"domains":[{"id":"0123456789abcdef0123456789abcdef"}]}'


@dataclass(frozen=True)
class Recorded:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """A running recorder."""

    port: int
    requests: list[Recorded] = field(default_factory=list)
    has_been_asked: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its base URL, as a proxy or as a server."""
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as SCM does to a push, and as IAM does to who looks for its account."""

    protocol_version = "HTTP/1.1"
    recorder: Recorder

    def do_GET(self) -> None:
        """Tells the account."""
        self.record()
        self.send_response(200)
        self.send_header("Content-Length", str(len(ACCOUNT)))
        self.end_headers()
        self.wfile.write(ACCOUNT)

    def do_POST(self) -> None:
        """Takes a push."""
        self.record()
        self.send_response(204)
        self.end_headers()

    def record(self) -> None:
        """Writes the request down. To a proxy, the path comes as a whole URL."""
        names = [name.lower() for name in self.headers]
        assert len(set(names)) == len(names), names
        headers = dict(zip(names, self.headers.values()))
        body = self.rfile.read(int(headers.get("content-length", "0")))
        path = urlsplit(self.path).path
        self.recorder.requests.append(Recorded(self.command, path, headers, body))
        self.recorder.has_been_asked.set()

    def log_message(self, *_: Any) -> None:
        """Writes nothing."""


class Cutting(Handler):
    """Takes a push, and closes the connection instead of an answer."""

    def do_POST(self) -> None:
        """Takes a push."""
        self.record()
        self.close_connection = True


class Failing(Handler):
    """Takes a push, and has lost track of it."""

    def do_POST(self) -> None:
        """Takes a push."""
        self.record()
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Silent(Handler):
    """Takes a push, and says nothing until the client has gone."""

    def do_POST(self) -> None:
        """Takes a push."""
        self.record()
        self.rfile.read(1)
        self.close_connection = True


@contextmanager
def recorder(handler: type[Handler] = Handler) -> Iterator[Recorder]:
    """A recorder for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = Recorder(server.server_port)
        server.RequestHandlerClass = type("OwnHandler", (handler,), {"recorder": running})
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
