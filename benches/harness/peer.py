"""The other side: nginx, which answers every POST with 204, plain and over TLS.

Its answer has the headers that Huawei Cloud's gateway sends with every answer, whose reading is a
part of a push's cost. Names and values are those of an answer of `api-gateway` that a user of
Huawei Cloud's Terraform provider logged (github.com/huaweicloud/terraform-provider-huaweicloud,
issue 1177), without what only IAM sends. Date, Connection and Server are nginx' own: another name
than "nginx" needs a module.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .paths import RELEASE
from .tools import tool

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
SYSTEM_FOLDER = Path("/etc/ssl/certs")

TOKEN = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBglghkgBZQMEAgEwghjG0123" * 32
"""2 KB, as tokens of Huawei Cloud have at least."""

CONFIGURATION = """
daemon off;
worker_processes 1;
worker_cpu_affinity {cpu_mask:b};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_time 24h;
    keepalive_requests 1000000000;
    client_header_buffer_size 16k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        add_header X-Request-Id $request_id;
        add_header Strict-Transport-Security "max-age=31536000; includeSubdomains;";
        add_header X-Frame-Options SAMEORIGIN;
        add_header X-Content-Type-Options nosniff;
        add_header X-Download-Options noopen;
        add_header X-XSS-Protection "1; mode=block;";
        location / {{ return 204; }}
        location = /connections {{ stub_status; }}
    }}
}}
"""

SERVER_EXTENSIONS = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"


@dataclass(frozen=True)
class Peer:
    """A running nginx."""

    folder: Path
    http_port: int
    https_port: int
    cpu: int
    """The one processor that nginx runs on."""

    @property
    def ca_file(self) -> Path:
        """The authority of nginx' certificate."""
        return self.folder / "ca.pem"

    @property
    def token_file(self) -> Path:
        """The token that the clients push with."""
        return self.folder / "token"

    def endpoint(self, scheme: str) -> str:
        """Where the clients push to."""
        return f"{scheme}://127.0.0.1:{self.port(scheme)}"

    def port(self, scheme: str) -> int:
        """The port for http or https."""
        return self.https_port if scheme == "https" else self.http_port

    def accepted(self) -> int:
        """How many connections nginx has taken so far, the one that asks included."""
        with urllib.request.urlopen(f"{self.endpoint('http')}/connections") as answer:
            status = answer.read().decode()
        numbers = re.search(r"requests\s+(\d+)", status)
        assert numbers, status
        return int(numbers[1])

    def system_store(self) -> dict[str, str]:
        """Environment in which the system's trust store also has nginx' authority.

        It is as much work for the client as reading the store by default: one file with all
        authorities, and the folder with a file for each.
        """
        bundle = self.folder / "bundle.pem"
        bundle.write_text(SYSTEM_BUNDLE.read_text() + self.ca_file.read_text())
        return {"SSL_CERT_FILE": str(bundle), "SSL_CERT_DIR": str(SYSTEM_FOLDER)}


@contextmanager
def serve(folder: Path) -> Iterator[Peer]:
    """Runs nginx while the block runs."""
    peer = Peer(folder, free_port(), free_port(), max(os.sched_getaffinity(0)))
    make_certificates(folder)
    peer.token_file.write_text(TOKEN)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, http=peer.http_port, https=peer.https_port, cpu_mask=1 << peer.cpu
        )
    )
    server = subprocess.Popen([tool("nginx"), "-p", str(folder), "-c", str(configuration)])
    try:
        wait_until_open(peer.http_port, server)
        yield peer
    finally:
        server.terminate()
        server.wait()


@contextmanager
def far_away(port: int, milliseconds: int) -> Iterator[int]:
    """A port that leads to another over a path that takes so long in each direction."""
    command = [str(RELEASE / "bench-relay"), str(port), str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as relay:
        assert relay.stdin is not None
        assert relay.stdout is not None
        yield int(relay.stdout.readline())
        relay.stdin.close()


def make_certificates(folder: Path) -> None:
    """An authority, and a certificate from it for 127.0.0.1."""

    def openssl(*arguments: str) -> None:
        subprocess.run([tool("openssl"), *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(
        *["req", "-x509", "-days", "2", "-subj", "/CN=certpush benchmark CA", *key],
        *["-keyout", "ca.key", "-out", "ca.pem"],
    )
    openssl("req", "-subj", "/CN=nginx", *key, "-keyout", "server.key", "-out", "server.csr")
    (folder / "extensions").write_text(SERVER_EXTENSIONS)
    openssl(
        *["x509", "-req", "-days", "2", "-in", "server.csr", "-out", "server.pem"],
        *["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"],
    )


def free_port() -> int:
    """A port for nginx, which cannot be told to take a free one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    """Returns when the server takes connections."""
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"nginx ended with {server.returncode}")
