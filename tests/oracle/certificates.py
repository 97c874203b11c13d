"""An authority, a server's certificate for 127.0.0.1 and a client's, made by GnuTLS in each run."""

from __future__ import annotations

import base64
import ctypes
import time
from pathlib import Path
from typing import Any, NamedTuple

from gnutls import PEM, Datum, checked

ECDSA, P256, SHA256 = 4, (1 << 31) | 2, 6
IP_ADDRESS = 4
COMMON_NAME = b"2.5.4.3"
DIGITAL_SIGNATURE, CERTIFICATE_SIGN = 128, 4
DAY = 86400
# The version of an EC private key, and the length of its number.
WITH_32_BYTES = b"\2\1\1\4\x20"


class Made(NamedTuple):
    """A certificate and its key, as GnuTLS holds them and in PEM."""

    certificate: ctypes.c_void_p
    key: ctypes.c_void_p
    certificate_pem: bytes
    key_pem: bytes


class Maker:
    """Makes certificates of an authority of its own."""

    def __init__(self, library: Any) -> None:
        """Make the authority."""
        self.library = library
        handle, flags = ctypes.c_void_p, ctypes.c_uint
        text, size = ctypes.c_char_p, ctypes.c_size_t
        signatures: dict[str, list[Any]] = {
            "privkey_init": [ctypes.POINTER(handle)],
            "privkey_generate": [handle, ctypes.c_int, flags, flags],
            "privkey_export2": [handle, ctypes.c_int, ctypes.POINTER(Datum)],
            "crt_init": [ctypes.POINTER(handle)],
            "crt_set_version": [handle, flags],
            "crt_set_serial": [handle, text, size],
            "crt_set_activation_time": [handle, ctypes.c_long],
            "crt_set_expiration_time": [handle, ctypes.c_long],
            "crt_set_key": [handle, handle],
            "crt_set_dn_by_oid": [handle, text, flags, text, flags],
            "crt_set_basic_constraints": [handle, flags, ctypes.c_int],
            "crt_set_key_usage": [handle, flags],
            "crt_set_subject_alt_name": [handle, ctypes.c_int, text, flags, flags],
            "crt_sign2": [handle, handle, handle, ctypes.c_int, flags],
            "crt_export2": [handle, ctypes.c_int, ctypes.POINTER(Datum)],
        }
        for name, arguments in signatures.items():
            getattr(library, f"gnutls_x509_{name}").argtypes = arguments
        self.authority = self._make(b"The oracle's authority", None)

    def server(self) -> Made:
        """A server's certificate for 127.0.0.1."""
        return self._make(b"The oracle's server", self.authority)

    def client(self) -> Made:
        """A client's certificate."""
        return self._make(b"The oracle's client", self.authority)

    def _call(self, name: str, *arguments: Any) -> None:
        checked(self.library, getattr(self.library, f"gnutls_x509_{name}")(*arguments))

    def _make(self, name: bytes, authority: Made | None) -> Made:
        key, certificate = self._make_key(), ctypes.c_void_p()
        self._call("crt_init", ctypes.byref(certificate))
        self._call("crt_set_version", certificate, 3)
        serial = (b"\1" if authority is None else b"\2") + name[-6:]
        self._call("crt_set_serial", certificate, serial, len(serial))
        now = int(time.time())
        self._call("crt_set_activation_time", certificate, now - DAY)
        self._call("crt_set_expiration_time", certificate, now + DAY)
        self._call("crt_set_key", certificate, key)
        self._call("crt_set_dn_by_oid", certificate, COMMON_NAME, 0, name, len(name))
        is_authority = int(authority is None)
        self._call("crt_set_basic_constraints", certificate, is_authority, -1)
        usage = CERTIFICATE_SIGN if is_authority else DIGITAL_SIGNATURE
        self._call("crt_set_key_usage", certificate, usage)
        if authority is None:
            issuer, issuer_key = certificate, key
        else:
            loopback = bytes([127, 0, 0, 1])
            self._call("crt_set_subject_alt_name", certificate, IP_ADDRESS, loopback, 4, 0)
            issuer, issuer_key = authority.certificate, authority.key
        self._call("crt_sign2", certificate, issuer, issuer_key, SHA256, 0)
        certificate_pem = self._exported("crt_export2", certificate)
        return Made(certificate, key, certificate_pem, self._exported("privkey_export2", key))

    def _make_key(self) -> ctypes.c_void_p:
        """Make a key whose number has 32 bytes: GnuTLS writes a shorter one with fewer."""
        while True:
            key = ctypes.c_void_p()
            self._call("privkey_init", ctypes.byref(key))
            self._call("privkey_generate", key, ECDSA, P256, 0)
            lines = self._exported("privkey_export2", key).splitlines()
            if WITH_32_BYTES in base64.b64decode(b"".join(lines[1:-1])):
                return key

    def _exported(self, name: str, what: ctypes.c_void_p) -> bytes:
        exported = Datum()
        self._call(name, what, PEM, ctypes.byref(exported))
        return ctypes.string_at(exported.data or 0, exported.size)


def write(folder: Path, made: Made, name: str) -> tuple[Path, Path]:
    """Write a certificate and its key into files."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.certificate_pem)
    key.write_bytes(made.key_pem)
    return certificate, key
