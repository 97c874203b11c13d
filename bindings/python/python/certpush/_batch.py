"""What became of each project of a batch push."""

from __future__ import annotations

from ._error import readable_in_3_9

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING:
    from ._status import Status
else:
    Status = int  # For typing.get_type_hints(). A Status is one, and enum is slow to import.


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
            raise AttributeError(f"a BatchResult is frozen: {name!r} cannot be set")

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"a BatchResult is frozen: {name!r} cannot be deleted")

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


#: Every field of a result of which nothing is known.
_NOTHING: dict[str, object] = dict(vars(BatchResult("", 99)))  # type: ignore[arg-type]


def restored(told: object) -> BatchResult:
    """A result from what to_dict() gave. What was lost or spoilt on the way leaves doubt."""
    given = dict(told) if isinstance(told, dict) else {}
    given["_number"] = given.get("status")
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
    result = BatchResult.__new__(BatchResult)
    vars(result).update(read)
    return result


readable_in_3_9(BatchResult.__annotations__, BatchResult.__init__.__annotations__)
