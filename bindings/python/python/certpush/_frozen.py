"""Plain data whose fields are given once."""

from __future__ import annotations

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING:
    from typing import Any, Callable, ClassVar, NoReturn


class Frozen:
    """Compared, hashed, shown and pickled by its fields, which are its class's slots.

    As a frozen dataclass; but importing dataclasses would take longer than the rest of certpush.
    """

    __slots__: tuple[str, ...] = ()

    _setters: ClassVar[tuple[Callable[[Any, object], None], ...]] = ()

    def __init_subclass__(cls) -> None:
        """Look the slots' setters up once: every push makes a receipt."""
        cls._setters = tuple(getattr(cls, name).__set__ for name in cls.__slots__)

    def _give(self, *values: object) -> None:
        for give, value in zip(self._setters, values):
            give(self, value)

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: the fields are given once."""
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: the fields are given once."""
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[type[Frozen], tuple[object, ...]]:
        """Pickle and copy as a call with the fields."""
        return type(self), self._values()
