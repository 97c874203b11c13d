"""What became of each target of a batch push, and of many pushes."""

from __future__ import annotations

from ._error import Error, readable_in_3_9

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING:
    from ._certpush import Receipt, Target
    from ._status import Status
else:
    Status = int  # For typing.get_type_hints(). A Status is one, and enum is slow to import.
    Receipt = Target = object  # They are being made when this is imported.


class BatchResult:
    """What became of one project of a batch push: every field of certpush's report.

    The status is OK if the certificate is there, and target_certificate_id is the id that it has
    there. It is TARGET_REFUSED if the service reports a failure, after which outcome_unknown tells
    whether it may be there all the same, and UNEXPECTED_RESPONSE if the answer does not plainly
    tell of the project: then it may be there.

    Results are frozen, and compared, hashed, copied and pickled by their fields; a program's own
    tests may make one. If nobody says it, outcome_unknown is true unless the status is OK.
    """

    target_project: str
    """The project."""
    outcome_unknown: bool
    """Whether the certificate may have been pushed although the result is a failure."""
    target_certificate_id: str
    """The id that the certificate has on its target, "" if it is not there or nobody told."""
    message: str
    """What happened, in one line that is fit for a log. Never a secret."""
    hint: str
    """What to do about it, "" if nothing is known."""
    phase: str
    """As of an error; "" after a success alone."""
    http_status: int
    """The HTTP status of the answer."""
    service_code: str
    """The service's error_code, or ""."""
    service_message: str
    """What the service says of the project, or ""."""
    request_id: str
    """The service's id of the request, the same for all: Huawei Cloud's support asks for it."""
    retryable: bool
    """Whether the same push may simply be made again."""
    retry_after_ms: int | None
    """How long the service asks to wait, in milliseconds, or None."""
    attempts: int
    """How many attempts were begun."""
    certificate_id: str
    target_service: str

    _number: int
    _error: Error
    # The error is no field: it is the same, told as an exception.
    __slots__ = ("__dict__", "__weakref__", "_error")

    def __init__(
        self,
        target_project: str,
        status: Status,
        outcome_unknown: bool | None = None,
        target_certificate_id: str = "",
        message: str = "",
        *,
        hint: str = "",
        phase: str = "",
        http_status: int = 0,
        service_code: str = "",
        service_message: str = "",
        request_id: str = "",
        retryable: bool = False,
        retry_after_ms: int | None = None,
        attempts: int = 0,
        certificate_id: str = "",
        target_service: str = "",
    ) -> None:
        number = int(status)
        vars(self).update(
            _number=number,
            message=message,
            hint=hint,
            phase=phase,
            http_status=http_status,
            service_code=service_code,
            service_message=service_message,
            request_id=request_id,
            retryable=retryable,
            outcome_unknown=number != 0 if outcome_unknown is None else outcome_unknown,
            retry_after_ms=retry_after_ms,
            attempts=attempts,
            certificate_id=certificate_id,
            target_project=target_project,
            target_service=target_service,
            target_certificate_id=target_certificate_id,
        )

    @property
    def status(self) -> Status:
        """What became of the push to this project."""
        from ._status import Status  # noqa: PLC0415

        try:
            return Status(self._number)
        except ValueError:  # A later version's.
            return Status.INTERNAL

    @property
    def ok(self) -> bool:
        """Whether the certificate is on the target, pushed now or earlier."""
        return self._number == 0 and not self.outcome_unknown

    @property
    def outcome(self) -> str:
        """What is known: "pushed", "not_pushed", or "unknown" if it may have been pushed."""
        if self.outcome_unknown:
            return "unknown"
        return "pushed" if self.ok else "not_pushed"

    @property
    def target(self) -> Target:
        """The certificate's id, the project and the service."""
        from ._certpush import Target  # noqa: PLC0415

        line = vars(self).get("line")
        return Target(self.certificate_id, self.target_project, self.target_service, line)

    @property
    def error(self) -> Error | None:
        """The exception that tells of it, always the same one, or None if it is ok."""
        if self.ok:
            return None
        try:
            return self._error
        except AttributeError:
            from ._errors import CLASS_OF_STATUS  # noqa: PLC0415

            error = CLASS_OF_STATUS.get(self._number, Error)(self.message, self.to_dict())
            object.__setattr__(self, "_error", error)
            return error

    def to_dict(self) -> dict[str, object]:
        """Every field, as plain JSON: the object that the command certpush prints for --json.

        There retry_after_ms is -1 if the service does not ask to wait, where the attribute is None.
        """
        told = dict(vars(self))
        status = self.status
        del told["_number"]
        if self.retry_after_ms is None:
            told["retry_after_ms"] = -1
        return {"status": int(status), "status_name": f"CERTPUSH_{status.name}", **told}

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"a {type(self).__name__} is frozen: {name!r} cannot be set")

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"a {type(self).__name__} is frozen: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        told = [f"target_project={self.target_project!r}", f"status={self.status!r}"]
        usual = {**_NOTHING, "target_project": self.target_project, "_number": self._number}
        usual["outcome_unknown"] = self._number != 0
        told += [f"{name}={value!r}" for name, value in vars(self).items() if value != usual[name]]
        return f"BatchResult({', '.join(told)})"

    def __reduce__(self) -> tuple[object, ...]:
        return restored, ({**self.to_dict(), "status": self._number},)


