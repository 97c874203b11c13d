"""The statuses: one closed list of numbers that is the same in every language."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What became of a call. A number never changes and is never reused."""

    __module__ = "certpush"

    # generated: statuses
    OK = 0
    INVALID_ARGUMENT = 1
    INVALID_CONFIG = 2
    NO_CREDENTIALS = 3
    CREDENTIALS_REFUSED = 4
    CREDENTIALS_UNAVAILABLE = 5
    RESOLVE = 10
    CONNECT = 11
    TLS = 12
    PROXY = 13
    TIMEOUT = 14
    CONNECTION_LOST = 15
    UNEXPECTED_RESPONSE = 16
    CANCELLED = 17
    BAD_REQUEST = 20
    UNAUTHORIZED = 21
    FORBIDDEN = 22
    NOT_FOUND = 23
    THROTTLED = 24
    REJECTED = 25
    SERVER_ERROR = 26
    TARGET_REFUSED = 27
    UNSETTLED = 28
    NOT_TRIED = 29
    INCOMPLETE = 30
    INTERNAL = 99
    # end of generated

    # Python's own are one thing up to 3.10, another in 3.11, and in f-strings a third.

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        """Format the name; the number with a specification of an integer, such as "d"."""
        return format(int(self) if spec[-1:] in _OF_NUMBERS else self.name, spec)


#: How a specification ends that asks for a number.
_OF_NUMBERS = tuple("bcdoxXneEfFgG%")
