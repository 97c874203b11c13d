"""What every exception of certpush has, and how its answer outlives what programs do with it.

``args`` is ``(message, fields)``, where ``fields`` is plain JSON: whatever rebuilds an exception
from its class and its arguments (Celery's result backends, ``type(error)(*error.args)``) keeps it
whole. Where the fields get lost on the way, what is left says that the certificate may have been
pushed, unless the class alone says that it was not.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING or "enum" in sys.modules:
    from ._status import Status
else:
    Status = int  # For typing.get_type_hints(). A Status is one, and enum is slow to import.


class Error(Exception):
    """A call failed; ``outcome_unknown`` tells whether the certificate may have been pushed.

    Every field of certpush's report is an attribute, and a keyword for who makes an error in a
    test: ``certpush.Timeout("no answer", attempts=1)``. The status is fixed by the class; Error,
    CredentialsError, TransportError and ApiError, which stand for several, must be given one.

    If nobody says it, outcome_unknown is true, unless retryable is, or the class is one of what
    fails before a push is sent. ``fields`` is the second of another error's args.
    """

    message: str
    """What happened, in one line that is fit for a log. Never a secret."""
    hint: str
    """What to do about it, "" if nothing is known."""
    phase: str
    """How far the call had come: start, arguments, config, credentials, resolve, connect, tls,
    proxy, send, receive or pause."""
    http_status: int
    """The HTTP status of the last answer, 0 if there was none."""
    service_code: str
    """The service's error_code, such as SCM.0069, or ""."""
    service_message: str
    """The service's error_msg, or ""."""
    request_id: str
    """The service's id of the request, or "": Huawei Cloud's support asks for it."""
    retryable: bool
    """Whether the same call may simply be made again: it provably pushed nothing, and what
    stopped it may pass."""
    outcome_unknown: bool
    """Whether the certificate may have been pushed although the call failed."""
    retry_after_ms: int | None
    """How long the service asks to wait, in milliseconds, or None."""
    attempts: int
    """How many attempts were begun, 0 if nothing was tried."""
    certificate_id: str
    target_project: str
    target_service: str
    target_certificate_id: str
    """The id that the certificate has on its target, "" unless a batch push told it."""

    _number: int = 0  # The status of the class, 0 for a class that stands for several.
    _comes_before_sending: bool = False  # Whether what the class tells cannot come later.
    _given_status: int  # The number that such a class was given.
    _more: tuple[str, ...] = ()  # What else an error of the class has that its args tell.

    def __init__(
        self,
        message: str,
        fields: dict[str, object] | None = None,
        *,
        status: Status | None = None,
        hint: str = "",
        phase: str = "",
        http_status: int = 0,
        service_code: str = "",
        service_message: str = "",
        request_id: str = "",
        retryable: bool = False,
        outcome_unknown: bool | None = None,
        retry_after_ms: int | None = None,
        attempts: int = 0,
        certificate_id: str = "",
        target_project: str = "",
        target_service: str = "",
        target_certificate_id: str = "",
    ) -> None:
        if retryable and outcome_unknown:
            raise ValueError(
                "retryable and outcome_unknown exclude each other: "
                "what may have been pushed must not simply be pushed again"
            )
        message = message if isinstance(message, str) else str(message)
        told = {
            "status": self._status_of(status, fields),
            "hint": hint,
            "phase": phase,
            "http_status": http_status,
            "service_code": service_code,
            "service_message": service_message,
            "request_id": request_id,
            "retryable": retryable,
            "outcome_unknown": outcome_unknown,
            "retry_after_ms": retry_after_ms,
            "attempts": attempts,
            "certificate_id": certificate_id,
            "target_project": target_project,
            "target_service": target_service,
            "target_certificate_id": target_certificate_id,
        }
        super().__init__(message, self._know(message, told, fields))

    def _status_of(self, given: Status | None, fields: object) -> int:
        kind = type(self).__name__
        if self._number:
            if given is not None:
                name = self.status.name
                raise TypeError(f"{kind}() takes no status: it is always {name}")
            return self._number
        if given is not None:
            return int(_status_enum()(given))
        if fields is None:
            raise TypeError(f"{kind}() needs the keyword argument 'status'")
        return 0  # Another error's fields have it, or have lost it.

    def _know(self, message: str, told: dict[str, object], fields: object) -> dict[str, object]:
        """Take every field: what is told, else what can be read in another error's fields."""
        told = {**self._defaults, **told}
        for name, value in self._readable(fields).items():
            if told[name] == self._defaults[name]:
                told[name] = value
        lost = told["outcome_unknown"] is None
        if lost:
            lost = not (told["retryable"] or self._comes_before_sending)
            told["outcome_unknown"] = lost
        if told["outcome_unknown"]:
            told["retryable"] = False
        told["status"] = self._number or told["status"] or 99
        own = {"message": message, **told}
        number = own.pop("status")
        if not self._number:
            own["_given_status"] = number
        vars(self).update(own)
        if lost:
            told["outcome_told"] = False
        return told

    def _readable(self, fields: object) -> dict[str, object]:
        """What another error's fields tell, as far as it is what an error can have."""
        try:
            given = dict(fields)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            return {}  # They did not survive as JSON does.
        read: dict[str, object] = {}
        for name, default in self._defaults.items():
            value = given.get(name)
            if name == "outcome_unknown":
                if value is not None and given.get("outcome_told") is not False:
                    read[name] = value is not False  # In doubt it may have been pushed.
            elif (
                isinstance(value, (str if isinstance(default, str) else int))
                and isinstance(value, bool) is isinstance(default, bool)
                and value != -1  # None, where JSON is shared with C.
            ):
                read[name] = value
        return read

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Give what an error does not have that was made without a call of its class."""
            if name not in {*self._defaults, "message", "_given_status", *self._more}:
                kind = type(self).__name__
                raise AttributeError(f"{kind!r} object has no attribute {name!r}")
            message = str(self.args[0]) if self.args else ""
            self._know(message, {}, self.args[1] if len(self.args) > 1 else None)
            return vars(self)[name]

        def __setattr__(self, name: str, value: object) -> None:
            """Change what is told in two places in both."""
            super().__setattr__(name, value)
            if name == "message":
                super().__setattr__("args", (value, *self.args[1:]))
            elif name == "args":
                super().__setattr__("message", str(value[0]) if value else "")
            elif name in self._defaults and len(self.args) > 1 and type(self.args[1]) is dict:
                self.args[1][name] = value
                if name == "outcome_unknown":
                    self.args[1].pop("outcome_told", None)

    @property
    def _tells_outcome(self) -> bool:
        """Whether somebody has told the outcome. What is lost is taken for unknown."""
        fields = self.args[1] if len(self.args) > 1 else None
        return not (isinstance(fields, dict) and fields.get("outcome_told") is False)

    @property
    def _may_be_there(self) -> bool:
        """Whether what the call was to push may be on a target."""
        return self.outcome_unknown

    @property
    def _outcome(self) -> str:
        """What outcome_of() gives of this error alone."""
        return "unknown" if self._may_be_there else "not_pushed"

    @property
    def status(self) -> Status:
        """What became of the call."""
        try:
            return _status_enum()(self._number or self._given_status)
        except ValueError:  # A later version's.
            return _status_enum().INTERNAL

    @property
    def __notes__(self) -> list[str]:
        """What a traceback shows below the message from Python 3.11 on: the hint, and notes."""
        # Python adds notes to the list that it gets here.
        hint = [f"hint: {self.hint}"] if self.hint else []
        notes: list[str] = vars(self).setdefault("__notes__", hint)
        return notes

    @__notes__.setter
    def __notes__(self, notes: list[str]) -> None:
        vars(self)["__notes__"] = notes

    def to_dict(self) -> dict[str, object]:
        """Every field, as plain JSON: the object that the command certpush prints for --json.

        There retry_after_ms is -1 if the service does not ask to wait, where the attribute is None.
        """
        status = self.status
        told: dict[str, object] = {
            "status": int(status),
            "status_name": f"CERTPUSH_{status.name}",
            "message": self.message,
        }
        told.update((name, getattr(self, name)) for name in self._defaults if name != "status")
        if self.retry_after_ms is None:
            told["retry_after_ms"] = -1
        return told

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        usual = dict(self._defaults)
        if self._number:
            del usual["status"]
        if not self._tells_outcome:
            usual["outcome_unknown"] = True
        elif self.retryable or self._comes_before_sending:
            usual["outcome_unknown"] = False
        told = [repr(self.message)]
        for name, default in usual.items():
            value = getattr(self, name)
            if value != default:
                told.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(told)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, vars(self))

    def __setstate__(self, state: dict[str, object] | None) -> None:
        vars(self).update(state or {})
        if "__notes__" in vars(self):
            self.__notes__ = list(self.__notes__)  # A copy has its own.

    # On the class, not in the module: an exception may still be raised when modules are no more.
    _defaults: dict[str, object] = {**(__init__.__kwdefaults__ or {}), "status": 0}  # noqa: RUF012


def _status_enum() -> type[Status]:
    """Import the enumeration when somebody asks for it: enum is slower to import than certpush."""
    from ._status import Status  # noqa: PLC0415

    return Status


def _restored(kind: type[Error], args: tuple[object, ...], state: dict[str, object]) -> Error:
    """An error from its pickle or the original of a copy."""
    own = (dict(argument) if isinstance(argument, dict) else argument for argument in args)
    error = kind.__new__(kind, *own)
    error.__setstate__(state)
    return error


def outcome_of(exception: BaseException) -> str:
    """Whether the certificate was pushed: "pushed", "not_pushed", or "unknown" if it may have been.

    It looks at the exception and at all that led to it (__cause__, __context__, and the members of
    an exception group): what any certpush.Error among them knows counts, so that an exception may
    be wrapped in another, or raised anew, and KeyboardInterrupt and CancelledError tell as well.
    "pushed" is what an exception tells that came when the service had just answered. It is
    "unknown" if one knows no more than that, if they do not agree, and if none knows anything.
    """
    known = {error._outcome for error in _known_in(exception)}
    return known.pop() if len(known) == 1 else "unknown"


def is_retryable(exception: BaseException) -> bool:
    """Whether the call that raised it may simply be made again: it provably pushed nothing.

    It looks where outcome_of looks. Every certpush.Error there that knows something must be
    retryable; where none knows anything, the answer is False.
    """
    known = _known_in(exception)
    return bool(known) and all(error.retryable and not error._may_be_there for error in known)


def _known_in(exception: BaseException) -> list[Error]:
    """Every error that knows something, among the exception and all that led to it."""
    known: list[Error] = []
    seen: set[int] = set()
    left: list[BaseException | None] = [exception]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Error) and one._tells_outcome:
            known.append(one)
        left += (one.__cause__, one.__context__, *getattr(one, "exceptions", ()))
    return known


def readable_in_3_9(*kinds: type) -> None:
    """Let typing.get_type_hints() read "int | None", which it does from Python 3.10 on."""
    for kind in kinds if sys.version_info < (3, 10) else ():
        for part in (kind, *vars(kind).values()):
            function = part.fget if isinstance(part, property) else getattr(part, "__func__", part)
            hints: dict[str, str] = getattr(function, "__annotations__", {})
            for name, text in hints.items():
                if text.endswith(" | None"):
                    one = text[: -len(" | None")]
                    hints[name] = f"__import__('typing').Optional[{one}]"


readable_in_3_9(Error)
