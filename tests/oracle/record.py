"""What the server knows: connections, requests, answers and alerts, as its side saw them."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field

# Codes of a 400 that a push may have had, and of a 5xx that no push has had.
GENERIC_FAILURES = ("SCM.0028", "SCM.0203")
NOTHING_DONE = ("APIGW.0613", "APIG.0613", "SCM.4001")
CERTIFICATE_ALERTS = frozenset({116, 42, 43, 44, 45, 46, 48, 49})


@dataclass
class Answer:
    """An answer, and how much of it was handed to the system for sending."""

    request_id: str
    status: int
    code: str
    raw: bytes
    head_length: int
    # What certpush must make of it once it is complete.
    succeeds: bool = False
    closes: bool = False
    is_chunked: bool = False
    sent: int = 0
    # Whether nothing of the request after it was looked at: it belongs to no call.
    is_stray: bool = False
    owner: Met | None = None

    def has_head(self) -> bool:
        """Whether the head was sent."""
        return self.sent >= self.head_length

    def is_readable(self) -> bool:
        """Whether all of the body was sent: the empty line behind the last chunk is none of it."""
        return self.sent >= len(self.raw) - 2 * self.is_chunked

    def is_complete(self) -> bool:
        """Whether everything was sent."""
        return self.sent >= len(self.raw)


@dataclass
class Alert:
    """An alert that was sent: what, where, and whether in one segment with an answer."""

    level: int
    description: int
    place: str


@dataclass
class Met:
    """One request that began on a connection."""

    connection: Connection
    ordinal: int
    fault: str
    certificate_id: str = ""
    received: int = 0
    # When its first byte was read: attempts of one call begin one after the other, though the
    # last byte of one that was given up may be read after the next one's.
    first_at: float = 0.0
    whole_at: float = 0.0
    answer: Answer | None = None
    # Whether the answer began after the first byte of the request and before its last.
    early: bool = False
    answered_unread: bool = False
    alerts: list[Alert] = field(default_factory=list)
    # A certificate alert that can only be about the client's certificate.
    certificate_refused: bool = False
    # An alert or an end that went out before the answer's last byte.
    broken_before_answer: bool = False
    idle_timer: bool = False
    reset: bool = False

    def is_whole(self) -> bool:
        """Whether the server has read every byte of it."""
        return self.whole_at > 0


@dataclass
class Tunnel:
    """A way through the oracle's proxy, and how the proxy cut it."""

    cut: str = ""


@dataclass
class Connection:
    """One connection, and what happened on it."""

    number: int
    lane: str
    begun: float
    small: bool = False
    asked: bool = False
    resumed: bool = False
    tunnel: Tunnel | None = None
    # Whether a byte of application data was sent.
    answered: bool = False
    events: list[str] = field(default_factory=list)

    def is_cut(self) -> bool:
        """Whether the proxy cut it."""
        return self.tunnel is not None and self.tunnel.cut != ""

    def note(self, what: str) -> None:
        """Remember an event with its time."""
        self.events.append(f"{(time.monotonic() - self.begun) * 1000:.1f} {what}")

    def told(self) -> str:
        """The connection in words."""
        flags = [
            word
            for word, is_so in (
                ("small buffers", self.small),
                ("asked for a client certificate", self.asked),
                ("resumed", self.resumed),
                ("through the proxy", self.tunnel is not None),
                (f"{self.tunnel.cut if self.tunnel else ''} by the proxy", self.is_cut()),
            )
            if is_so
        ]
        return (
            f"connection {self.number} {self.lane} ({', '.join(flags)}): {'; '.join(self.events)}"
        )


class Record:
    """Everything that happened, for comparison afterwards."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lock = threading.Lock()
        self.met: list[Met] = []
        self.answers: dict[str, Answer] = {}
        self.invalid: list[str] = []
        self.counts: dict[str, int] = {}
        self.places: dict[tuple[str, str], int] = {}
        self.descriptions: set[tuple[str, int, int]] = set()
        self.tunnels: dict[int, Tunnel] = {}
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """The number of a new connection."""
        return next(self._numbers)

    def add(self, met: Met) -> None:
        """A request has begun."""
        with self.lock:
            self.met.append(met)

    def add_whole(self, met: Met) -> None:
        """A request was read to its last byte."""
        met.whole_at = time.monotonic()

    def happened(self, what: str) -> None:
        """Count a fault."""
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def add_alert(self, lane: str, alert: Alert) -> None:
        """Count an alert by its place."""
        with self.lock:
            key = (alert.place, lane)
            self.places[key] = self.places.get(key, 0) + 1
            self.descriptions.add((lane, alert.level, alert.description))

    def add_answer(self, answer: Answer) -> None:
        """An answer is about to be sent."""
        with self.lock:
            self.answers[answer.request_id] = answer

    def complain(self, what: str) -> None:
        """A request was none that any call can have made."""
        with self.lock:
            self.invalid.append(what)
