"""Writes the plots anew, from what was measured last: `make docs` runs it.

benches/results/latest.json is read; `make bench`, which writes that, makes the plots, too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from harness import plots
from harness.paths import RESULTS


def main() -> None:
    """Writes all plots."""
    parser = argparse.ArgumentParser(description="Writes the plots of what was measured last.")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where they go")
    options = parser.parse_args()
    results = json.loads((RESULTS / "latest.json").read_text(encoding="utf-8"))
    plots.write(results, options.output)


if __name__ == "__main__":
    main()
