"""A simulated Huawei Cloud certificate manager, for tests of programs that push certificates.

>>> import certpush, certpush_sim
>>> with certpush_sim.start() as sim, certpush.Client(**sim.options) as client:
...     client.push("scs1600313391074", "ap-southeast-3", "ELB")
...     assert [push.target_project for push in sim.pushes] == ["ap-southeast-3"]

pytest has it as the fixture ``certpush_sim``.
"""

from __future__ import annotations

from ._failures import FAILURES
from ._simulator import Push, Simulator, SimulatorError, program, start

__all__ = ["FAILURES", "Push", "Simulator", "SimulatorError", "program", "start"]

for _item in (Push, Simulator, SimulatorError):
    _item.__module__ = __name__
del _item
