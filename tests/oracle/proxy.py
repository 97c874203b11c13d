"""A small proxy that cuts: CONNECT for TLS, the absolute form for plain http."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import threading
from random import Random

from record import Record, Tunnel

TARGET = re.compile(rb"(?:CONNECT |POST http://)127\.0\.0\.1:(\d+)[ /]")
LONGEST = 30.0


class Proxy:
    """Listens on a free port of 127.0.0.1."""

    def __init__(self, record: Record, seed: int) -> None:
        """Begin to listen."""
        self.record, self.seed = record, seed
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self._count += 1
            random = Random(f"{self.seed} proxy {self._count}")
            threading.Thread(target=self._serve, args=(accepted, random), daemon=True).start()

    def _serve(self, client: socket.socket, random: Random) -> None:
        with client, contextlib.suppress(OSError):
            self._relay(client, random)

    def _relay(self, client: socket.socket, random: Random) -> None:
        client.settimeout(5)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = b""
        while not (target := TARGET.match(head)) or (
            head.startswith(b"CONNECT") and b"\r\n\r\n" not in head
        ):
            part = client.recv(4096)
            if not part:
                return
            head += part
        tunnels = head.startswith(b"CONNECT")
        if tunnels and random.random() < 0.04:
            self._refuse(client, random)
            return
        with socket.socket() as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
            tunnel = self.record.tunnels[port] = Tunnel()
            server.settimeout(5)
            server.connect(("127.0.0.1", int(target[1])))
            if tunnels:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                head = b""
            Pump(client, server, tunnel, random, self.record).run(head)

    def _refuse(self, client: socket.socket, random: Random) -> None:
        answer = b"HTTP/1.1 %d Whatever\r\n\r\n" % random.choice([403, 407, 502])
        self.record.happened("proxy: refuses, or cuts its own answer")
        client.sendall(answer[: random.randint(0, len(answer))])


class Pump:
    """Carries bytes both ways until an end, or until a cut."""

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        tunnel: Tunnel,
        random: Random,
        record: Record,
    ) -> None:
        """Choose where to cut."""
        self.client, self.server, self.tunnel, self.record = client, server, tunnel, record
        self.cuts: dict[socket.socket, float] = {}
        self.resets = random.random() < 0.5
        fate = random.random()
        if fate < 0.25:
            self.cuts[client] = 2 ** random.uniform(0, 17.5)
        elif fate < 0.5:
            self.cuts[server] = 2 ** random.uniform(0, 12.5)

    def run(self, first: bytes) -> None:
        """Carry until both sides have ended."""
        ways = {self.client: self.server, self.server: self.client}
        if first and not self._carry(self.client, self.server, first):
            return
        while ways:
            readable = readable_of(list(ways), LONGEST)
            if not readable:
                return
            for source in readable:
                try:
                    part = source.recv(65536)
                except ConnectionError:
                    self._reset_both()
                    return
                if part:
                    if not self._carry(source, ways[source], part):
                        return
                else:
                    try:
                        ways[source].shutdown(socket.SHUT_WR)
                    except OSError:
                        return
                    del ways[source]

    def _carry(self, source: socket.socket, to: socket.socket, part: bytes) -> bool:
        if source in self.cuts:
            self.cuts[source] -= len(part)
            if self.cuts[source] <= 0:
                to.sendall(part[: len(part) + int(self.cuts[source]) - 1])
                self._cut(source)
                return False
        to.sendall(part)
        return True

    def _cut(self, source: socket.socket) -> None:
        what = "request" if source is self.client else "answer"
        how = "RST" if self.resets else "FIN"
        self.tunnel.cut = f"{what} cut by {how}"
        self.record.happened(f"proxy: {self.tunnel.cut}")
        if self.resets:
            self._reset_both()

    def _reset_both(self) -> None:
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def readable_of(sockets: list[socket.socket], seconds: float) -> list[socket.socket]:
    """As select.select(), for descriptors of any number."""
    poll = select.poll()
    for one in sockets:
        poll.register(one, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(seconds * 1000)}
    return [one for one in sockets if one.fileno() in ready]
