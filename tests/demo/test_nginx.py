"""The demo programs against nginx with TLS, in front of the simulator.

A server that nobody here wrote reads the request, checks it and forwards it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from faces import CERTIFICATE_ID, Face, faces, run, simulator

TOKEN = "MIIatAYJKoZIhvcNAQcCoIIapTCCGqECAQExDTALBglghkgBZQMEAgEwghjG" * 34

NGINX_CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format request '$request $status $http_content_type $ssl_protocol';
    access_log {folder}/access.log request;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    large_client_header_buffers 4 32k;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        location / {{
            proxy_pass {simulator};
            proxy_http_version 1.1;
            proxy_set_header Host $proxy_host;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Relay:
    """nginx in front of a simulator."""

    https: str
    simulator: str
    folder: Path

    def options(self, token: str) -> dict[str, str]:
        """The options of a face that pushes through the relay."""
        token_file = self.folder / "token"
        token_file.write_text(token)
        return {
            "endpoint": self.https,
            "ca_file": str(self.folder / "ca.pem"),
            "token_file": str(token_file),
        }

    def received(self) -> list[dict[str, object]]:
        """What came through to the simulator."""
        with urllib.request.urlopen(f"{self.simulator}/sim/received") as answer:
            requests: list[dict[str, object]] = json.load(answer)
        return requests

    def log(self, lines: int) -> list[str]:
        """nginx's access log once it has that many lines: it writes one after it has answered."""
        for _ in range(1000):
            written = (self.folder / "access.log").read_text().splitlines()
            if len(written) >= lines:
                return written
            time.sleep(0.01)
        raise AssertionError(f"nginx logged less than {lines} requests")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if nginx is None:
        missing = "nginx is not installed (Debian package nginx-light)"
        if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("nginx")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    for index, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(str(folder / "server.pem"), append=index > 0)
    certificate.private_key_pem.write_to_path(str(folder / "server.key"))
    (folder / "accepted").write_text(TOKEN)
    service = subprocess.Popen(
        [*simulator(), "--stop-on-stdin-eof", "--token-file", str(folder / "accepted")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdout is not None
    ready = json.loads(service.stdout.readline())
    port = free_port()
    (folder / "nginx.conf").write_text(
        NGINX_CONFIGURATION.format(folder=folder, port=port, simulator=ready["http"])
    )
    server = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    wait_until_open(port, server)
    yield Relay(f"https://127.0.0.1:{port}", ready["http"], folder)
    server.terminate()
    server.wait(timeout=10)
    service.communicate(timeout=10)


def free_port() -> int:
    """A port for nginx, which cannot be told to take a free one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    """Returns when the server takes connections."""
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            continue
        return
    raise AssertionError(f"nginx ended with {server.returncode}")


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_a_push_goes_through_nginx(face: Face, relay: Relay) -> None:
    before = len(relay.received())
    done = run(face, **relay.options(TOKEN))
    assert done.returncode == 0, done.stdout
    (request,) = relay.received()[before:]
    assert request["method"] == "POST"
    assert request["path"] == f"/v3/scm/certificates/{CERTIFICATE_ID}/push"
    assert request["answered"] == 204
    assert f"POST {request['path']} HTTP/1.1 204 application/json TLSv1.3" in relay.log(before + 1)


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_a_refusal_comes_back_through_nginx(face: Face, relay: Relay) -> None:
    done = run(face, **relay.options(TOKEN[::-1]))
    assert done.returncode != 0
    assert "decrypt token fail" in done.stdout
    assert TOKEN[::-1] not in done.stdout
