"""examples/airflow_dag.py, run by Airflow's own dag.test()."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import EXAMPLES, Engine, engine
from examples import CERTIFICATE_ID
from simulated_service import SimulatedService

REQUIREMENT = "apache-airflow==3.3.2"

PROGRAM = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
run = bag.dags["push_certificate"].test(run_conf={"certificate_id": sys.argv[2]})
told = {ti.map_index: [str(ti.state), ti.try_number] for ti in run.get_task_instances()}
receipts = {
    ti.map_index: ti.xcom_pull(task_ids="push", map_indexes=ti.map_index)
    for ti in run.get_task_instances()
}
print("TOLD", json.dumps([str(run.state), told, receipts]))
"""


@pytest.fixture
def airflow(service: SimulatedService, tmp_path: Path) -> Engine:
    """Airflow with the example, whose tasks are tried again after a second."""
    home = tmp_path / "airflow"
    dags = home / "dags"
    dags.mkdir(parents=True)
    example = (EXAMPLES / "airflow_dag.py").read_text(encoding="utf-8")
    sooner = example.replace("retry_delay=timedelta(minutes=5)", "retry_delay=timedelta(seconds=1)")
    sooner = sooner.replace("timeout=timedelta(minutes=2)", "timeout=timedelta(seconds=3)")
    assert sooner.count("seconds=") == 2
    (dags / "airflow_dag.py").write_text(sooner, encoding="utf-8")
    variables = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    airflow = engine("airflow", REQUIREMENT, service, tmp_path, **variables)
    migrate = [airflow.program("airflow"), "db", "migrate"]
    done = subprocess.run(
        migrate, env=airflow.variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return airflow


def run(airflow: Engine) -> tuple[str, list[list[Any]], list[dict[str, Any] | None], str]:
    """The run's state, each task's state and number of tries, what each returned, and the log."""
    dags = Path(airflow.variables["AIRFLOW_HOME"], "dags")
    done = subprocess.run(
        [airflow.program("python"), "-c", PROGRAM, str(dags), CERTIFICATE_ID],
        env=airflow.variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    log = done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    assert len(told) == 1, log
    state, tasks, receipts = json.loads(told[0].removeprefix("TOLD "))
    places = sorted(tasks, key=int)
    return state, [tasks[place] for place in places], [receipts[place] for place in places], log


def test_each_target_is_a_task_and_its_receipt_comes_back_whole(
    airflow: Engine, service: SimulatedService
) -> None:
    state, tasks, receipts, _ = run(airflow)
    assert (state, tasks) == ("success", [["success", 1]] * 3)
    assert [receipt and receipt["http_status"] for receipt in receipts] == [204] * 3
    ids = {receipt["request_id"] for receipt in receipts if receipt}
    assert ids == {copy["request_id"] for copy in service.ask("pushed")}
    # Cleared and run again, a task pushes nothing that was pushed.
    _, tasks, receipts, _ = run(airflow)
    assert [receipt and receipt["attempts"] for receipt in receipts] == [0] * 3
    assert len(service.received()) == 3


def test_only_what_was_provably_not_pushed_is_tried_again(
    airflow: Engine, service: SimulatedService
) -> None:
    service.answer_next({"status": 429, "headers": {"Retry-After": "0"}}, count=3)
    service.answer_next({"status": 500}, pushed=True)
    state, tasks, _, log = run(airflow)
    assert state == "failed"
    # Tasks run in any order: three pushes were throttled, and then one had no plain answer.
    assert sorted(task[0] for task in tasks) == ["failed", "success", "success"]
    assert sum(task[1] for task in tasks) == len(service.received()) == 6
    assert "AirflowFailException: outcome=unknown: " in log
    assert len(service.ask("pushed")) == 3


def test_a_time_limit_ends_the_push_and_it_is_not_tried_again(
    airflow: Engine, service: SimulatedService
) -> None:
    service.answer_next({"steps": ["hold"]}, pushed=True)
    state, tasks, _, log = run(airflow)
    assert state == "failed"
    assert sorted(tasks) == [["failed", 1], ["success", 1], ["success", 1]]
    assert "AirflowFailException: outcome=unknown: " in log
    assert len(service.received()) == 3
    # Nor when somebody clears it: the journal knows that it had begun.
    _, tasks, _, log = run(airflow)
    assert sorted(task[0] for task in tasks) == ["failed", "success", "success"]
    assert "settle" in log
    assert len(service.received()) == 3
