"""The simulator as a wheel: a user's project, in an environment that has both wheels and pytest."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from environments import TARGET, environment
from examples import ROOT

pytestmark = pytest.mark.timeout(300)  # pytest is installed once.

PROJECT = ROOT / "tests" / "sim" / "python"


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of the environment."""
    programs = environment("sim-wheel", "pytest==9.2.0")
    wheels = [*TARGET.glob("wheels/certpush-*.whl"), *TARGET.glob("sim-wheels/certpush_sim-*.whl")]
    assert len(wheels) == 2, "make wheel sim-wheel builds them"
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall"]
    subprocess.run([programs / "python", *install, *wheels], check=True)
    return programs / "python"


def run_pytest(python: Path, folder: Path, *arguments: object) -> str:
    """What pytest prints; it must pass."""
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_project_of_its_page_passes(python: Path, tmp_path: Path) -> None:
    page = PROJECT.joinpath("README.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert set(files) == {"deploy.py", "test_deploy.py"}
    for name, text in files.items():
        tmp_path.joinpath(name).write_text(text)
    assert "3 passed" in run_pytest(python, tmp_path, "-W", "error")


def test_the_options_of_its_page_are_taken(python: Path, tmp_path: Path) -> None:
    page = PROJECT.joinpath("README.md").read_text(encoding="utf-8")
    options = re.search(r"^```python\n(@pytest\.fixture.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert options
    tmp_path.joinpath("conftest.py").write_text("import pytest\n" + options[1])
    tmp_path.joinpath("test_it.py").write_text(
        "import certpush, pytest\n"
        "def test_a_repeat_is_refused(certpush_sim):\n"
        "    client = certpush.Client(**certpush_sim.options)\n"
        "    client.push('scs1600313391074', 'p', 'ELB')\n"
        "    with pytest.raises(certpush.BadRequest):\n"
        "        client.push('scs1600313391074', 'p', 'ELB')\n"
    )
    assert "1 passed" in run_pytest(python, tmp_path)


def test_a_project_that_does_not_use_it_pays_nothing(python: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("test_it.py").write_text(
        "import sys\n"
        "def test_what_is_slow_to_import_is_not_imported():\n"
        "    assert 'certpush_sim' in sys.modules\n"
        "    assert not {'urllib.request', 'http.client', 'ssl', 'certpush'} & set(sys.modules)\n"
    )
    run_pytest(python, tmp_path)


def test_its_own_tests_pass(python: Path) -> None:
    assert " passed" in run_pytest(python, PROJECT.parent, "python/tests")
