"""OpenStack Keystone with one user, for a Python that has it: keystone_server.py FOLDER.

It prints its port once it takes connections. FOLDER gets its database, its keys and `answers`, a
line for each request it has answered; a token in an answer is shown as certpush-sim shows tokens.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

USER, PASSWORD, PROJECT, DOMAIN = "pusher", "keystone.password", "demo", "Default"

CONFIGURATION = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet-keys
[fernet_receipts]
key_repository = {folder}/fernet-keys
[credential]
key_repository = {folder}/credential-keys
[cache]
enabled = false
"""


def configure(folder: Path) -> Path:
    """Sets up the database and the keys; returns the configuration file."""
    configuration = folder / "keystone.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    for keys in ("fernet-keys", "credential-keys"):
        (folder / keys).mkdir(mode=0o700)
    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    user = ["--bootstrap-username", USER, "--bootstrap-password", PASSWORD]
    project = ["--bootstrap-project-name", PROJECT, "--bootstrap-role-name", "admin"]
    for command in (
        ["db_sync"],
        ["fernet_setup", *owner],
        ["credential_setup", *owner],
        ["bootstrap", *user, *project],
    ):
        manage = [str(Path(sys.executable).with_name("keystone-manage")), "--config-file"]
        subprocess.run([*manage, str(configuration), *command], check=True, stdout=sys.stderr)
    return configuration


def shown(token: str) -> str:
    """What stands in place of a token: its length and its FNV-1a hash."""
    fingerprint = 0xCBF29CE484222325
    for byte in token.encode():
        fingerprint = (fingerprint ^ byte) * 0x100000001B3 % 2**64
    return f"<{len(token)} characters, fingerprint {fingerprint:016x}>"


class Server(ThreadingMixIn, WSGIServer):
    """One thread for each connection."""

    daemon_threads = True
    request_queue_size = 128


class Silent(WSGIRequestHandler):
    """Keeps standard error for what goes wrong."""

    def log_message(self, *_: Any) -> None:
        """Writes nothing: `recording` does."""


def recording(application: Callable[..., Iterable[bytes]], path: Path) -> Callable[..., Any]:
    """The application, with a line for each answer."""

    def recorded(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            line = [environment["REQUEST_METHOD"], environment["PATH_INFO"], status]
            line += [shown(token) for name, token in headers if name.lower() == "x-subject-token"]
            with path.open("a") as file:
                file.write(" ".join(line) + "\n")
            return start(status, headers, *rest)

        return application(environment, started)

    return recorded


def main() -> None:
    """Serves until it is terminated."""
    folder = Path(sys.argv[1])
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configure(folder))
    sys.argv = ["keystone"]
    from keystone.server.wsgi import (  # type: ignore[import-not-found]  # noqa: PLC0415
        initialize_public_application,
    )

    application = recording(initialize_public_application(), folder / "answers")
    with make_server("127.0.0.1", 0, application, Server, Silent) as server:
        print(server.server_port, flush=True)  # noqa: T201 - it tells who started it
        server.serve_forever()


if __name__ == "__main__":
    main()
