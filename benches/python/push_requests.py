"""requests, with one Session for all threads."""

from __future__ import annotations

import requests

import driver


def new(endpoint: str, ca_file: str, token: str) -> driver.ForThread:
    """One session for all threads."""
    session = requests.Session()
    session.trust_env = False
    session.verify = driver.authorities(ca_file)
    session.headers.update(
        {"Content-Type": "application/json", "X-Language": "en-us", "X-Auth-Token": token}
    )
    url = endpoint + driver.PUSH_PATH

    def push() -> None:
        response = session.post(url, data=driver.PUSH_BODY, timeout=60)
        assert response.status_code == 204, response.status_code

    return lambda: push


driver.run(new)
