"""The plots are those of what was measured last."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from examples import ROOT

RESULTS = ROOT / "benches/results"


def test_the_plots_are_made_of_the_committed_results(tmp_path: Path) -> None:
    script = ROOT / "benches/plots.py"
    subprocess.run([sys.executable, "-B", script, "--output", tmp_path], check=True)
    fresh = {path.name: path.read_text() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text() for path in RESULTS.glob("*.svg")}
    assert set(fresh) == set(committed)
    assert [name for name in fresh if fresh[name] != committed[name]] == [], "make docs"


def test_a_plot_needs_nothing_from_elsewhere_and_tells_its_numbers_to_readers() -> None:
    results = json.loads((RESULTS / "latest.json").read_text())
    for path in RESULTS.glob("*.svg"):
        text = path.read_text()
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg\")", text) == []
        plot = ElementTree.fromstring(text)
        told = plot.findtext("{http://www.w3.org/2000/svg}desc") or ""
        assert "certpush" in told
        if path.name == "latency.svg":
            assert f"certpush C {results['warm']['https']['certpush C']['p50_us']:.0f} µs" in told


def test_what_was_not_measured_is_said_in_the_place_of_its_bar() -> None:
    program = """
import json, pathlib
from harness import plots
results = json.loads(pathlib.Path("results/latest.json").read_text())
results["warm"]["https"]["libcurl"] = "not measured (curl & <co> are not there)"
print(plots.plots(results)["latency.svg"])
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=ROOT / "benches",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ">not measured (curl &amp; &lt;co&gt; are not there)</text>" in done.stdout
