"""The plain declarations of the C ABI, as a program reads them that has no C compiler."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from cffi import FFI

from examples import CERTIFICATE_ID, ROOT, TARGET_PROJECT, TARGET_SERVICE
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
