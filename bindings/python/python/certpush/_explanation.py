"""What certpush knows of a status or of a service's error code."""

from __future__ import annotations

from ._frozen import Frozen


class Explanation(Frozen):
    """What a status or a service's error code means, and what to do about it."""

    __slots__ = ("name", "status_number", "meaning", "hint", "outcome")

    name: str
    """The name of the status or the code, such as CERTPUSH_TIMEOUT or SCM.0069."""
    status_number: int | None
    """The number of a status, or None for a service's code."""
    meaning: str
    hint: str
    """What to do, "" if nothing is known."""
    outcome: str
    """Whether the certificate may have been pushed, in words."""

    def __init__(
        self, name: str, status_number: int | None, meaning: str, hint: str, outcome: str
    ) -> None:
        """Give every field."""
        self._give(name, status_number, meaning, hint, outcome)
