"""What was measured, as one structure that is JSON as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from .clients import Client
from .prepare import Reasons
from .tools import Missing

Value = Any
"""A number or a small dict of numbers; or, as text, why there is none."""
Row = dict[str, Value]
"""Values by the name of what was measured."""
Results = dict[str, Any]
"""All measures by name."""


def each(clients: Iterable[Client], missing: Reasons, measure: Callable[[Client], Value]) -> Row:
    """Measures each client on its own."""
    return {
        client.name: value(client.name, missing, partial(measure, client)) for client in clients
    }


def together(
    clients: Iterable[Client], missing: Reasons, measure: Callable[[list[Client]], Row]
) -> Row:
    """Measures all clients that are there at once."""
    there = [client for client in clients if client.name not in missing]
    told = measure(there)
    return told | {name: not_measured(reason) for name, reason in missing.items()}


def value(name: str, missing: Reasons, measure: Callable[[], Value]) -> Value:
    """One value, or why there is none."""
    if name in missing:
        return not_measured(missing[name])
    try:
        return measure()
    except Missing as reason:
        return not_measured(str(reason))


def not_measured(reason: str) -> str:
    """What stands in the place of a value."""
    return f"not measured ({reason})"
