"""certpush from Python."""

from __future__ import annotations

import certpush

import driver


def new(endpoint: str, ca_file: str, token: str) -> driver.ForThread:
    """One client for all threads."""
    client = certpush.Client(endpoint=endpoint, token=token, ca_file=ca_file or None)

    def push() -> certpush.Receipt:
        return client.push(driver.CERTIFICATE_ID, driver.TARGET_PROJECT, driver.TARGET_SERVICE)

    return lambda: push


driver.run(new)
