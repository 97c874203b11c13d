"""GnuTLS by ctypes: TLS that reads from memory and writes into memory.

The server owns the socket. It alone decides which bytes go out together, and where they are cut.
Nothing has to be installed: libgnutls.so.30 belongs to every Debian (apt itself needs it).
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import threading
from typing import Any

NAME = "libgnutls.so.30"

SERVER, NONBLOCK, NO_SIGNAL, NO_AUTO_SEND_TICKET = 1, 1 << 3, 1 << 6, 1 << 21
CREDENTIALS_CERTIFICATE = 1
CERTIFICATE_REQUEST = 1
PEM = 1
AGAIN, INTERRUPTED, WARNING_ALERT = -28, -52, -16
WARNING, FATAL = 1, 2
LARGEST_RECORD = 16 * 1024

PUSH = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
PULL = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
PULL_TIMEOUT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint)


class Datum(ctypes.Structure):
    """gnutls_datum_t."""

    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_uint)]


class Missing(Exception):
    """There is no GnuTLS on this machine."""


class TlsError(Exception):
    """GnuTLS says that something failed, in its own words."""


def load() -> Any:
    """Load the library."""
    try:
        library = ctypes.CDLL(NAME)
    except OSError as error:
        raise Missing(f"{NAME} cannot be loaded: {error}") from None
    library.gnutls_strerror.restype = ctypes.c_char_p
    library.gnutls_check_version.restype = ctypes.c_char_p
    library.gnutls_record_recv.restype = ctypes.c_ssize_t
    library.gnutls_record_send.restype = ctypes.c_ssize_t
    handle, flags, size = ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t
    signatures: dict[str, list[Any]] = {
        "check_version": [ctypes.c_char_p],
        "init": [ctypes.POINTER(handle), flags],
        "deinit": [handle],
        "priority_set_direct": [handle, ctypes.c_char_p, ctypes.c_void_p],
        "credentials_set": [handle, ctypes.c_int, handle],
        "certificate_server_set_request": [handle, ctypes.c_int],
        "transport_set_ptr": [handle, ctypes.c_void_p],
        "transport_set_push_function": [handle, PUSH],
        "transport_set_pull_function": [handle, PULL],
        "transport_set_pull_timeout_function": [handle, PULL_TIMEOUT],
        "transport_set_errno": [handle, ctypes.c_int],
        "handshake": [handle],
        "record_recv": [handle, ctypes.c_void_p, size],
        "record_send": [handle, ctypes.c_char_p, size],
        "alert_send": [handle, ctypes.c_int, ctypes.c_int],
        "session_key_update": [handle, flags],
        "session_ticket_send": [handle, flags, flags],
        "session_is_resumed": [handle],
        "session_ticket_key_generate": [ctypes.POINTER(Datum)],
        "session_ticket_enable_server": [handle, ctypes.POINTER(Datum)],
        "certificate_allocate_credentials": [ctypes.POINTER(handle)],
        "certificate_set_x509_key_mem": [
            *(handle, ctypes.POINTER(Datum), ctypes.POINTER(Datum), ctypes.c_int)
        ],
    }
    for name, arguments in signatures.items():
        getattr(library, f"gnutls_{name}").argtypes = arguments
    return library


def version(library: Any) -> str:
    """The library's version."""
    return str(library.gnutls_check_version(None).decode())


def checked(library: Any, result: int) -> int:
    """The result, unless it is an error."""
    if result < 0:
        raise TlsError(library.gnutls_strerror(result).decode())
    return result


def datum(content: bytes) -> tuple[Datum, Any]:
    """A datum, and what keeps its memory."""
    buffer = ctypes.create_string_buffer(content, len(content))
    return Datum(ctypes.cast(buffer, ctypes.c_void_p), len(content)), buffer


class Credentials:
    """A server's certificate, and the key of its session tickets."""

    def __init__(self, library: Any, chain: bytes, key: bytes) -> None:
        """Read both from PEM."""
        self.library = library
        self.handle = ctypes.c_void_p()
        library.gnutls_certificate_allocate_credentials(ctypes.byref(self.handle))
        chain_datum, self._chain = datum(chain)
        key_datum, self._key = datum(key)
        result = library.gnutls_certificate_set_x509_key_mem(
            *(self.handle, ctypes.byref(chain_datum), ctypes.byref(key_datum), PEM)
        )
        checked(library, result)
        self.ticket_key = Datum()
        library.gnutls_session_ticket_key_generate(ctypes.byref(self.ticket_key))


