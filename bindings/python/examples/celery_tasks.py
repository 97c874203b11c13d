"""Celery tasks that push, and that survive a worker which does not.

Start a worker with `celery -A celery_tasks worker`. The options are in the environment: REDIS_URL,
JOURNALS (a folder of this machine), and certpush's own, CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and
so on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import Celery  # type: ignore[import-not-found]
from celery.exceptions import SoftTimeLimitExceeded  # type: ignore[import-not-found]

import certpush

app = Celery("celery_tasks", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    # A task whose process dies is given to another one. The journal knows what it had begun.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
)


def client(name: str) -> certpush.Client:
    """A client whose journal is of this name: one for each task, as one client has it at a time."""
    journal = Path(os.environ["JOURNALS"], f"{quote(name, safe='')}.journal")
    return certpush.Client.from_env(journal=journal)


@app.task(bind=True, max_retries=5, rate_limit="60/m", soft_time_limit=90)  # type: ignore[untyped-decorator]
def push(
    self: Any, certificate_id: str, target_project: str, target_service: str
) -> dict[str, object]:
    """Push to one target; again later only if that was provably not pushed."""
    try:
        with client(f"{certificate_id}-{target_project}-{target_service}") as opened:
            return opened.push(certificate_id, target_project, target_service).to_dict()
    except certpush.Error as error:
        if error.retryable:
            seconds = (error.retry_after_ms or 1000) / 1000
            raise self.retry(exc=error, countdown=seconds) from error
        raise
    except SoftTimeLimitExceeded as limit:
        # It comes from what tells the outcome, and no result backend keeps a chain.
        raise limit.__cause__ or limit from None


@app.task(soft_time_limit=1800)  # type: ignore[untyped-decorator]
def push_list(name: str, targets: list[dict[str, str | None]]) -> list[dict[str, object]]:
    """Push a list as one run, whose brakes hold for all of it; BatchIncomplete has every result."""
    try:
        with client(name) as opened:
            results = opened.push_all(targets).raise_if_incomplete()
    except SoftTimeLimitExceeded as limit:
        raise limit.__cause__ or limit from None
    return [result.to_dict() for result in results]
