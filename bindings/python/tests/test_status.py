"""The enumeration beside the core's table."""

from __future__ import annotations

import json
import pickle

import certpush
from certpush import Status


def test_the_statuses_are_the_cores() -> None:
    core = {}
    for number in range(100):
        known = certpush.explain(number)
        if known is not None:
            core[known.name] = number
    assert {f"CERTPUSH_{status.name}": status.value for status in certpush.Status} == core


def test_a_status_is_its_name_where_it_is_text() -> None:
    status = Status.TIMEOUT
    assert str(status) == f"{status}" == f"{status!s}" == status.name == "TIMEOUT"
    assert f"{status:>9}|{status:<9}|{status:^9}" == "  TIMEOUT|TIMEOUT  | TIMEOUT "
    assert repr(status) == "<Status.TIMEOUT: 14>"


def test_a_status_is_its_number_where_it_is_one() -> None:
    status = Status.TIMEOUT
    assert f"{status:d} {status:04d} {status:x} {status:.1f}" == "14 0014 e 14.0"
    assert json.dumps(status) == "14"
    assert status == 14
    assert int(status) + 0 == 14
    assert pickle.loads(pickle.dumps(status)) is status
