"""The stub beside the module: signatures, options, documentation."""

from __future__ import annotations

import ast
import inspect
import modulefinder
import operator
import os
import subprocess
import sys
import typing
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any, Optional, Union

import pytest

import certpush
from certpush import _certpush

STUB = ast.parse(Path(certpush.__file__).with_name("_certpush.pyi").read_text(encoding="utf-8"))


def documented(node: ast.Module | ast.ClassDef) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """The functions and classes of a module or class, by name."""
    return {
        item.name: item for item in node.body if isinstance(item, (ast.FunctionDef, ast.ClassDef))
    }


CLASSES = {name: node for name, node in documented(STUB).items() if isinstance(node, ast.ClassDef)}
DOCUMENTED = {
    **documented(STUB),
    **{
        f"{kind}.{name}": node
        for kind, methods in CLASSES.items()
        for name, node in documented(methods).items()
        if not name.startswith("__")
    },
}


def keywords(function: str) -> tuple[dict[str, str], str]:
    """The keyword-only arguments of a function of the stub with their types, and all others'."""
    kind, _, method = function.rpartition(".")
    node = documented(CLASSES[kind] if kind else STUB)[method]
    assert isinstance(node, ast.FunctionDef)
    assert node.args.kwarg is not None
    assert node.args.kwarg.annotation is not None
    named = {
        argument.arg: ast.unparse(argument.annotation)
        for argument in node.args.kwonlyargs
        if argument.annotation
    }
    return named, ast.unparse(node.args.kwarg.annotation)


@pytest.mark.parametrize(
    ("function", "own"),
    [
        ("Client.__new__", {"trust_env": "bool"}),
        ("Client.from_env", {}),
        ("push", {"cancel": "Cancel | None", "again": "bool"}),
    ],
)
def test_the_stub_takes_every_option(function: str, own: dict[str, str]) -> None:
    source = {"token_source": "Callable[[], str] | None"}
    assert keywords(function) == ({**own, **source}, "Unpack[Options]")


@pytest.mark.parametrize("method", ["push", "batch_push", "connect"])
def test_what_is_awaited_takes_what_the_client_takes(method: str) -> None:
    awaited, blocking = (
        [(one.name, one.kind, one.default) for one in inspect.signature(it).parameters.values()]
        for it in (getattr(certpush.AsyncClient, method), getattr(certpush.Client, method))
    )
    assert awaited[1:] == blocking[1:]


def test_the_async_client_has_what_the_client_has() -> None:
    public = {name for name in vars(certpush.Client) if not name.startswith("_")}
    assert public - set(vars(certpush.AsyncClient)) == set()


def test_the_options_are_those_that_the_module_takes() -> None:
    taken: dict[str, Any] = {}
    for key, kind in _certpush.OPTIONS:
        if key.endswith("_ms"):
            taken[key[: -len("_ms")]] = float
        taken[key] = RUN_TIME_TYPES[kind]
    declared = typing.get_type_hints(certpush.Options)
    assert {name: without_none(kind) for name, kind in declared.items()} == taken
    assert certpush.Options.__required_keys__ == frozenset()


RUN_TIME_TYPES: dict[str, Any] = {
    "str": str,
    "str | os.PathLike[str]": Union[str, os.PathLike[str]],
    "bool": bool,
    "int": int,
}


def without_none(kind: Any) -> Any:
    """The type of a value that may be None too. A word of a few is a str."""
    left = [one for one in typing.get_args(kind) if one is not type(None)]
    assert len(left) < len(typing.get_args(kind)), kind
    one: Any = operator.getitem(Union, tuple(left))
    if typing.get_origin(one) is not typing.Literal:
        return one
    [of] = {type(word) for word in typing.get_args(one)}
    return of


def test_a_closed_choice_is_typed_as_one() -> None:
    declared = typing.get_type_hints(certpush.Options)
    assert Optional[typing.Literal["system", "mozilla"]] == declared["trust"]
    for key in ("trust", "credentials"):
        [words, _] = typing.get_args(declared[key])
        for word in typing.get_args(words):
            with pytest.raises(certpush.Error) as caught:
                certpush.Client(**{key: word})
            assert "must be one of" not in caught.value.message


@pytest.mark.parametrize("name", DOCUMENTED)
def test_help_says_what_an_editor_shows(name: str) -> None:
    runtime = _certpush
    for part in name.split("."):
        runtime = getattr(runtime, part)
    shown = ast.get_docstring(DOCUMENTED[name])
    assert shown
    if name == "Client":
        at_run_time = inspect.getdoc(runtime) or ""
        assert at_run_time.startswith(shown)
        missing = [key for key, _ in _certpush.OPTIONS if f"\n{key}" not in at_run_time]
        assert missing == []
    else:
        assert inspect.getdoc(runtime) == shown


def test_everything_public_is_documented() -> None:
    public = [getattr(certpush, name) for name in certpush.__all__ if name != "__version__"]
    assert [item for item in public if not item.__doc__] == []


@pytest.mark.parametrize("name", certpush.__all__)
def test_every_type_hint_can_be_read(name: str) -> None:
    item = getattr(certpush, name)
    if isinstance(item, str):
        return
    typing.get_type_hints(item)
    for part in vars(item).values() if isinstance(item, type) else ():
        function = part.fget if isinstance(part, property) else part
        if isinstance(function, FunctionType):
            typing.get_type_hints(function)


HINTS = """
import certpush, typing
hints = typing.get_type_hints(certpush.Timeout.__init__)
assert hints["attempts"] is int, hints
assert hints["retry_after_ms"] == typing.Optional[int], hints
assert issubclass(typing.get_args(hints["status"])[0], int), hints
"""


def test_they_can_be_read_whoever_is_imported_first() -> None:
    for first in ("", "import typing, enum\n"):
        subprocess.run([sys.executable, "-c", first + HINTS], check=True)


def test_what_bundles_a_program_finds_every_module() -> None:
    finder = modulefinder.ModuleFinder([str(Path(certpush.__file__).parents[1]), *sys.path])
    finder.import_hook("certpush")
    package = Path(certpush.__file__).parent
    # A program that imports the package does not need the command.
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    found = {name.partition(".")[2] for name in finder.modules if name.startswith("certpush.")}
    assert modules <= found


@pytest.mark.parametrize(
    ("program", "completion"),
    [
        ("import certpush\ncertpush.Stat", "Status"),
        ("from certpush import Stat", "Status"),
        ("import certpush\ncertpush.Opti", "Options"),
        ("import certpush\ncertpush.AsyncCl", "AsyncClient"),
        ("import certpush\ncertpush.Status.TIME", "TIMEOUT"),
        ("import certpush\ncertpush.Timeout('').outcome_", "outcome_unknown"),
        ("import certpush\ncertpush.outcome_", "outcome_of"),
    ],
)
def test_an_editor_completes_what_is_imported_late(program: str, completion: str) -> None:
    jedi = pytest.importorskip("jedi")
    assert [found.name for found in jedi.Script(program).complete()] == [completion]


def test_the_version_is_the_packages() -> None:
    assert certpush.__version__ == version("certpush")


def test_the_stub_has_what_the_module_has(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    run_module("mypy.stubtest", "certpush", cwd=tmp_path)


def test_a_typed_program_passes_a_strict_check(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    program = Path(__file__).with_name("typed_program.py")
    run_module("mypy", "--strict", "--config-file=", str(program), cwd=tmp_path)


def run_module(*command: str, cwd: Path) -> None:
    """Run a module; its output is the message if it fails."""
    finished = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
