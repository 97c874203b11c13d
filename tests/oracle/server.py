"""The server: plain TCP, TLS 1.2 and 1.3. It carries out plans, and counts whole requests.

A request is whole when each of its bytes was read and, under TLS, decrypted. After all that it does
to a connection the server goes on reading, so that nothing that still comes is missed.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
from random import Random

import plans
from gnutls import Credentials, Session, TlsError
from plans import Lane, Plan
from record import CERTIFICATE_ALERTS, Alert, Answer, Connection, Met, Record

REQUEST_LINE = re.compile(
    rb"POST (?:http://[^/ ]+)?/v3/scm/certificates/(\w{16})/push HTTP/1.1\r\n"
)
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
AUTH_TOKEN = re.compile(rb"\r\nx-auth-token: *(\S+)\r\n", re.IGNORECASE)
LONGEST_HANDSHAKE = 5.0
LONGEST_REQUEST = 6.0
NO_IDLE_TIMER = 0.06
# What the kernel makes of it is about twice as much.
SMALL_BUFFER = 2304


# Nobody waits for it: the connection was answered early, or is being closed.
BEHIND = Plan("a request behind")


class Gone(Exception):
    """The client has closed the connection, or it is broken."""


class Server:
    """Listens on free ports of 127.0.0.1, two for each lane: with usual and with small buffers."""

    def __init__(self, record: Record, credentials: Credentials, tokens: bytes, seed: int) -> None:
        """Begin to listen. All tokens of the callers are beginnings of `tokens`."""
        self.record, self.credentials, self.tokens, self.seed = record, credentials, tokens, seed
        self.ports: dict[tuple[str, bool], int] = {}
        self._listeners: list[socket.socket] = []
        self._peers: set[threading.Thread] = set()
        self._lock = threading.Lock()
        for lane in plans.LANES:
            for small in (False, True):
                listener = socket.socket()
                if small:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
                listener.bind(("127.0.0.1", 0))
                listener.listen(256)
                self.ports[lane.name, small] = listener.getsockname()[1]
                self._listeners.append(listener)
                arguments = (listener, lane, small)
                threading.Thread(target=self._accept, args=arguments, daemon=True).start()

    def close(self) -> None:
        """Listen no more, and wait until every connection has ended."""
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        while True:
            with self._lock:
                peers = list(self._peers)
            if not peers:
                return
            for peer in peers:
                peer.join()

    def _accept(self, listener: socket.socket, lane: Lane, small: bool) -> None:
        while True:
            try:
                accepted, address = listener.accept()
            except OSError:
                return
            connection = Connection(self.record.number(), lane.name, time.monotonic(), small)
            # It may have ended before it was accepted.
            connection.tunnel = self.record.tunnels.pop(address[1], None)
            peer = Peer(self, accepted, lane, connection)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            with self._lock:
                self._peers.add(thread)
                thread.start()

    def _serve(self, peer: Peer) -> None:
        try:
            peer.serve()
        finally:
            peer.close()
            with self._lock:
                self._peers.discard(threading.current_thread())


class Peer:
    """One connection."""

    def __init__(
        self, server: Server, accepted: socket.socket, lane: Lane, connection: Connection
    ) -> None:
        """Take over an accepted socket."""
        self.record, self.credentials = server.record, server.credentials
        self.tokens = server.tokens
        self.socket, self.lane, self.connection = accepted, lane, connection
        self.random = Random(f"{server.seed} {connection.number}")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(2)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)
        self.session: Session | None = None
        self.has_tickets = False
        self.text = bytearray()
        self.searched = 0
        self.plain_out = bytearray()
        self.unsent: list[tuple[Answer, int]] = []
        self.alerts: list[Alert] = []
        # What is being read, and what the steps are about.
        self.met: Met | None = None
        self.planned: Met | None = None
        self.count = 0

    def serve(self) -> None:
        """Serve requests until the connection ends."""
        try:
            if self.lane.version:
                self._handshake()
            while self._serve_one():
                pass
        except (OSError, TlsError, Gone) as error:
            self.connection.note(f"ended: {error or type(error).__name__}")

    def close(self) -> None:
        """Free everything."""
        self.socket.close()
        if self.session is not None:
            self.session.close()

    # The handshake

    def _handshake(self) -> None:
        self.has_tickets = self.random.random() < 0.5
        session = self.session = Session(
            *(self.credentials, self.lane.version, self.lane.asks, self.has_tickets)
        )
        spoil = self.random.random() < 0.04
        deadline = time.monotonic() + LONGEST_HANDSHAKE
        while not (done := session.handshake()) or session.outgoing:
            out = session.take()
            if spoil and out:
                self._spoil_handshake(out)
            if out:
                self.socket.sendall(out)
            if done:
                break
            if not self._is_readable(deadline - time.monotonic()):
                raise Gone("no handshake")
            session.incoming += self._receive(65536)
        self.connection.resumed = session.is_resumed()
        self.connection.asked = self.lane.asks and not self.connection.resumed
        self.connection.note("handshake done")
        if self.lane.version == "1.3" and self.has_tickets:
            session.send_ticket()
            self.socket.sendall(session.take())

    def _spoil_handshake(self, out: bytes) -> None:
        how = self.random.choice(["FIN", "RST", "alert"])
        self.record.happened(f"handshake: {how}")
        self.connection.note(f"handshake ends by {how}")
        if how == "alert":
            # Before any key is agreed on, an alert is plain.
            alert = bytes([21, 3, 3, 0, 2, 2, self.random.choice(plans.DESCRIPTIONS)])
            self.socket.sendall(alert)
            self.drain(0.2)
        else:
            self.socket.sendall(out[: self.random.randrange(len(out))])
            if how == "RST":
                self._reset()
        raise Gone

    # Requests

    def _serve_one(self) -> bool:
        """One request by its plan; false when the connection has ended."""
        kept = self.count > 0
        plan = self._next_plan(kept)
        if plan.point == 0 and not plan.races and not kept:
            self.planned = self._begin(plan)
        else:
            if plan.point == 0 and not plan.races and kept:
                if self._is_readable(self.random.choice([0, self.random.uniform(0, 0.03)])):
                    # It was quicker.
                    plan = plans.for_request(self.random, self.lane)
                    plan.races = plan.point == 0
                else:
                    self.planned = self._begin(plan)
                    return self._follow(plan, self.planned)
            if not self._is_readable(self.random.uniform(0.3, 3)):
                self.connection.note("idle for long: FIN")
                self.planned = None
                return self._finish("fin")
            self.planned = self._begin(plan)
            self._read_to(plan, self.planned)
        return self._follow(plan, self.planned)

    def _follow(self, plan: Plan, met: Met) -> bool:
        if plan.races or met.ordinal == 1:
            # What is read later was answered, and given up, before.
            met.first_at = met.first_at or time.monotonic()
        if plan.stall:
            time.sleep(plan.stall)
        self.record.happened(plan.name)
        self.connection.note(
            f"{plan.name} after {met.received} bytes{' (whole)' if met.is_whole() else ''}"
        )
        self._carry_out(plan)
        return self._end(plan)

    def _next_plan(self, kept: bool) -> Plan:
        between = kept and self.random.random() < 0.45
        draw = plans.between_requests if between else plans.for_request
        drawn = [
            draw(self.random, self.lane)
            for _ in range(4 if between else self.random.choice([1, 1, 3]))
        ]
        # Sometimes what happened least, so that nothing is left out.
        plan = min(drawn, key=lambda one: self.record.counts.get(one.name, 0))
        if between:
            return plan
        if kept and plan.point == 0:
            plan.races = True
        return plan

    def _begin(self, plan: Plan) -> Met:
        self.count += 1
        met = Met(self.connection, self.count, plan.name, idle_timer=plan.idle_timer)
        self.record.add(met)
        self.met = met
        return met

    def _read_to(self, plan: Plan, met: Met) -> None:
        deadline = time.monotonic() + LONGEST_REQUEST
        slow_until = time.monotonic() + (0.4 if plan.slow else 0)
        while met.received < plan.point and not met.is_whole():
            now = time.monotonic()
            if now > deadline:
                raise Gone("the request does not come")
            most = min(65536, plan.point - met.received)
            if now < slow_until:
                most = min(most, self.random.randint(100, 6000))
                time.sleep(self.random.uniform(0, 0.004))
            if self._is_readable(0.5):
                self._read(int(most))

    def drain(self, seconds: float) -> None:
        """Read on until the client closes, or for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._is_readable(left):
                self._read(65536)

    def _is_readable(self, seconds: float) -> bool:
        return bool(self.poll.poll(max(0.0, seconds) * 1000))

    def _receive(self, most: int) -> bytes:
        content = self.socket.recv(most)
        if not content:
            raise Gone("the client has closed")
        return content

    def _read(self, most: int) -> None:
        content = self._receive(most)
        met = self.met
        if met is None or met.is_whole():
            met = self._begin(BEHIND)
        met.first_at = met.first_at or time.monotonic()
        met.received += len(content)
        if self.session is None:
            self.text += content
        else:
            self.session.incoming += content
            self.text += self.session.read()
        self._look_for_requests()

    def _look_for_requests(self) -> None:
        while self.text:
            met = self.met
            if met is None or met.is_whole():
                met = self._begin(BEHIND)
                met.first_at = time.monotonic()
                met.received += len(self.text)
            if not met.certificate_id and b"\r\n" in self.text:
                line = REQUEST_LINE.match(self.text)
                if not line:
                    self.record.complain(f"no push on connection {self.connection.number}")
                    self.text.clear()
                    return
                met.certificate_id = line[1].decode()
            end = self.text.find(b"\r\n\r\n", max(0, self.searched - 3))
            if end < 0:
                self.searched = len(self.text)
                return
            head = bytes(self.text[: end + 2])
            length = CONTENT_LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.text) < whole:
                return
            token, body = AUTH_TOKEN.search(head), bytes(self.text[end + 4 : whole])
            if not length or not token or not self.tokens.startswith(token[1]):
                self.record.complain(f"{met.certificate_id} has not the head that was asked for")
            if b'"ELB"' not in body or not body.endswith(b"}"):
                self.record.complain(f"{met.certificate_id} has another body: {body!r}")
            self.record.add_whole(met)
            self.connection.note(f"{met.certificate_id} is whole")
            del self.text[:whole]
            self.searched = 0

    # Steps

    def _carry_out(self, plan: Plan) -> None:
        for step in plan.steps:
            kind, arguments = step[0], step[1:]
            if kind == "answer":
                self._put_answer(*arguments)
            elif kind == "stray":
                arguments[0].is_stray = True
                self.record.add_answer(arguments[0])
                self._put(arguments[0].raw)
                self.connection.note(f"stray {arguments[0].status} {arguments[0].request_id}")
            elif kind == "data":
                self._put(*arguments)
            elif kind == "alert":
                self._put_alert(Alert(*arguments))
            elif kind == "flush":
                self._flush()
            elif kind == "cut":
                out = self._take()
                self._send(out[: int(len(out) * arguments[0])])
                self.unsent.clear()
            elif self.session is not None and kind == "raw":
                self.session.outgoing += arguments[0]
                self.connection.note(f"unsealed {arguments[0][:5].hex()}")
            elif kind == "wait":
                time.sleep(arguments[0])
            elif kind == "read":
                self.drain(arguments[0])
            elif self.session is not None and kind == "key update":
                self.session.update_key(*arguments)
                self.connection.note("key update")
            elif self.session is not None and kind == "ticket" and self.has_tickets:
                self.session.send_ticket()

    def _put(self, content: bytes) -> None:
        self.connection.answered = True
        if self.session is None:
            self.plain_out += content
        else:
            self.session.write(content)

    def _put_answer(self, answer: Answer, start: int, end: int) -> None:
        met = self.planned
        if start == 0 and answer.status == 408 and met is not None and met.is_whole():
            # Sooner, it could be taken for an idle timer's.
            time.sleep(max(0.0, met.whole_at + NO_IDLE_TIMER - time.monotonic()))
        if start == 0:
            self.record.add_answer(answer)
            answer.owner = met
            if met is not None and not (met.is_whole() and met.answer):
                met.answer = answer
                met.early = not met.is_whole() and met.received > 0
                met.answered_unread = met.received == 0
                met.broken_before_answer = bool(met.alerts)
        self._put(answer.raw[start:end])
        self.unsent.append((answer, end))

    def _put_alert(self, alert: Alert) -> None:
        assert self.session is not None
        met = self.planned
        if met is not None and alert.place not in {"idle", "racing"}:
            place = "within" if met.received else "before"
            alert.place += f", {'after' if met.is_whole() else place} the request"
        if met is not None:
            met.alerts.append(alert)
            if met.answer is not None and self.unsent and self.unsent[-1][1] < len(met.answer.raw):
                met.broken_before_answer = True
            if (
                alert.description in CERTIFICATE_ALERTS
                and self.lane.version == "1.3"
                and self.connection.asked
                and met.ordinal == 1
                and not self.connection.answered
            ):
                met.certificate_refused = True
        self.session.alert(alert.level, alert.description)
        self.alerts.append(alert)

    def _take(self) -> bytes:
        if self.session is not None:
            return self.session.take()
        out = bytes(self.plain_out)
        self.plain_out.clear()
        return out

    def _send(self, out: bytes) -> None:
        if out:
            self.socket.sendall(out)

    def _flush(self) -> None:
        self._send(self._take())
        for answer, end in self.unsent:
            answer.sent = end
            whole = "" if answer.is_complete() else f" to {end} of {len(answer.raw)}"
            self.connection.note(f"sent {answer.status} {answer.code} {answer.request_id}{whole}")
        for alert in self.alerts:
            self.record.add_alert(self.lane.name, alert)
            self.connection.note(f"alert {alert.level}/{alert.description} {alert.place}")
        self.unsent.clear()
        self.alerts.clear()

    # Ends

    def _end(self, plan: Plan) -> bool:
        if plan.end == "keep":
            met = self.met
            if met is not None and met is self.planned and met.is_whole() and not self.text:
                return True
            return self._finish("hold")
        return self._finish(plan.end)

    def _finish(self, end: str) -> bool:
        self.connection.note(f"end: {end}")
        if end == "rst":
            for met in (self.met, self.planned):
                if met is not None:
                    met.reset = True
            self._reset()
            return False
        if end == "close" and self.session is not None:
            self.session.alert(1, 0)
            self._send(self._take())
        if end != "hold":
            self.socket.shutdown(socket.SHUT_WR)
        self.drain(self.random.uniform(0.1, 0.6) if end == "hold" else 1)
        return False

    def _reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
