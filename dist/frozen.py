"""What asks for a module that nothing in a program's text names, for `try.sh` to freeze."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import traceback

import certpush

TARGETS = [
    ("scs1600313391074", "ap-southeast-3", "ELB"),
    ("scs1600313391074", "eu-west-101", "WAF"),
]
UNKNOWN = "scs8000000000004"


def push_and_fail(client: certpush.Client) -> None:
    """Push in each way, and look at an error as programs do."""
    assert client.push(*TARGETS[0]).to_dict()["status"] == 0
    results = list(client.push_all(TARGETS))
    assert [result.error for result in results] == [None, None], results
    error = failure_of(client)
    assert certpush.outcome_of(error) == "unknown"
    travelled = pickle.loads(pickle.dumps(copy.copy(error)))
    assert travelled.to_dict() == error.to_dict()
    assert str(error) in "".join(traceback.format_exception(type(error), error, None))


def failure_of(client: certpush.Client) -> certpush.Error:
    """What a push raises of which nobody knows whether it was made."""
    try:
        client.push(UNKNOWN, *TARGETS[0][1:])
    except certpush.Error as error:
        return error
    raise AssertionError("it fails")


async def push_from_asyncio() -> None:
    """Push from a loop."""
    async with certpush.AsyncClient.from_env() as client:
        assert (await client.push(*TARGETS[0])).status == certpush.Status.OK


def main() -> None:
    """Fail if anything does not work, or the log has not all of it."""
    log = io.StringIO()
    logging.basicConfig(level=logging.DEBUG, stream=log)
    with certpush.Client.from_env() as client:
        push_and_fail(client)
    asyncio.run(push_from_asyncio())
    assert log.getvalue().count("status=CERTPUSH_") == 5, log.getvalue()
    assert certpush.explain("SCM.0069") is not None


if __name__ == "__main__":
    main()
