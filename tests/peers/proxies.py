"""squid and tinyproxy."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from programs import free_port, keep_logs, openssl, serving, tool

USER, PASSWORD = "pusher", "pass.word"
USER_IN_URL = "pusher:pass%2Eword"

SQUID = """
http_port 127.0.0.1:{port}
pid_filename none
access_log stdio:{folder}/access.log
log_mime_hdrs on
cache_log {folder}/cache.log
cache deny all
cache_mem 8 MB
hosts_file {folder}/hosts
shutdown_lifetime 0 seconds
pinger_enable off
auth_param basic program {authenticator} {folder}/passwords
auth_param basic children 1 startup=0 idle=1
acl known proxy_auth REQUIRED
http_access {access}
"""

TINYPROXY = """
Listen 127.0.0.1
Port {port}
LogFile "{folder}/tinyproxy.log"
LogLevel Info
PidFile "{folder}/tinyproxy.pid"
{access}
"""


class Access(Enum):
    """Whom a proxy serves: how squid is told, and how tinyproxy."""

    ALL = ("allow all", "Allow 127.0.0.1")
    WITH_PASSWORD = ("allow known", f"BasicAuth {USER} {PASSWORD}")
    NO_TUNNEL = ("deny all", "ConnectPort 1")


@dataclass
class Proxy:
    """A running proxy."""

    port: int
    log: str = ""  # all that it wrote, once it has ended

    def url(self, user: str = "") -> str:
        """Its URL, with a user name and password if it shall be told any."""
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.port}"


StartProxy = Callable[[Access], AbstractContextManager[Proxy]]


@contextmanager
def squid(access: Access, hosts: str = "") -> Iterator[Proxy]:
    """A squid for as long as the block lasts. It never runs as root: root lends it a user."""
    program = tool("squid", "squid")
    authenticator = tool("basic_ncsa_auth", "squid")
    user = "proxy" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="squid-") as name:
        folder, proxy = Path(name), Proxy(free_port())
        if user is not None:
            shutil.chown(folder, user)
        (folder / "passwords").write_text(f"{USER}:{openssl('passwd', '-apr1', PASSWORD)}")
        (folder / "hosts").write_text(hosts)
        configuration = folder / "squid.conf"
        configuration.write_text(
            SQUID.format(
                folder=folder, port=proxy.port, authenticator=authenticator, access=access.value[0]
            )
        )
        command = [program, "-N", "-f", str(configuration)]
        with serving(command, proxy.port, folder / "output", user):
            yield proxy
        proxy.log = "".join(file.read_text() for file in folder.glob("*.log"))


@contextmanager
def tinyproxy(access: Access) -> Iterator[Proxy]:
    """A tinyproxy for as long as the block lasts."""
    program = tool("tinyproxy", "tinyproxy")
    with tempfile.TemporaryDirectory(prefix="tinyproxy-") as name:
        folder, proxy = Path(name), Proxy(free_port())
        configuration = folder / "tinyproxy.conf"
        configuration.write_text(
            TINYPROXY.format(folder=folder, port=proxy.port, access=access.value[1])
        )
        command = [program, "-d", "-c", str(configuration)]
        with serving(command, proxy.port, folder / "output"):
            yield proxy
        proxy.log = (folder / "tinyproxy.log").read_text()
        keep_logs(folder, "tinyproxy")
