"""The recipes that no other test runs: the CronJob of Kubernetes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from printed import blocks

from examples import ROOT, TARGET
from simulated_service import SimulatedService, simulated_service

PAGE = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
CERTIFICATE_ID = "scs1600313391074"


@pytest.fixture(name="service")
def _service(tmp_path: Path) -> Iterator[SimulatedService]:
    with simulated_service(tmp_path) as service:
        yield service


@pytest.fixture(name="job")
def _job() -> dict[str, Any]:
    (text,) = blocks(PAGE, "yaml")
    resource = yaml.safe_load(text)
    assert (resource["apiVersion"], resource["kind"]) == ("batch/v1", "CronJob")
    spec: dict[str, Any] = resource["spec"]
    return spec


@pytest.fixture(name="pod")
def _pod(job: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = job["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def run(
    pod: dict[str, Any], service: SimulatedService, root: Path
) -> subprocess.CompletedProcess[str]:
    """Runs the container's command on its variables, with its volumes as folders below `root`."""
    (container,) = pod["containers"]
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]

    def placed(text: str) -> str:
        return f"{root}{text}" if text.startswith(tuple(mounts)) else text

    for mount in mounts:
        Path(placed(mount)).mkdir(parents=True, exist_ok=True)
    variables = {entry["name"]: placed(entry["value"]) for entry in container["env"]}
    Path(variables["CERTPUSH_TOKEN_FILE"]).write_text(service.token_file.read_text())
    Path(placed("/etc/certpush/targets.csv")).write_text(
        "certificate_id,target_project,target_service\n"
        f"{CERTIFICATE_ID},ap-southeast-3,ELB\n{CERTIFICATE_ID},,CDN\n"
    )
    # The simulator is no region.
    del variables["CERTPUSH_REGION"]
    variables["CERTPUSH_ENDPOINT"] = service.http
    program, *arguments = container["command"]
    return subprocess.run(
        [TARGET / "release" / program, *map(placed, arguments)],
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_cron_jobs_command_pushes_a_list_once(
    pod: dict[str, Any], service: SimulatedService, tmp_path: Path
) -> None:
    for _ in range(2):
        done = run(pod, service, tmp_path / "root")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(service.received()) == 2
    assert len(service.ask("pushed")) == 2


def test_the_cron_job_never_starts_a_failed_run_again(
    job: dict[str, Any], pod: dict[str, Any]
) -> None:
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert pod["restartPolicy"] == "Never"


def test_the_run_ends_before_kubernetes_ends_it(job: dict[str, Any], pod: dict[str, Any]) -> None:
    (deadline_ms,) = (
        int(argument.removeprefix("--deadline-ms="))
        for argument in pod["containers"][0]["command"]
        if argument.startswith("--deadline-ms=")
    )
    assert deadline_ms + 60_000 <= job["jobTemplate"]["spec"]["activeDeadlineSeconds"] * 1000


def test_what_is_mounted_is_a_volume_and_only_the_journal_can_be_written(
    pod: dict[str, Any],
) -> None:
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["volumes"]}
    assert [name for name, mount in mounts.items() if not mount.get("readOnly")] == ["journal"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    journal = {entry["name"]: entry["value"] for entry in container["env"]}["CERTPUSH_JOURNAL"]
    assert journal.startswith(mounts["journal"]["mountPath"] + "/")


def test_the_image_has_the_command_that_runs_on_any_machine() -> None:
    """That of `make library` needs the glibc of who built it, or a later one."""
    (dockerfile,) = blocks(PAGE, "dockerfile")
    assert re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE) == ["target/dist/certpush"]


def test_every_recipe_that_the_page_names_is_there() -> None:
    for page, anchor in re.findall(r"\]\(([^)#]+)#([^)]+)\)", PAGE):
        text = (ROOT / "docs" / page).resolve().read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, (page, anchor)
