"""A Celery application that pushes, for a Python that has it: celery_push.py ENDPOINT...

As a program it queues a push to each endpoint, plainly and with words put in front of its error,
and prints what Celery's result backend gives back, one JSON object a line. A worker imports it.
"""

from __future__ import annotations

import json
import os
import sys

import certpush
from celery import Celery  # type: ignore[import-not-found]

PUSH = ("scs1600313391074", "ap-southeast-3", "ELB")
CODECS = ["json", "pickle"]

app = Celery("celery_push", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    result_serializer=os.environ["RESULT_SERIALIZER"],
    accept_content=CODECS,
    result_accept_content=CODECS,
    worker_enable_remote_control=False,
)


@app.task  # type: ignore[untyped-decorator]
def push(endpoint: str) -> str:
    """Pushes once."""
    token = os.environ["TOKEN"]
    options = {"endpoint": endpoint, "token": token, "user_agent": "celery"}
    return certpush.push(*PUSH, retries=0, **options).request_id  # type: ignore[arg-type]


@app.task  # type: ignore[untyped-decorator]
def push_in_other_words(endpoint: str) -> str:
    """Pushes once, and raises what fails anew."""
    try:
        return str(push(endpoint))
    except certpush.Error as error:
        raise type(error)(f"on the way to {endpoint}: {error}") from error


def main() -> None:
    """Queues, waits, and prints."""
    for endpoint in sys.argv[1:]:
        for task in (push, push_in_other_words):
            error = task.delay(endpoint).get(timeout=60, propagate=False)
            told = {
                "task": task.name.rpartition(".")[2],
                "class": f"{type(error).__module__}.{type(error).__name__}",
                "message": str(error),
                "outcome": certpush.outcome_of(error),
            }
            if isinstance(error, certpush.Error):
                told |= error.to_dict()
            print(json.dumps(told), flush=True)  # noqa: T201 - it tells who started it


if __name__ == "__main__":
    main()
