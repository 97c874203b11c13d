"""The stub beside the module: signatures, options, documentation."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

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


def keywords(function: str) -> dict[str, str]:
    """The keyword-only arguments of a function of the stub, and their types."""
    kind, _, method = function.rpartition(".")
    node = documented(CLASSES[kind] if kind else STUB)[method]
    assert isinstance(node, ast.FunctionDef)
    return {
        argument.arg: ast.unparse(argument.annotation)
        for argument in node.args.kwonlyargs
        if argument.annotation
    }


def options() -> dict[str, str]:
    """The keywords that the core's table makes."""
    table = {}
    for key, kind in _certpush.OPTIONS:
        if key.endswith("_ms"):
            table[key[: -len("_ms")]] = "float | None"
        table[key] = f"{kind} | None"
    return table


@pytest.mark.parametrize(
    ("function", "own"),
    [("Client.__new__", {"trust_env": "bool"}), ("push", {"cancel": "Cancel | None"})],
)
def test_the_stub_has_every_option_of_the_core(function: str, own: dict[str, str]) -> None:
    source = {"token_source": "Callable[[], str] | None"}
    assert keywords(function) == {**own, **source, **options()}


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
