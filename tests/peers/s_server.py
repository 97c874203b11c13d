"""`openssl s_server`: shows TLS as OpenSSL does it, down to versions that nobody should use."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certificates import Identity
from programs import ended, free_port, tool

WITH_WEAK_CIPHERS = ("-cipher", "ALL:@SECLEVEL=0")


@dataclass(frozen=True)
class SServer:
    """A running s_server, which prints what it receives and sends what is typed."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def https(self) -> str:
        """Its base URL."""
        return f"https://127.0.0.1:{self.port}"

    def read_until(self, mark: bytes) -> bytes:
        """What it prints, up to a mark."""
        assert self.process.stdout is not None
        printed = b""
        while mark not in printed:
            byte = self.process.stdout.read(1)
            assert byte, f"s_server ended: {printed!r}"
            printed += byte
        return printed

    def type(self, text: bytes) -> None:
        """Types to it: an answer, or a letter and a line end for a command of its own."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()


@contextmanager
def s_server(identity: Identity, *options: str | Path) -> Iterator[SServer]:
    """An s_server for as long as the block lasts."""
    program = tool("openssl", "openssl")
    port = free_port()
    address = f"127.0.0.1:{port}"
    files: list[str | Path] = ["-cert", identity.certificate, "-key", identity.key]
    process = subprocess.Popen(
        [program, "s_server", "-accept", address, *files, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process, ended(process):
        server = SServer(port, process)
        server.read_until(b"ACCEPT\n")
        yield server
