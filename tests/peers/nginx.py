"""nginx in front of another server."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certificates import Identity
from programs import free_port, keep_logs, serving, tool

WEAK_CIPHERS = "ssl_ciphers ALL:@SECLEVEL=0;"

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format request
        '$request $status $http_content_type $ssl_protocol $ssl_client_verify';
    access_log {folder}/access.log request;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    large_client_header_buffers 4 32k;
    server {{
        listen 127.0.0.1:{port} {tls};
        {directives}
        location / {{
            proxy_pass {backend};
            proxy_http_version 1.1;
            proxy_set_header Host $proxy_host;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    port: int
    folder: Path

    @property
    def https(self) -> str:
        """Its base URL, when it speaks TLS."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def http(self) -> str:
        """Its base URL, when it does not."""
        return f"http://127.0.0.1:{self.port}"

    def log(self, lines: int) -> list[str]:
        """The access log once it has that many lines: one is written after an answer was sent."""
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            written = (self.folder / "access.log").read_text().splitlines()
            if len(written) >= lines:
                return written
            time.sleep(0.01)
        raise AssertionError(f"nginx logged less than {lines} requests")


@contextmanager
def nginx(backend: str, identity: Identity | None, *directives: str) -> Iterator[Nginx]:
    """An nginx for as long as the block lasts; with an identity it speaks TLS."""
    program = tool("nginx", "nginx-light")
    if identity is not None:
        directives += (
            f"ssl_certificate {identity.certificate};",
            f"ssl_certificate_key {identity.key};",
        )
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        folder, port = Path(name), free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder,
                port=port,
                tls="" if identity is None else "ssl",
                directives="\n        ".join(directives),
                backend=backend,
            )
        )
        command = [program, "-p", str(folder), "-c", str(configuration)]
        with serving(command, port, folder / "output"):
            yield Nginx(port, folder)
        keep_logs(folder, "nginx")
