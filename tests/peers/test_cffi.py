"""The plain declarations of the C ABI as a program reads them that has no C compiler.

And the binding that docs/c.md tells to write.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import certpush as python
import pytest
from cffi import FFI

from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
from recorder import Failing, recorder
from simulated_service import SimulatedService

RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
DESCRIPTION = json.loads((ROOT / "include/certpush.json").read_text(encoding="utf-8"))


class Certpush:
    """The library, and texts that it takes and gives."""

    def __init__(self) -> None:
        self.ffi = FFI()
        self.ffi.cdef((ROOT / "include/certpush.cdef").read_text(encoding="utf-8"))
        self.library: Any = self.ffi.dlopen(str(RELEASE / "libcertpush.so"))

    def text(self, pointer: Any) -> str:
        """A string that the library returned."""
        text = self.ffi.string(pointer)
        assert isinstance(text, bytes)
        return text.decode()


@pytest.fixture(scope="module")
def certpush() -> Certpush:
    """The library of this build."""
    return Certpush()


def test_the_library_tells_its_version(certpush: Certpush) -> None:
    assert certpush.text(certpush.library.certpush_version()) == DESCRIPTION["version"]


def test_every_function_is_found_with_the_parameters_that_are_described(certpush: Certpush) -> None:
    for function in DESCRIPTION["functions"]:
        found = certpush.ffi.typeof(getattr(certpush.library, function["name"]))
        parameters = [parameter["type"] for parameter in function["parameters"]]
        assert list(found.args) == [certpush.ffi.typeof(kind) for kind in parameters]
        assert found.result == certpush.ffi.typeof(function["returns"])


def test_the_numbers_and_texts_are_the_librarys(certpush: Certpush) -> None:
    for status in DESCRIPTION["statuses"]:
        assert getattr(certpush.library, status["c_name"]) == status["number"]
        name = certpush.library.certpush_status_name(status["number"])
        message = certpush.library.certpush_status_message(status["number"])
        assert (certpush.text(name), certpush.text(message)) == (
            status["c_name"],
            status["message"],
        )


def test_the_name_for_php_is_the_librarys() -> None:
    declared = (ROOT / "include/certpush-ffi.h").read_text(encoding="utf-8")
    scope, library, rest = declared.split("\n", 2)
    assert scope == '#define FFI_SCOPE "CERTPUSH"'
    assert library == f'#define FFI_LIB "{DESCRIPTION["library"]}"'
    assert (RELEASE / DESCRIPTION["library"]).exists()
    assert rest == (ROOT / "include/certpush.cdef").read_text(encoding="utf-8")
    assert not re.search("^#", rest, re.MULTILINE)


def test_a_push_tells_every_field(certpush: Certpush, service: SimulatedService) -> None:
    library, ffi = certpush.library, certpush.ffi
    config = library.certpush_config_new()
    for key, value in service.options().items():
        assert library.certpush_config_set(config, key.encode(), value.encode(), ffi.NULL) == 0
    client, report = ffi.new("certpush_client **"), ffi.new("certpush_report **")
    assert library.certpush_client_new(config, client, ffi.NULL) == 0
    library.certpush_config_free(config)
    target = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)
    arguments = [text.encode() for text in target]
    assert library.certpush_push(client[0], *arguments, ffi.NULL, report) == 0

    told = {}
    for field in DESCRIPTION["report_fields"]:
        if field["c_accessor"]:
            value = getattr(library, field["c_accessor"])(report[0])
            told[field["name"]] = certpush.text(value) if field["type"] == "string" else value
    assert (told["certificate_id"], told["target_project"], told["target_service"]) == target
    assert (told["status"], told["http_status"], told["outcome_unknown"]) == (0, 204, 0)
    assert (told["retry_after_ms"], told["attempts"], told["phase"]) == (-1, 1, "")
    assert service.has_been_pushed_to()
    library.certpush_report_free(report[0])
    library.certpush_client_free(client[0])


def take(certpush: Certpush, report: Any) -> dict[str, Any]:
    """What a report tells in JSON, which accessors and fields tell, too. It is freed."""
    library, ffi = certpush.library, certpush.ffi
    told: dict[str, Any] = json.loads(certpush.text(library.certpush_report_json(report)))
    assert list(told) == [field["name"] for field in DESCRIPTION["report_fields"]]
    for field in DESCRIPTION["report_fields"]:
        name, value = field["name"], told[field["name"]]
        if field["c_accessor"]:
            read = getattr(library, field["c_accessor"])(report)
            assert (certpush.text(read) if field["type"] == "string" else read) == value
        copied = ffi.new("char[4096]")
        length = library.certpush_report_copy_field(report, name.encode(), len(name), copied, 4096)
        plain = (value if isinstance(value, str) else json.dumps(value)).encode()
        assert ffi.buffer(copied)[:] == plain.ljust(4096)
        assert length == len(plain)
    library.certpush_report_free(report)
    return told


def two_calls(certpush: Certpush, options: dict[str, Any], *target: str) -> dict[str, Any]:
    """What the smallest binding is told of a push."""
    library, ffi = certpush.library, certpush.ffi
    text = json.dumps(options).encode()
    client, report = ffi.new("certpush_client **"), ffi.new("certpush_report **")
    status = library.certpush_client_open(text, len(text), client, report)
    told = take(certpush, report[0])
    assert told["status"] == status
    if status == 0:
        arguments = [part for one in target for part in (one.encode(), len(one.encode()))]
        status = library.certpush_push_n(client[0], *arguments, 0, ffi.NULL, report)
        told = take(certpush, report[0])
        assert told["status"] == status
    library.certpush_client_free(client[0])
    return told


def in_python(options: dict[str, Any], *target: str) -> dict[str, Any]:
    """What certpush's own Python binding is told of the same push."""
    try:
        with python.Client(**options) as client:
            return client.push(*target).to_dict()
    except python.Error as error:
        return error.to_dict()


