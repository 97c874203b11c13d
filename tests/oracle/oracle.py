"""Whether "not pushed" holds against a server that knows which whole requests it got.

    oracle.py LIBRARIES [--calls N] [--seed N] [--lie WHAT]

LIBRARIES is the folder of libcertpush.so. Ends with 0 if no rule was broken and everything was met;
with --lie, which lets the callers tell lies of one kind now and then, if they were caught.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import certificates
import check
import gnutls
import plans
from proxy import Proxy
from record import Record
from server import Server
from table import Table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOKEN = "MIIoracle-holds-many-words-that-nobody-may-read-"
LONGEST_TOKEN = 1_500_000
# Those to a server with small buffers: some are just larger than what both sides' buffers hold.
WINDOW_LENGTHS = [40, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 130_000, 400_000]
TOKEN_LENGTHS = [40, 40, 2000, 16_000, 32_000, 80_000, 100_000, 130_000, 130_000, 200_000, 400_000]
THREADS = 24
EXAMPLES = 2
# What the callers can lie about, and the rule that breaks.
LIES = {
    "unknown": "SaidNotPushedButMayHaveBeen",
    "retryable": "RetryableInDoubt",
    "pushed": "SaidPushedWithoutAnAnswer",
    "answer": "AnswerOfAnother",
}


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201


def build(library: Path, folder: Path) -> Path:
    """Compile the callers against a library, which the loader finds by its own name."""
    dynamic = subprocess.run(
        ["readelf", "-d", library], check=True, capture_output=True, text=True
    ).stdout
    soname = re.search(r"SONAME.*\[(.*)\]", dynamic)
    (folder / (soname[1] if soname else library.name)).symlink_to(library)
    program = folder / "client"
    compiler = os.environ.get("CC", "cc")
    flags = ["-std=c99", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2"]
    paths = [f"-I{ROOT / 'include'}", str(HERE / "client.c"), "-o", str(program), str(library)]
    command = [*compiler.split(), *flags, *paths, f"-Wl,-rpath,{folder}", "-pthread"]
    subprocess.run(command, check=True)
    return program


def write_clients(
    folder: Path, server: Server, proxy: Proxy, files: dict[str, Path], random: Random
) -> Path:
    """The callers' options: every lane, with small and large tokens, kept and fresh connections."""
    lines = []
    tokens = {}
    for length in sorted({*TOKEN_LENGTHS, *WINDOW_LENGTHS, LONGEST_TOKEN}):
        tokens[length] = folder / f"token-{length}"
        tokens[length].write_bytes(server.tokens[:length])
    for lane in plans.LANES:
        for small in (False, True):
            lengths = [*random.sample(TOKEN_LENGTHS, 4), random.choice(TOKEN_LENGTHS)]
            if small:
                lengths = [*WINDOW_LENGTHS]
            if random.random() < 0.2:
                lengths.append(LONGEST_TOKEN)
            for number, length in enumerate(lengths):
                scheme = "https" if lane.version else "http"
                port = server.ports[lane.name, small]
                options = {
                    "endpoint": f"{scheme}://127.0.0.1:{port}",
                    "token_file": str(tokens[length]),
                    "retries": str(random.choice([0, 0, 2])),
                    "retry_base_ms": "5",
                    "max_idle_connections": str(random.choice([0, 32, 32, 32])),
                    "idle_timeout_ms": str(random.choice([50, 15000])),
                }
                if number == 0 or random.random() < 0.15:
                    options["proxy"] = f"http://127.0.0.1:{proxy.port}"
                if lane.version:
                    options["ca_file"] = str(files["ca"])
                if lane.asks and random.random() < 0.5:
                    options["client_cert_file"] = str(files["client"])
                    options["client_key_file"] = str(files["client key"])
                lines.append("\t".join(f"{key}={value}" for key, value in options.items()))
    written = folder / "clients"
    written.write_text("\n".join(lines) + "\n")
    return written


def run(library: Path, calls: int, seed: int, lie: str) -> tuple[list[check.Call], Record]:
    """Let the callers call, and give what they told and what the server knows."""
    random = Random(seed)
    gnutls_library = gnutls.load()
    record = Record()
    threading.excepthook = lambda failed: record.complain(f"a defect here: {failed.exc_value!r}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = build(library, folder)
        maker = certificates.Maker(gnutls_library)
        made = maker.server()
        credentials = gnutls.Credentials(gnutls_library, made.certificate_pem, made.key_pem)
        ca, _ = certificates.write(folder, maker.authority, "ca")
        client, client_key = certificates.write(folder, maker.client(), "certificate")
        tokens = (TOKEN * (LONGEST_TOKEN // len(TOKEN) + 1)).encode()
        server = Server(record, credentials, tokens, seed)
        proxy = Proxy(record, seed)
        files = {"ca": ca, "client": client, "client key": client_key}
        clients = write_clients(folder, server, proxy, files, random)
        environment = {"PATH": os.environ["PATH"], "ORACLE_LIE": lie}
        if not lie:
            del environment["ORACLE_LIE"]
        done = subprocess.run(
            [program, clients, str(calls), str(seed), str(THREADS)],
            check=True,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        server.close()
        proxy.close()
    return [check.Call.read(line) for line in done.stdout.splitlines()], record


def show(violations: list[check.Violation]) -> None:
    """Print the kinds of violations, with examples."""
    kinds = Counter((violation.rule, violation.fault) for violation in violations)
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for violation in violations:
        examples[violation.rule, violation.fault].append(violation.evidence)
    for (rule, fault), count in kinds.most_common():
        say(f"{count} times {rule}: {fault}")
    for (rule, fault), _ in kinds.most_common():
        for example in examples[rule, fault][:EXAMPLES]:
            say(f"\n{rule}: {fault}\n  {example}")


def main() -> int:
    """Run the oracle."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("libraries", type=Path, help="the folder of libcertpush.so")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument(
        "--lie", default="", choices=["", *LIES], help="let the callers lie: they must be caught"
    )
    options = parser.parse_args()
    library = (options.libraries / "libcertpush.so").resolve()
    try:
        version = gnutls.version(gnutls.load())
    except gnutls.Missing as why:
        say(f"oracle: skipped, {why}")
        return 1 if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1" else 0
    say(f"oracle: seed {options.seed}, {options.calls} calls, GnuTLS {version}")
    threading.stack_size(512 * 1024)
    begun = time.monotonic()
    calls, record = run(library, options.calls, options.seed, options.lie)
    seconds = time.monotonic() - begun
    violations = check.check(calls, record)
    if options.lie:
        caught = [one for one in violations if one.rule == LIES[options.lie]]
        say(f"oracle: {len(caught)} lies were caught as {LIES[options.lie]}")
        return 0 if caught else 1
    table = Table(calls, record)
    for line in table.lines():
        say(line)
    missing = table.missing()
    unnoticed = check.lies_not_noticed(calls, record)
    show(violations)
    for line in [*missing, *unnoticed]:
        say(line)
    say(f"{len(calls)} calls in {seconds:.1f} s, {len(violations)} violations, seed {options.seed}")
    bad = bool(violations or missing or unnoticed or len(calls) != options.calls)
    if not bad:
        say("oracle: passed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
