"""The enumeration beside the core's table."""

from __future__ import annotations

import certpush


def test_the_statuses_are_the_cores() -> None:
    core = {}
    for number in range(100):
        known = certpush.explain(number)
        if known is not None:
            core[known.name] = number
    assert {f"CERTPUSH_{status.name}": status.value for status in certpush.Status} == core
