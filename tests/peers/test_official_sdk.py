"""The official SDK as judge: of certpush's signatures, and of the simulator that judges them."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import string
import subprocess
from pathlib import Path
from typing import Any

import certpush
import pytest

from environments import environment
from examples import ROOT, simulator
from recorder import Recorded, recorder

pytestmark = pytest.mark.timeout(600)

REQUIREMENT = "huaweicloudsdkscm==3.1.219"
PUSHES = 600
SIGNED = {"content-type", "host", "x-sdk-date"}
ACCOUNT = {"x-project-id", "x-domain-id"}

VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
IDS = string.ascii_letters + string.digits
TEXT = VISIBLE + " äßéñ‰€证书推送ｆ🔏" + "\u00a0\u2028"
HOSTS = [
    "scm.moon-1.example",
    "SCM.Example",
    "a-b.c_d.example:8080",
    "scm.example:80",
    "192.0.2.1",
    "[2001:db8::1]",
    "[2001:db8::1]:8443",
]
# Nothing escaped: there the official SDKs do not agree with each other.
PATHS = ["", "/scm", "/a/b.c~d_e-f", "/a+b;c=d,e@f:g", "/a//b"]


@pytest.fixture(scope="module")
def sdk() -> Path:
    """The Python that has the official SDK."""
    return environment("official-sdk", REQUIREMENT) / "python"


def run(command: list[Any], home: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a program that uses the SDK, which writes into the home directory."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(home)}
    return subprocess.run(
        command, input=given, env=variables, capture_output=True, text=True, check=False
    )


class Generator:
    """Pushes with keys, accounts, hosts and bodies of every kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self, alphabet: str, longest: int) -> str:
        return "".join(self.random.choices(alphabet, k=self.random.randint(1, longest)))

    def key(self, alphabet: str, longest: int) -> str:
        """A key: none begins with a quote, a bracket or a dollar."""
        return self.random.choice(IDS) + self.text(alphabet, longest)

    def options(self, recorder_url: str) -> dict[str, Any]:
        """A client's options. All hosts are reached through the recorder."""
        options: dict[str, Any] = {
            "endpoint": f"http://{self.random.choice(HOSTS)}{self.random.choice(PATHS)}",
            "allow_http": True,
            "proxy": recorder_url,
            "access_key": self.key(VISIBLE.replace(",", ""), 40),
            "secret_key": self.key(VISIBLE, 60),
        }
        if self.random.random() < 0.4:
            options["security_token"] = self.key(VISIBLE, 2000)
        account = self.random.choice(["project_id", "domain_id", "iam_endpoint", None])
        if account == "iam_endpoint":
            options[account] = f"http://iam.{self.random.choice(HOSTS[:4])}"
        elif account:
            options[account] = self.text(IDS, 64)
        return options

    def push(self) -> tuple[str, str, str]:
        """A certificate and its target."""
        certificate_id = "".join(self.random.choices(IDS, k=16))
        return certificate_id, self.text(TEXT, 255), self.text(TEXT, 64)


def signed_headers(request: Recorded) -> dict[str, str]:
    """The headers that certpush says it has signed."""
    named = re.search("SignedHeaders=([^,]+), ", request.headers["authorization"])
    assert named, request
    return {name: request.headers[name] for name in named[1].split(";")}


