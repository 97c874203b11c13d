"""Everything that certpush raises, in one tree.

Error
├── InvalidArgument         also a ValueError
├── ConfigError             also a ValueError
├── CredentialsError
│   ├── NoCredentials
│   ├── CredentialsRefused
│   └── CredentialsUnavailable
├── TransportError
│   ├── ResolveError
│   ├── ConnectError
│   ├── TlsError
│   ├── ProxyError
│   ├── Timeout
│   └── ConnectionLost
├── UnexpectedResponse
├── Cancelled
├── ApiError
│   ├── BadRequest
│   ├── Unauthorized
│   ├── Forbidden
│   ├── NotFound
│   ├── Throttled
│   ├── Rejected
│   ├── ServerError
│   └── TargetRefused
├── Unsettled
├── NotTried
├── BatchIncomplete         results has what became of each project
└── InternalError

None of them is a ConnectionError, a TimeoutError or an OSError: what repeats a call after one of
those would repeat pushes that may have happened. ``error.retryable`` is the thing to ask.
"""

from __future__ import annotations

from ._batch import BatchResult, restored
from ._error import Error, readable_in_3_9

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any
else:
    from _collections_abc import Iterable  # What collections.abc has, which enum imports, too.

    Any = object


class InvalidArgument(Error, ValueError):
    """An argument is not UTF-8, has a NUL inside or is outside the documented limits."""

    _number = 1
    _comes_before_sending = True


class ConfigError(Error, ValueError):
    """An option has an unreadable value, names a file that cannot be read, or excludes another."""

    _number = 2
    _comes_before_sending = True


class CredentialsError(Error):
    """Credentials are missing, refused, or could not be obtained."""

    _comes_before_sending = True


class NoCredentials(CredentialsError):
    """No credentials were given and none were found; the message lists where."""

    _number = 3


class CredentialsRefused(CredentialsError):
    """IAM or the metadata service refused the credentials."""

    _number = 4


class CredentialsUnavailable(CredentialsError):
    """IAM or the metadata service could not be reached or understood."""

    _number = 5


class TransportError(Error):
    """No answer came, or not in time."""


class ResolveError(TransportError):
    """The host name could not be resolved."""

    _number = 10
    _comes_before_sending = True


class ConnectError(TransportError):
    """No TCP connection could be made."""

    _number = 11
    _comes_before_sending = True


class TlsError(TransportError):
    """The TLS handshake failed or a certificate was refused; the message says why."""

    _number = 12
    _comes_before_sending = True


class ProxyError(TransportError):
    """The proxy refused or failed."""

    _number = 13
    _comes_before_sending = True


class Timeout(TransportError):
    """The time allowed ran out; ``phase`` says where."""

    _number = 14


class ConnectionLost(TransportError):
    """The connection was closed or reset."""

    _number = 15


class UnexpectedResponse(Error):
    """The answer is none that the API defines, or breaks a limit."""

    _number = 16


class Cancelled(Error):
    """The call was cancelled: by a Cancel, a signal, its task, or the client's close().

    pushed is true if the certificate is on its target all the same: the service had answered, and
    what ended the call took the place of the receipt. The fields are the receipt's then.
    """

    pushed: bool

    _number = 17
    _more = ("pushed",)

    def __init__(
        self,
        message: str,
        fields: dict[str, object] | None = None,
        *,
        pushed: bool = False,
        **told: Any,
    ) -> None:
        vars(self)["pushed"] = pushed
        super().__init__(message, fields, **told)

    def _know(self, message: str, told: dict[str, object], fields: object) -> dict[str, object]:
        given = isinstance(fields, dict) and fields.get("pushed") is True
        vars(self)["pushed"] = pushed = given or vars(self).get("pushed", False)
        if not pushed:
            return super()._know(message, told, fields)
        return {**super()._know(message, {**told, "outcome_unknown": True}, fields), "pushed": True}

    @property
    def _outcome(self) -> str:
        return "pushed" if self.pushed else super()._outcome

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, pushed=True)" if self.pushed else super().__repr__()


class ApiError(Error):
    """The service answered with an error; ``service_code`` says which."""


class BadRequest(ApiError):
    """The service answered 400."""

    _number = 20


class Unauthorized(ApiError):
    """The service answered 401."""

    _number = 21


class Forbidden(ApiError):
    """The service answered 403."""

    _number = 22


class NotFound(ApiError):
    """The service answered 404."""

    _number = 23


class Throttled(ApiError):
    """The service answered 429; ``retry_after_ms`` may say how long to wait."""

    _number = 24


class Rejected(ApiError):
    """The service answered another 4xx."""

    _number = 25


class ServerError(ApiError):
    """The service answered 5xx."""

    _number = 26


class TargetRefused(ApiError):
    """The service reports that one target of a batch failed."""

    _number = 27


class Unsettled(Error):
    """An earlier push has begun, as the journal says, and nobody knows whether it was made."""

    _number = 28


class NotTried(Error):
    """The run of many pushes was stopped before this one; nothing was sent."""

    _number = 29


class BatchIncomplete(Error):
    """At least one target of a batch, or of a list, was not pushed; ``results`` tells of each.

    They are the second of the error's args too, as plain JSON, so that whatever rebuilds the error
    keeps them. What of them gets lost leaves doubt.
    """

    _number = 30
    _more = ("_results",)
    _results: list[dict[str, object]]

    def __init__(
        self,
        message: str,
        fields: dict[str, object] | None = None,
        *,
        results: Iterable[BatchResult] = (),
        **told: Any,
    ) -> None:
        vars(self)["_results"] = [result.to_dict() for result in results]
        super().__init__(message, fields, **told)

    @property
    def results(self) -> list[BatchResult]:
        """One for each project, in the order asked for."""
        return [restored(told) for told in self._results]

    def _know(self, message: str, told: dict[str, object], fields: object) -> dict[str, object]:
        known = super()._know(message, told, fields)
        given = fields.get("results", []) if isinstance(fields, dict) else []
        results = vars(self).get("_results") or (given if isinstance(given, list) else [{}])
        vars(self)["_results"] = known["results"] = results
        return known

    @property
    def _may_be_there(self) -> bool:
        # If some targets have it, to take the whole for not pushed would push to these again.
        results = self.results
        return self.outcome_unknown or any(it.outcome_unknown or it.status == 0 for it in results)

    def to_dict(self) -> dict[str, object]:
        """Every field, and results as a list of theirs, as the command certpush prints them."""
        return {**super().to_dict(), "results": [result.to_dict() for result in self.results]}

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, results={self.results!r})"


readable_in_3_9(Cancelled, BatchIncomplete)


class InternalError(Error):
    """A defect in certpush was caught, or there was too little memory."""

    _number = 99


#: The class that each failure is raised as, by the number of its status.
CLASS_OF_STATUS: dict[int, type[Error]] = {
    kind._number: kind
    for kind in tuple(globals().values())
    if isinstance(kind, type) and issubclass(kind, Error) and kind._number
}
