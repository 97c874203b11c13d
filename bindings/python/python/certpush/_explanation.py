"""What certpush knows of a status or of a service's error code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What a status or a service's error code means, and what to do about it."""

    name: str
    """The name of the status or the code, such as CERTPUSH_TIMEOUT or SCM.0069."""
    status_number: int | None
    """The number of a status, or None for a service's code."""
    meaning: str
    hint: str
    """What to do, "" if nothing is known."""
    outcome: str
    """Whether the certificate may have been pushed, in words."""