TARGET = (CERTIFICATE_ID, TARGET_PROJECT, TARGET_SERVICE)


@pytest.mark.parametrize(
    ("changes", "target", "status"),
    [
        ({}, TARGET, "CERTPUSH_OK"),
        ({}, ("scs16003133910740", *TARGET[1:]), "CERTPUSH_INVALID_ARGUMENT"),
        ({}, ("scs0000000000000", *TARGET[1:]), "CERTPUSH_BAD_REQUEST"),
        ({"token": "x" * 40, "token_file": None}, TARGET, "CERTPUSH_UNAUTHORIZED"),
        ({"endpoint": "https://127.0.0.1:1", "retries": 0}, TARGET, "CERTPUSH_CONNECT"),
        ({"ca_file": "/no/such/file"}, TARGET, "CERTPUSH_INVALID_CONFIG"),
    ],
)
def test_json_accessors_fields_and_python_tell_the_same(
    certpush: Certpush,
    service: SimulatedService,
    changes: dict[str, Any],
    target: tuple[str, str, str],
    status: str,
) -> None:
    options = {**service.options(), **changes}
    options = {key: value for key, value in options.items() if value is not None}
    told, told_in_python = two_calls(certpush, options, *target), in_python(options, *target)
    assert told["status_name"] == status
    assert list(told) == list(told_in_python)
    of_each_call = {"request_id"}
    assert {name: value for name, value in told.items() if name not in of_each_call} == {
        name: value for name, value in told_in_python.items() if name not in of_each_call
    }


def test_a_doubt_is_told_the_same(certpush: Certpush) -> None:
    with recorder(Failing) as failing:
        options = {"endpoint": failing.url, "token": "x" * 40}
        told, told_in_python = two_calls(certpush, options, *TARGET), in_python(options, *TARGET)
    assert told["outcome_unknown"] is True
    assert told == told_in_python
