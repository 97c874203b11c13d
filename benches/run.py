"""`make bench`: measures certpush beside what a user would pick instead.

Writes benches/results/latest.json, latest.md and the plots. benches/README.md says what is measured
and how.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import aims, machine, plots, prepare, tables
from harness.clients import CLIENTS, SCHEMES
from harness.measures import cold, counts, memory, path, sizes, threads, warm
from harness.paths import RESULTS
from harness.peer import Peer, serve
from harness.prepare import Reasons
from harness.results import Results, Row, each, together, value
from harness.tools import Missing

THOROUGH = {
    "rounds": 41,
    "pushes": 1000,
    "counted": 100,
    "threaded": 4000,
    "cold_rounds": 41,
    "far": 9,
}
QUICK = {"rounds": 7, "pushes": 200, "counted": 20, "threaded": 800, "cold_rounds": 7, "far": 3}


def measure(peer: Peer, missing: Reasons, settings: dict[str, int]) -> Results:
    """Everything that needs the server."""

    def counted(counter: counts.Counter) -> Row:
        return of_schemes(
            lambda scheme: each(
                CLIENTS,
                missing,
                lambda client: counts.per_push(counter, client, peer, scheme, settings["counted"]),
            )
        )

    steps: dict[str, Callable[[], Row]] = {
        "warm": lambda: of_schemes(
            lambda scheme: together(
                CLIENTS,
                missing,
                lambda there: warm.measure(
                    peer, there, scheme, settings["rounds"], settings["pushes"]
                ),
            )
        ),
        "cold_start": lambda: of_schemes(
            lambda scheme: together(
                CLIENTS,
                missing,
                lambda there: cold.starts(peer, there, scheme, settings["cold_rounds"]),
            )
        ),
        "imports": lambda: cold.imports(peer, missing, settings["cold_rounds"]),
        "connections": lambda: each(
            CLIENTS,
            missing,
            lambda client: threads.connections(client, peer, "https", settings["threaded"]),
        ),
        "peak_mb": lambda: each(
            CLIENTS,
            missing,
            lambda client: memory.peak_mb(client, peer, "https", settings["pushes"]),
        ),
        "round_trips": lambda: of_schemes(
            lambda scheme: each(
                CLIENTS,
                missing,
                lambda client: path.round_trips(client, peer, scheme, settings["far"]),
            )
        ),
        "system_calls": lambda: counted(counts.system_calls),
        "instructions": lambda: counted(counts.instructions),
    }
    results = {}
    for name, step in steps.items():
        print(f"measures {name}", file=sys.stderr, flush=True)
        results[name] = step()
    return results


def of_schemes(measure_scheme: Callable[[str], Row]) -> Row:
    """A measure over http and over https."""
    return {scheme: measure_scheme(scheme) for scheme in SCHEMES}


def installed(missing: Reasons) -> Row:
    """The size of what must be on the disk."""
    measured = {
        "libcertpush.so": sizes.shared_library,
        "certpush wheel": sizes.wheel,
        "libcurl": sizes.libcurl,
        "pycurl": lambda: sizes.package("pycurl"),
        "requests": lambda: sizes.package("requests"),
        "official SDK": lambda: sizes.package("huaweicloudsdkscm"),
    }
    return {name: value(name, missing, measure) for name, measure in measured.items()}


def main() -> int:
    """Measures everything and writes the results."""
    parser = argparse.ArgumentParser(
        description="Measures certpush beside what a user would pick instead."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, no result")
    parser.add_argument(
        "--output", type=Path, default=RESULTS, help="where latest.json, latest.md and the plots go"
    )
    options = parser.parse_args()
    settings = QUICK if options.quick else THOROUGH
    try:
        missing = prepare.prepare()
        with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as peer:
            results = measure(peer, missing, settings)
    except Missing as reason:
        print(f"nothing can be measured: {reason}", file=sys.stderr)
        return 1
    results |= {
        "sizes": installed(missing),
        "machine": machine.machine(),
        "versions": machine.versions(),
        "settings": settings,
    }
    results["aims"] = aims.judged(results)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "latest.json").write_text(json.dumps(results, indent=1) + "\n")
    text = tables.markdown(results)
    (options.output / "latest.md").write_text(text)
    plots.write(results, options.output)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