class Session:
    """The server's side of one TLS connection, between `incoming` and `outgoing`."""

    def __init__(self, credentials: Credentials, version: str, asks: bool, tickets: bool) -> None:
        """Prepare a session of one version, which asks for a client certificate or does not."""
        library = self.library = credentials.library
        self.incoming, self.outgoing = bytearray(), bytearray()
        self.at_end = False
        self._handle: ctypes.c_void_p | None = ctypes.c_void_p()
        self._buffer = ctypes.create_string_buffer(LARGEST_RECORD)
        flags = SERVER | NONBLOCK | NO_SIGNAL | NO_AUTO_SEND_TICKET
        checked(library, library.gnutls_init(ctypes.byref(self._handle), flags))
        wanted = f"NORMAL:-VERS-ALL:+VERS-TLS{version}".encode()
        checked(library, library.gnutls_priority_set_direct(self._handle, wanted, None))
        library.gnutls_credentials_set(self._handle, CREDENTIALS_CERTIFICATE, credentials.handle)
        if asks:
            library.gnutls_certificate_server_set_request(self._handle, CERTIFICATE_REQUEST)
        if tickets:
            library.gnutls_session_ticket_enable_server(
                self._handle, ctypes.byref(credentials.ticket_key)
            )
        self._credentials = credentials
        self._number = next(_numbers)
        with _lock:
            _sessions[self._number] = self
        library.gnutls_transport_set_ptr(self._handle, self._number)
        library.gnutls_transport_set_push_function(self._handle, PUSHER)
        library.gnutls_transport_set_pull_function(self._handle, PULLER)
        library.gnutls_transport_set_pull_timeout_function(self._handle, WAITER)

    def close(self) -> None:
        """Free the session, without a word to the peer."""
        if self._handle is not None:
            self.library.gnutls_deinit(self._handle)
            self._handle = None
            with _lock:
                del _sessions[self._number]

    def handshake(self) -> bool:
        """Go on with the handshake; true once it is done."""
        result = self.library.gnutls_handshake(self._handle)
        if result in {AGAIN, INTERRUPTED, WARNING_ALERT}:
            return False
        return checked(self.library, result) == 0

    def is_resumed(self) -> bool:
        """Whether the handshake was one with a ticket: then nothing was asked for in it."""
        return bool(self.library.gnutls_session_is_resumed(self._handle))

    def read(self) -> bytes:
        """All application data that has come."""
        found = bytearray()
        while True:
            count = self.library.gnutls_record_recv(self._handle, self._buffer, LARGEST_RECORD)
            if count > 0:
                found += self._buffer.raw[:count]
            elif count not in {INTERRUPTED, WARNING_ALERT}:
                # Nothing more is there, or nothing more will ever come: the socket tells.
                return bytes(found)

    def write(self, content: bytes) -> None:
        """Seal application data, in one record."""
        checked(
            self.library,
            self.library.gnutls_record_send(self._handle, content, len(content)),
        )

    def alert(self, level: int, description: int) -> None:
        """Seal any alert."""
        checked(self.library, self.library.gnutls_alert_send(self._handle, level, description))

    def update_key(self, ask: bool) -> None:
        """Seal a key update of TLS 1.3, which may ask for the peer's."""
        checked(self.library, self.library.gnutls_session_key_update(self._handle, int(ask)))

    def send_ticket(self) -> None:
        """Seal a session ticket of TLS 1.3."""
        checked(self.library, self.library.gnutls_session_ticket_send(self._handle, 1, 0))

    def take(self) -> bytes:
        """What is to be sent."""
        taken = bytes(self.outgoing)
        self.outgoing.clear()
        return taken


_numbers = itertools.count(1)
_sessions: dict[int, Session] = {}
_lock = threading.Lock()


def _push(number: int, content: int, size: int) -> int:
    _sessions[number].outgoing += ctypes.string_at(content, size)
    return size


def _pull(number: int, space: int, size: int) -> int:
    session = _sessions[number]
    if not session.incoming:
        if session.at_end:
            return 0
        session.library.gnutls_transport_set_errno(session._handle, errno.EAGAIN)
        return -1
    part = bytes(session.incoming[:size])
    ctypes.memmove(space, part, len(part))
    del session.incoming[: len(part)]
    return len(part)


def _pull_timeout(number: int, _: int) -> int:
    return int(bool(_sessions[number].incoming))


# As long as the program runs: GnuTLS calls them.
PUSHER, PULLER, WAITER = PUSH(_push), PULL(_pull), PULL_TIMEOUT(_pull_timeout)