class PushResult(BatchResult):
    """What became of one target of push_all: every field of certpush's report, and its place.

    It has either a receipt or an error: Unsettled and NotTried are errors, too. Results are frozen,
    and compared, hashed, copied and pickled by their fields; a program's own tests may make one of
    a receipt or an error.
    """

    index: int
    """The place of its target among the targets, counted from 0."""
    line: int | None
    """The line of the text that the target was read from, counted from 1, or None."""

    __slots__ = ()

    def __init__(
        self,
        index: int,
        target: Target,
        *,
        receipt: Receipt | None = None,
        error: Error | None = None,
    ) -> None:
        if (receipt is None) is (error is None):
            raise TypeError("PushResult() needs either receipt or error")
        told = {} if receipt is None else receipt.to_dict()
        if error is not None:
            told = error.to_dict()
            object.__setattr__(self, "_error", error)
        _fill(self, {**told, **target.to_dict(), "index": index})

    @property
    def receipt(self) -> Receipt | None:
        """The receipt, with attempts 0 if the journal has it as pushed; None if it is not ok."""
        if not self.ok:
            return None
        from ._certpush import Receipt  # noqa: PLC0415

        return Receipt(
            certificate_id=self.certificate_id,
            target_project=self.target_project,
            target_service=self.target_service,
            http_status=self.http_status,
            request_id=self.request_id,
            attempts=self.attempts,
            message=self.message,
            hint=self.hint,
        )

    def to_dict(self) -> dict[str, object]:
        """Every field, as plain JSON: its place, and what a receipt's or error's dict has."""
        told = super().to_dict()
        place = {name: told.pop(name) for name in ("index", "line")}
        return {**place, **told}

    def __repr__(self) -> str:
        told = f"receipt={self.receipt!r}" if self.ok else f"error={self.error!r}"
        return f"PushResult({self.index}, {self.target!r}, {told})"


#: Every field of a result of which nothing is known.
_NOTHING: dict[str, object] = dict(vars(BatchResult("", 99)))  # type: ignore[arg-type]


def restored(told: object) -> BatchResult:
    """A result from what to_dict() gave. What was lost or spoilt on the way leaves doubt.

    One that has a place is of push_all.
    """
    given = told if isinstance(told, dict) else {}
    kind = PushResult if type(given.get("index")) is int else BatchResult
    result = kind.__new__(kind)
    _fill(result, given)
    return result


def _fill(result: BatchResult, told: dict[str, object]) -> None:
    """Give a result its fields."""
    given = {**told, "_number": told.get("status")}
    if given["_number"] == 0:
        given.setdefault("outcome_unknown", False)
    read = dict(_NOTHING)
    for name, default in _NOTHING.items():
        value = given.get(name)
        kind = int if default is None else type(default)
        # -1 is None, where JSON is shared with C.
        if isinstance(value, kind) and isinstance(value, bool) is (kind is bool) and value != -1:
            read[name] = value
    if read["outcome_unknown"]:
        read["retryable"] = False
    if isinstance(result, PushResult):
        line = given.get("line")
        read.update(index=given["index"], line=line if type(line) is int else None)
    vars(result).update(read)


readable_in_3_9(BatchResult, PushResult)