def test_the_sdk_computes_the_same_authorization(sdk: Path, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - it is what a failure is repeated with
    generator = Generator(seed)
    keys: list[dict[str, Any]] = []
    with recorder() as running:
        for _ in range(PUSHES):
            options = generator.options(running.url)
            with certpush.Client(**options) as client:
                client.push(*generator.push())
            keys += [options] * (len(running.requests) - len(keys))
    assert len(running.requests) > PUSHES, "accounts were looked up as well"
    lines = [
        json.dumps(
            {
                "access_key": options["access_key"],
                "secret_key": options["secret_key"],
                "method": request.method,
                "path": request.path,
                "headers": signed_headers(request),
                "body": request.body.hex(),
            }
        )
        for request, options in zip(running.requests, keys)
    ]
    done = run([sdk, Path(__file__).with_name("sdk_signer.py")], tmp_path, "\n".join(lines))
    assert done.returncode == 0, done.stderr
    computed = done.stdout.splitlines()
    assert len(computed) == len(running.requests)
    for request, authorization in zip(running.requests, computed):
        assert request.headers["authorization"] == authorization, request


REGION = "made-up-1"
SPOILT = 800
MARKS = "\n :-#'\"[]{},&*!|>%@`?~\\\t\r\x85/"
SPOILERS = [*MARKS, "  ", "- ", ": ", " #", "---", "SCM", "id", "'#'"]


def list_of_regions(generator: random.Random) -> str:
    """A list that has the region, in one of the ways that YAML can be written."""

    def text(plain: str) -> str:
        return generator.choice([plain, f"'{plain}'", f'"{plain}"'])

    def url(host: str) -> str:
        return generator.choice(["https://", ""]) + f"{host}.example"

    def comment() -> str:
        return generator.choice(["", "", " # here", "  # it's: {["])

    def entry(region: str, host: str) -> list[str]:
        urls = [text(url(f"{host}-{number}")) for number in range(generator.randint(1, 3))]
        endpoint = f"endpoint: {text(url(host))}"
        endpoints = generator.choice(
            [
                [f"endpoints: [{', '.join(urls)}]"],
                ["endpoints:", *[f"  - {one}" for one in urls]],
                ["endpoints:", *[f"- {one}" for one in urls]],
                ["endpoints: [", *[f"  {one}," for one in urls], "]"],
            ]
        )
        members = [[f"id: {text(region)}"]]
        members += generator.choice([[[endpoint]], [endpoints], [[endpoint], endpoints]])
        generator.shuffle(members)
        if generator.random() < 0.2:
            flat = [" ".join(member) for member in members if not member[-1].startswith((" ", "-"))]
            if len(flat) == len(members):
                return [f"- {{{', '.join(flat)}}}"]
        lines = [line for member in members for line in member]
        return [("  " if number else "- ") + line for number, line in enumerate(lines)]

    lines = generator.choice([[], ["# of the SDK"], ["---"]])
    services = ["ECS", generator.choice(["SCM", "scm", "Scm"]), "IoTDA"]
    generator.shuffle(services)
    for service in services:
        lines.append(f"{text(service)}:{comment()}")
        indent = generator.choice(["", "  ", "    "])
        for region in generator.sample([REGION, "cn-north-4", "a-b-2"], 3):
            host = f"{service}-{region}".lower()
            lines += [indent + line + comment() for line in entry(region, host)]
    end = generator.choice(["\n", "\n", "\r\n"])
    return generator.choice(["", "", "\ufeff"]) + end.join(lines) + end


def spoilt(generator: random.Random, text: str) -> str:
    """The text with a few characters more or fewer."""
    for _ in range(generator.randint(1, 3)):
        at = generator.randrange(len(text))
        cut = generator.choice([0, 0, 1, 2])
        text = text[:at] + generator.choice([*SPOILERS, ""]) + text[at + cut :]
    return text


def endpoint_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The endpoint that certpush has for the region, if it takes the file."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGIONS_FILE", str(path))
    try:
        with certpush.Client(region=REGION, token="t" * 32, trust="mozilla") as client:
            told = re.match("endpoint: (.*?), from ", client.describe())
    except certpush.ConfigError:
        return None
    assert told
    return told[1]


def test_the_sdk_finds_the_same_endpoint_in_every_list_of_regions(
    sdk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - it is what a failure is repeated with
    generator = random.Random(seed)
    good = [list_of_regions(generator) for _ in range(200)]
    bad = [spoilt(generator, generator.choice(good)) for _ in range(SPOILT)]
    paths = [tmp_path / f"{number}.yaml" for number in range(len(good) + len(bad))]
    for path, text in zip(paths, good + bad):
        path.write_bytes(text.encode())
    judge = Path(__file__).with_name("sdk_regions.py")
    done = run([sdk, judge, REGION], tmp_path, "".join(f"{path}\n" for path in paths))
    assert done.returncode == 0, done.stderr
    answers = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths)
    ours = [endpoint_of(path, monkeypatch) for path in paths]
    assert None not in ours[: len(good)]
    for path, own, answer in zip(paths, ours, answers):
        # A list in which the SDK fails to find what it has is none that it says anything of.
        if path in paths[: len(good)] or (own is not None and answer != "other"):
            assert own == answer.rstrip("/"), path.read_bytes()
    assert sum(own is not None for own in ours[len(good) :]) > 100


def test_all_that_says_who_asks_for_what_is_signed() -> None:
    generator = Generator(4)
    with recorder() as running:
        for _ in range(50):
            with certpush.Client(**generator.options(running.url)) as client:
                client.push(*generator.push())
    for request in running.requests:
        must = SIGNED | (request.headers.keys() & (ACCOUNT | {"x-security-token"}))
        assert signed_headers(request).keys() == must


def test_the_simulator_takes_what_the_sdk_sends_and_refuses_what_it_should(
    sdk: Path, tmp_path: Path
) -> None:
    judge = ROOT / "tests/sim/tests/official_sdk.py"
    done = run([sdk, judge, *simulator()], tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Ran [1-9]\d* tests", done.stderr), done.stderr
