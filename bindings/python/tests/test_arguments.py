"""Every argument of every function: its type, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import certpush
from certpush._certpush import OPTIONS
from simulated_service import CERTIFICATE

NOWHERE: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "token": "t" * 32}
PUSH: dict[str, Any] = {
    "certificate_id": CERTIFICATE,
    "target_project": "p",
    "target_service": "ELB",
}
SECONDS = [key[: -len("_ms")] for key, _ in OPTIONS if key.endswith("_ms")]

WRONG_FOR_TYPE: dict[str, list[Any]] = {
    "str": [1, b"bytes", Path("path"), ["list"]],
    "str | os.PathLike[str]": [1, b"bytes", ["list"]],
    "bool": [0, "true", 1.0],
    "int": [1.0, "1", True],
}
WRONG_OPTIONS = [
    *((key, wrong) for key, kind in OPTIONS for wrong in WRONG_FOR_TYPE[kind]),
    *((key, wrong) for key in SECONDS for wrong in ["1", True, 1j]),
    *(("trust_env", wrong) for wrong in WRONG_FOR_TYPE["bool"]),
    *(("token_source", wrong) for wrong in ["t" * 32, 1]),
]
WRONG_IN_A_CALL = [
    *(("timeout", wrong) for wrong in ["1", True, 1j]),
    *(("timeout_ms", wrong) for wrong in ["1", True, 1.0]),
    *(("cancel", wrong) for wrong in [True, "cancel", certpush.Cancel]),
]


def nowhere() -> certpush.Client:
    """A client for calls that must be refused before they reach anything."""
    return certpush.Client(**NOWHERE)


@pytest.mark.parametrize(("name", "wrong"), WRONG_OPTIONS)
def test_an_option_of_the_wrong_type_is_a_type_error_that_names_it(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name} must be .*, not {type(wrong).__name__}$"):
        certpush.Client(**{name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong"), [option for option in WRONG_OPTIONS if option[0] != "trust_env"]
)
def test_so_is_one_of_a_push_of_its_own(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name} must be .*, not {type(wrong).__name__}$"):
        certpush.push(**PUSH, **{name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *((name, wrong) for name in PUSH for wrong in [1, b"scs1600313391074", [CERTIFICATE]]),
        *((name, None) for name in PUSH if name != "target_project"),
    ],
)
def test_an_argument_of_the_wrong_type_is_a_type_error_that_names_it(name: str, wrong: Any) -> None:
    arguments = {**PUSH, name: wrong}
    expected = rf"^{name} must be str( or None)?, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=expected):
        nowhere().push(**arguments)
    with pytest.raises(TypeError, match=expected):
        certpush.push(**arguments, **NOWHERE)


def test_only_the_cdn_has_no_project() -> None:
    for project in (None, ""):
        with pytest.raises(certpush.InvalidArgument, match="^target_project is empty, which only"):
            nowhere().push(CERTIFICATE, project, "ELB")
        with pytest.raises(certpush.ConnectError):
            certpush.push(CERTIFICATE, project, "CDN", **NOWHERE, retries=0)


@pytest.mark.parametrize("wrong", [0, "yes"])
def test_again_is_a_bool(wrong: Any) -> None:
    with pytest.raises(TypeError, match="^again must be bool"):
        nowhere().push(**PUSH, again=wrong)
    with pytest.raises(TypeError, match="^again must be bool"):
        certpush.push(**PUSH, **NOWHERE, again=wrong)


@pytest.mark.parametrize(("name", "wrong"), WRONG_IN_A_CALL)
def test_so_is_one_that_says_when_a_call_ends(name: str, wrong: Any) -> None:
    expected = rf"^{name} must be .*, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=expected):
        nowhere().push(**PUSH, **{name: wrong})
    with pytest.raises(TypeError, match=expected):
        nowhere().connect(**{name: wrong})
    if name == "cancel":
        with pytest.raises(TypeError, match=expected):
            certpush.push(**PUSH, **NOWHERE, cancel=wrong)


@pytest.mark.parametrize("wrong", [None, 1.0, b"SCM.0069"])
def test_so_is_a_code_to_explain(wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"^code must be str or int, not {type(wrong).__name__}$"):
        certpush.explain(wrong)


RECEIPT: dict[str, Any] = {
    **PUSH,
    "http_status": 204,
    "request_id": "r-1",
    "attempts": 1,
    "message": "pushed",
    "hint": "",
}


@pytest.mark.parametrize(
    ("make", "name", "wrong"),
    [
        *((certpush.Target, name, 1) for name in PUSH),
        *((certpush.Target, "line", wrong) for wrong in ("1", 1.0, True)),
        *((certpush.Receipt, name, b"x") for name in RECEIPT),
        *((certpush.Receipt, name, True) for name in RECEIPT),
    ],
)
def test_so_is_a_field_of_what_a_program_makes(make: Any, name: str, wrong: Any) -> None:
    fields = PUSH if make is certpush.Target else RECEIPT
    with pytest.raises(TypeError, match=rf"^{name} must be .*, not {type(wrong).__name__}$"):
        make(**{**fields, name: wrong})


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_that_a_field_has_no_room_for_is_an_invalid_argument(number: int) -> None:
    with pytest.raises(certpush.InvalidArgument, match="^line is negative, or too large"):
        certpush.Target(**PUSH, line=number)
    with pytest.raises(certpush.InvalidArgument, match="^attempts is negative, or too large"):
        certpush.Receipt(**{**RECEIPT, "attempts": number})


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("path", certpush.read_targets),
        ("journal", certpush.unsettled),
        ("journal", lambda path: certpush.settle(path, **PUSH, pushed=True)),
        ("journal", lambda path: certpush.Client(**NOWHERE, journal=path)),
    ],
)
def test_a_path_with_a_nul_inside_is_an_invalid_argument(name: str, call: Any) -> None:
    with pytest.raises(certpush.InvalidArgument, match=rf"^{name} has a NUL inside"):
        call("a\0b")


@pytest.mark.parametrize("call", [nowhere().push, certpush.push])
def test_a_push_needs_to_know_what_and_whereto(call: Any) -> None:
    with pytest.raises(TypeError, match="target_service"):
        call(CERTIFICATE, "p")


def test_an_unknown_keyword_is_a_type_error_as_of_any_function() -> None:
    with pytest.raises(
        TypeError, match=r"^Client\(\) got an unexpected keyword argument 'tiemout'$"
    ):
        certpush.Client(**NOWHERE, tiemout=1)  # type: ignore[call-arg]
    with pytest.raises(
        TypeError, match=r"^push\(\) got an unexpected keyword argument 'retries_'$"
    ):
        certpush.push(**PUSH, **NOWHERE, retries_=1)  # type: ignore[call-arg]
    with pytest.raises(
        TypeError, match=r"^from_env\(\) got an unexpected keyword argument 'trust_env'$"
    ):
        certpush.Client.from_env(trust_env=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="region_ms"):
        certpush.Client(region_ms=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="trust_env"):
        certpush.push(**PUSH, trust_env=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", PUSH)
@pytest.mark.parametrize("text", ["\udcff", "scs160031339107\ud83d"])
def test_text_that_is_not_utf_8_is_an_invalid_argument(name: str, text: str) -> None:
    with pytest.raises(certpush.InvalidArgument, match=f"^{name} has a lone surrogate"):
        nowhere().push(**{**PUSH, name: text})


def test_so_is_an_option_that_is_not_utf_8() -> None:
    with pytest.raises(certpush.InvalidArgument, match="^region has a lone surrogate"):
        certpush.Client(region="\udcff")
    with pytest.raises(certpush.InvalidArgument, match="^ca_file has a lone surrogate"):
        certpush.Client(ca_file=Path("\udcff"))


@pytest.mark.parametrize("name", PUSH)
def test_a_nul_inside_is_refused_and_does_not_end_the_text(name: str) -> None:
    with pytest.raises(certpush.InvalidArgument, match=f"^{name} .*U[+]0000"):
        nowhere().push(**{**PUSH, name: "scs160031339107\0"})


@pytest.mark.parametrize("seconds", [0, 0.0001, -1, 86400.1, 1e300, float("inf"), float("nan")])
def test_a_call_in_seconds_takes_a_millisecond_to_a_day(seconds: float) -> None:
    with pytest.raises(certpush.InvalidArgument, match="^timeout must be 1 ms to 86400000 ms"):
        nowhere().push(**PUSH, timeout=seconds)


@pytest.mark.parametrize(
    "milliseconds", [0, -1, 86_400_001, 2**63, pytest.param(-(10**5000), id="huge")]
)
def test_and_so_does_one_in_milliseconds(milliseconds: int) -> None:
    with pytest.raises(certpush.InvalidArgument, match="^timeout_ms must be 1 ms to 86400000 ms"):
        nowhere().connect(timeout_ms=milliseconds)


def test_a_call_takes_one_of_the_two_timeouts() -> None:
    with pytest.raises(
        certpush.InvalidArgument, match="^timeout and timeout_ms exclude each other"
    ):
        nowhere().push(**PUSH, timeout=1.0, timeout_ms=1000)


def test_a_closed_client_still_tells_wrong_types_first() -> None:
    client = nowhere()
    client.close()
    with pytest.raises(TypeError, match="^certificate_id must be str"):
        client.push(1, "p", "ELB")  # type: ignore[arg-type]


class Interrupted:
    """What Ctrl-C comes to while it is looked at."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise KeyboardInterrupt


def test_ctrl_c_while_targets_are_looked_at_is_raised() -> None:
    with pytest.raises(KeyboardInterrupt):
        nowhere().push_all(Interrupted())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        nowhere().push_all([Interrupted()])  # type: ignore[list-item]


class PathOfSomethingElse(os.PathLike):  # type: ignore[type-arg]
    """A path that cannot say what it is."""

    def __fspath__(self) -> str:
        raise RuntimeError("the path is not known yet")


def test_an_exception_of_the_callers_own_object_is_passed_on() -> None:
    with pytest.raises(RuntimeError, match="not known yet"):
        certpush.Client(ca_file=PathOfSomethingElse())
