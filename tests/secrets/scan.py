"""Looks for the tests' secrets in everything that the tests were told: `make test-secrets`.

    scan.py TRANSCRIPTS CONFORMANCE_JSON

What is looked through: what every suite printed (`*.console`), what certpush logged, raised, gave
and pickled in it (`*.transcript`), the conformance runner's results, and what nginx, tinyproxy and
Keystone logged. What tests were given, such as token files, is none of that; nor is squid's log,
which has the headers that a proxy for plain http is sent.

What is looked for: the beginning of each secret, plainly, reversed, and in base64, hex and percent
encoding. Secrets are found by how the tests' constants and scenarios are named; whatever is named
like one and is none stands in NOT_SECRETS.

Ends with status 0 if there was everything to look through and no secret in it. A copy of each file
with a secret in it, and one that is empty or missing, must be found out first. Only what a tool
writes whose tests were skipped, by name and for want of it, may be missing; with
CERTPUSH_REQUIRE_TOOLS=1 nothing may.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple
from urllib.parse import quote

from skips import skips

ROOT = Path(__file__).resolve().parents[2]

# How much of a secret is too much, as in the conformance runner, and what is too short to tell.
ENOUGH, TOO_SHORT = 16, 8

# Each suite's files, with what must be in them at least once, lest an empty recorder look clean.
Marks = dict[str, list[bytes]]
EXPECTED: Marks = {
    "rust.console": [b"test result: ok"],
    "rust.transcript": [b"config ", b"client ", b"receipt ", b"error "],
    "rust.command.transcript": [b"was pushed", b"outcome_unknown"],
    "c.console": [b"passed, 0 failed"],
    "c.transcript": [b"message ", b"hint ", b"service_message ", b"log ", b"client "],
    "cpp.console": [b"passed, 0 failed"],
    "cpp.transcript": [b"message ", b"hint ", b"service_message ", b"log ", b"client "],
    "python.console": [b" passed"],
    "python.transcript": [
        *(b"client ", b"receipt ", b"raised ", b"log ", b"printed "),
        *(b"error ", b"pickle of error ", b"pickle of receipt ", b"result "),
    ],
    "conformance.console": [b"passed, 0 failed"],
    "conformance.transcript": [b'"service_message"', b'"message"'],
    "peers.console": [b" passed"],
    "peers.transcript": [b"client ", b"receipt ", b"raised ", b"printed "],
    # Without GnuTLS it is skipped, and says so.
    "oracle.console": [b"oracle: "],
    "peers.servers": [b"# nginx", b"# tinyproxy", b"# keystone"],
    "front.console": [b" passed"],
    "install.console": [b"passed, 0 failed"],
}
# Every caller of the C library or the command has a suite, which keeps more if it likes.
CALLERS = sorted(
    path.parent.name
    for path in ROOT.glob("bindings/*/binding.mk")
    if re.search(r"^\w+\.caller *:?= *\S", path.read_text(), re.MULTILINE)
)
EXPECTED |= {f"{caller}.console": [b"\n"] for caller in CALLERS}
KEPT = [*EXPECTED, *(f"{caller}.transcript" for caller in CALLERS)]
# What is not written without a tool.
WRITTEN_WITH = {
    ("peers.servers", b"# nginx"): "nginx",
    ("peers.servers", b"# tinyproxy"): "tinyproxy",
    ("peers.servers", b"# keystone"): "keystone",
    ("peers.transcript", b"raised "): "keystone",
}

SOURCES = ["tests/**/*", "bindings/*/tests/**/*", "bindings/*/t/**/*", "bindings/*/src/test/**/*"]
LANGUAGES = {"c", "cob", "cpp", "go", "h", "java", "php", "pl", "pm", "py", "rs", "t"}
NAMES = "[A-Z_]*(?:TOKEN|PASSWORD|SECRET|SECURITY|ACCESS_KEY|AUTHORIZATION)[A-Z_]*|FIRST|SECOND"
OPTIONS = "token|secret_key|security_token|user_password|access_key|totp"
WRITTEN = [
    # const TOKEN: &str = "…"; TOKEN = "…"
    re.compile(rf"""\b(?P<name>{NAMES})(?::\s*&(?:'static\s+)?str)?\s*=\s*"(?P<text>[^"\n]+)\""""),
    # #define TOKEN "…"
    re.compile(rf"""#define\s+(?P<name>{NAMES})\s+"(?P<text>[^"\n]+)\""""),
    # .token("…"); token="…"; "token", "…"; "token": "…"
    re.compile(rf"""[."\s(](?P<name>{OPTIONS})(?:\(|=|",\s*|":\s*)"(?P<text>[^"\n]+)\""""),
]
VARIABLE = re.compile("_(TOKEN|PASSWORD|SECRET_KEY|ACCESS_KEY|TOTP|AK|SK)$")
NOT_SECRETS = {
    "x-auth-token",
    "X-Subject-Token",
    "/meta-data/latest/api/token",
    "an_unknown_user_is_refused",
    "the driver showed a secret",
    # These are words of hints, too.
    "wrong password",
    "a wrong password",
}
# What must be among the secrets: the search for them must not come back empty-handed.
MUST_BE_KNOWN = {
    *("DEFAULT_TOKEN", "DEFAULT_PASSWORD", "DEFAULT_ACCESS_KEY", "DEFAULT_SECRET_KEY"),
    *("DEFAULT_POD_AUTHORIZATION", "UNKNOWN_TOKEN", "WRONG_PASSWORD", "FIRST", "SECOND"),
}
# Tokens and access keys that the simulated services make up in each run.
MADE_UP = {
    "a token that IAM issued": re.compile(rb"MII[A-Za-z0-9+-]{40}"),
    "a temporary access key": re.compile(rb"\bHST[A-Z2-7]{17}\b"),
}


class Secret(NamedTuple):
    """A secret, and where it stands."""

    name: str
    place: str
    text: bytes


class Found(NamedTuple):
    """A secret in a file. It is not shown."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def secrets() -> list[Secret]:
    """Every secret that a test has, once."""
    token = ROOT / "tests/sim/src/default_token.txt"
    found = [Secret("DEFAULT_TOKEN", token.name, token.read_bytes().strip())]
    found += [Secret("password of a proxy", "tests/peers/proxies.py", b"pass.word")]
    sources = {path for pattern in SOURCES for path in ROOT.glob(pattern)}
    for path in sorted(path for path in sources if path.suffix[1:] in LANGUAGES):
        place = str(path.relative_to(ROOT))
        for match in (match for way in WRITTEN for match in way.finditer(path.read_text())):
            found.append(Secret(match["name"], place, match["text"].encode()))
    lists = [*ROOT.glob("tests/conformance/scenarios/*.json"), ROOT / "tests/c/scenarios.json"]
    for path in sorted(lists):
        place = str(path.relative_to(ROOT))
        for scenario in json.loads(path.read_text())["scenarios"]:
            for name, text in scenario.get("env", {}).items():
                if VARIABLE.search(name):
                    found.append(Secret(name, place, text.encode()))
            token = scenario.get("request", {}).get("token")
            if isinstance(token, str) and len(token) >= ENOUGH:
                found.append(Secret("token", place, token.encode()))
    known: dict[bytes, Secret] = {}
    for secret in found:
        text = secret.text
        if len(text) >= TOO_SHORT and b"{" not in text and text.decode() not in NOT_SECRETS:
            known.setdefault(text, secret)
    missing = MUST_BE_KNOWN - {secret.name for secret in found}
    if missing:
        sys.exit(f"these secrets were not found in the tests: {', '.join(sorted(missing))}")
    return list(known.values())


def in_base64(text: bytes) -> Iterator[bytes]:
    """What is in base64 wherever the text is inside of something larger."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text).rstrip(b"=")
        # The characters at both ends depend on what is around.
        yield encoded[-(-before * 8 // 6) : -1]


FORMS: dict[str, Callable[[bytes], list[bytes]]] = {
    "plain": lambda text: [text],
    "reversed": lambda text: [text[::-1]],
    "base64": lambda text: list(in_base64(text)),
    "hex": lambda text: [text.hex().encode(), text.hex().upper().encode()],
    "percent-encoded": lambda text: [quote(text, safe="").encode()],
}


def needles(known: list[Secret]) -> dict[bytes, str]:
    """What to look for, and how to call it."""
    found: dict[bytes, str] = {}
    for secret in known:
        beginning = secret.text[:ENOUGH]
        # The end tells as much, of what is reversed its beginning.
        for form, encode in FORMS.items():
            text = secret.text[-ENOUGH:] if form == "reversed" else beginning
            for needle in encode(text):
                found.setdefault(needle, f"{secret.name} of {secret.place}, {form}")
    return found


def look_through(path: Path, wanted: dict[bytes, str]) -> Iterator[Found]:
    """The secrets in a file."""
    content = path.read_bytes()
    for needle, what in wanted.items():
        at = content.find(needle)
        if at >= 0:
            yield Found(path, content.count(b"\n", 0, at) + 1, what)
    for what, pattern in MADE_UP.items():
        match = pattern.search(content)
        if match:
            yield Found(path, content.count(b"\n", 0, match.start()) + 1, what)


def expected(transcripts: Path) -> Marks:
    """The files that must be there, and what in them: all but what wants for a tool."""
    if os.environ.get("CERTPUSH_REQUIRE_TOOLS") == "1":
        return EXPECTED
    skipped = skips(transcripts)

    def may_be_missing(name: str, mark: bytes) -> bool:
        """Whether its suite skipped tests for want of the tool that writes it."""
        tool, suite = WRITTEN_WITH.get((name, mark)), name.partition(".")[0]
        if suite in CALLERS:
            return any(skip.test == f"the binding {suite}" for skip in skipped)
        return tool is not None and any(
            skip.suite == suite and skip.is_for_want_of(tool) for skip in skipped
        )

    left = {
        name: [mark for mark in marks if not may_be_missing(name, mark)]
        for name, marks in EXPECTED.items()
    }
    return {name: marks for name, marks in left.items() if marks}


def what_is_missing(transcripts: Path, wanted: Marks) -> Iterator[str]:
    """Files that are not there, and those in which something is not."""
    for name, marks in wanted.items():
        path = transcripts / name
        content = path.read_bytes() if path.exists() else b""
        if not content:
            yield f"{path} is missing or empty"
        for mark in marks:
            if content and mark not in content:
                yield f"{path} has no {mark.decode()!r}: what should write it did not"


def prove(transcripts: Path, there: Marks, known: list[Secret], wanted: dict[bytes, str]) -> None:
    """Ends the program unless a secret in a copy of each file, or a missing one, is found out."""
    plain = max(known, key=lambda secret: len(set(secret.text)))
    with tempfile.TemporaryDirectory() as folder:
        for name in there:
            copy = Path(folder) / name
            content = (transcripts / name).read_bytes()[:4096].rpartition(b"\n")[0]
            for form, encode in FORMS.items():
                text = plain.text[-ENOUGH:] if form == "reversed" else plain.text
                for secret in encode(text):
                    copy.write_bytes(content + b"\nmessage: " + secret + b"\nand more\n")
                    line = content.count(b"\n") + 2
                    if not any(found.line == line for found in look_through(copy, wanted)):
                        sys.exit(f"the scan does not find a secret that is {form} in {name}")
        copies = Path(folder) / "copies"
        for spoil in (Path.unlink, lambda path: path.write_bytes(b"")):
            for name in there:
                shutil.rmtree(copies, ignore_errors=True)
                copies.mkdir()
                for other in there:
                    (copies / other).symlink_to((transcripts / other).resolve())
                spoiled: Any = copies / name
                spoiled.unlink()
                spoiled.write_bytes(b"x")
                spoil(spoiled)
                if not list(what_is_missing(copies, there)):
                    sys.exit(f"the scan does not miss {name}")


def main(transcripts: Path, conformance: Path) -> None:
    """Scan, and end with a line that says how much."""
    there = expected(transcripts)
    missing = list(what_is_missing(transcripts, there))
    if not conformance.exists() or conformance.stat().st_size == 0:
        missing.append(f"{conformance} is missing or empty")
    if missing:
        sys.exit("\n".join(missing))
    known = secrets()
    wanted = needles(known)
    prove(transcripts, there, known, wanted)
    # What need not be there is looked through all the same if it is.
    paths = [path for path in (transcripts / name for name in KEPT) if path.exists()]
    paths.append(conformance)
    found = [found for path in paths for found in look_through(path, wanted)]
    if found:
        sys.exit("\n".join(map(str, found)))
    size = sum(path.stat().st_size for path in paths) / 2**20
    print(f"none of {len(known)} secrets in {len(paths)} files of {size:.0f} MiB")  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
