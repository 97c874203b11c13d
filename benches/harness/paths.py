"""Where things are."""

from __future__ import annotations

import os
from pathlib import Path

BENCHES = Path(__file__).resolve().parents[1]
ROOT = BENCHES.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = TARGET / "release"
BUILT = TARGET / "benches"
"""The clients in C."""
VENV = TARGET / "venv"
"""The virtual environment that certpush's wheel is installed in."""
BENCH_VENV = TARGET / "bench-venv"
"""The virtual environment of the Python clients beside it."""
WHEELS = TARGET / "wheels"
RESULTS = BENCHES / "results"
