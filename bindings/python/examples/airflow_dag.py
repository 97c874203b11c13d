"""An Airflow DAG that pushes a renewed certificate to its targets.

Trigger it with the certificate's id. Options are in the environment of the workers: JOURNALS (a
folder that all of them have), and certpush's own, CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and so on.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from airflow.sdk import dag, task  # type: ignore[import-not-found]
from airflow.sdk.exceptions import AirflowFailException  # type: ignore[import-not-found]

import certpush

TARGETS = [
    {"target_project": "cn-north-4", "target_service": "ELB"},
    {"target_project": "cn-north-7", "target_service": "ELB"},
    {"target_project": "cn-north-4", "target_service": "WAF"},
]


@task(  # type: ignore[untyped-decorator]
    retries=3,
    retry_delay=timedelta(minutes=5),
    execution_timeout=timedelta(minutes=2),
    max_active_tis_per_dag=4,
)
def push(certificate_id: str, target_project: str, target_service: str) -> dict[str, object]:
    """Push to one target. Airflow tries again only what was provably not pushed."""
    name = quote(f"{certificate_id}-{target_project}-{target_service}", safe="")
    journal = Path(os.environ["JOURNALS"], f"{name}.journal")
    try:
        with certpush.Client.from_env(journal=journal) as client:
            return client.push(certificate_id, target_project, target_service).to_dict()
    except BaseException as error:  # A time-out of Airflow's is none of certpush's errors.
        if certpush.is_retryable(error):
            raise
        outcome = certpush.outcome_of(error)
        raise AirflowFailException(f"outcome={outcome}: {error}") from error


@dag(schedule=None, params={"certificate_id": ""})  # type: ignore[untyped-decorator]
def push_certificate() -> None:
    """One task for each target, whatever happens to the others."""
    push.partial(certificate_id="{{ params.certificate_id }}").expand_kwargs(TARGETS)


push_certificate()
