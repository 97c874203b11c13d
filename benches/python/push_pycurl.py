"""pycurl, with one handle for each thread that is used again."""

from __future__ import annotations

import pycurl

import driver


def new(endpoint: str, ca_file: str, token: str) -> driver.ForThread:
    """One handle for each thread: two must not use one at once."""

    def for_thread() -> driver.Push:
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, endpoint + driver.PUSH_PATH)
        handle.setopt(
            pycurl.HTTPHEADER,
            ["Content-Type: application/json", "X-Language: en-us", f"X-Auth-Token: {token}"],
        )
        handle.setopt(pycurl.POSTFIELDS, driver.PUSH_BODY)
        handle.setopt(pycurl.WRITEFUNCTION, lambda _: None)
        handle.setopt(pycurl.TIMEOUT_MS, 60_000)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.CAINFO, driver.authorities(ca_file))

        def push() -> None:
            handle.perform()
            status = handle.getinfo(pycurl.RESPONSE_CODE)
            assert status == 204, status

        return push

    return for_thread


driver.run(new)
