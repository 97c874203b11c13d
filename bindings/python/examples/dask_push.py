"""Push a list on a Dask cluster, and say what became of each target.

Usage: dask_push.py TARGETS.csv JOURNALS [SCHEDULER]

Each part of the list is a task: a run of its own, with a journal in the folder JOURNALS. Dask runs
a task again whose worker is lost, also if it had ended; the journal makes that harmless, if every
worker has the folder. The options are in the environment of the workers: CERTPUSH_REGION,
CERTPUSH_TOKEN_FILE and so on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from distributed import Client, as_completed  # type: ignore[import-not-found]

import certpush

PART = 50


def push_part(
    name: str, targets: list[certpush.Target], journals: str
) -> list[certpush.PushResult]:
    """Push a part of the list; the results in its order, whatever became of them."""
    journal = Path(journals, f"{name}.journal")
    with certpush.Client.from_env(journal=journal) as client:
        return sorted(client.push_all(targets), key=lambda result: result.index)


def main() -> int:
    """Push what the command line says; 0 if every certificate is on its target."""
    path, journals, *scheduler = sys.argv[1:]
    targets = certpush.read_targets(path)
    parts = [targets[start : start + PART] for start in range(0, len(targets), PART)]
    names = [f"{Path(path).stem}-{number}" for number in range(len(parts))]
    not_pushed = 0
    with Client(*scheduler) as cluster:
        # pure=False: another call of the program is another push.
        tasks = cluster.map(push_part, names, parts, journals=journals, pure=False)
        named = dict(zip(tasks, names))
        for task in as_completed(tasks):
            if task.status != "finished":
                error = task.exception()
                print(f"{named[task]}: {certpush.outcome_of(error)}: {error}")
                not_pushed += 1
                continue
            for result in task.result():
                if not result.ok:
                    print(f"line {result.line}: {result.outcome}: {result.message}")
                    not_pushed += 1
    print(f"{len(targets)} targets, {not_pushed} not pushed or unknown")
    return 1 if not_pushed else 0


if __name__ == "__main__":
    sys.exit(main())
