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
├── BatchIncomplete
└── InternalError

None of them is a ConnectionError, a TimeoutError or an OSError: what repeats a call after one of
those would repeat pushes that may have happened. ``error.retryable`` is the thing to ask.
"""

from __future__ import annotations

TYPE_CHECKING = False  # As in typing, which is slow to import.
if TYPE_CHECKING:
    from typing import Any, Callable, ClassVar

    from ._status import Status


class Error(Exception):
    """A call failed; ``outcome_unknown`` tells whether the certificate may have been pushed.

    Every field of certpush's report is an attribute, and a keyword for who makes an error in a
    test: ``certpush.Timeout("no answer", outcome_unknown=True)``. The status is fixed by the class;
    Error, CredentialsError, TransportError and ApiError, which stand for several, must be given
    one.
    """

    _status_name: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        status: Status | None = None,
        hint: str = "",
        phase: str = "",
        http_status: int = 0,
        service_code: str = "",
        service_message: str = "",
        request_id: str = "",
        retryable: bool = False,
        outcome_unknown: bool = False,
        retry_after_ms: int | None = None,
        attempts: int = 0,
        certificate_id: str = "",
        target_project: str = "",
        target_service: str = "",
    ) -> None:
        super().__init__(message)
        self.message: str = message
        """What happened, in one line that is fit for a log. Never a secret."""
        self._give_status(status)
        self.hint: str = hint
        """What to do about it, "" if nothing is known."""
        self.phase: str = phase
        """How far the call had come: arguments, config, credentials, resolve, connect, tls, proxy,
        send, receive or pause."""
        self.http_status: int = http_status
        """The HTTP status of the last answer, 0 if there was none."""
        self.service_code: str = service_code
        """The service's error_code, such as SCM.0069, or ""."""
        self.service_message: str = service_message
        """The service's error_msg, or ""."""
        self.request_id: str = request_id
        """The service's id of the request, or "": Huawei Cloud's support asks for it."""
        self.retryable: bool = retryable
        """Whether the same call may simply be made again: it provably pushed nothing, and what
        stopped it may pass."""
        self.outcome_unknown: bool = outcome_unknown
        """Whether the certificate may have been pushed although the call failed."""
        self.retry_after_ms: int | None = retry_after_ms
        """How long the service asks to wait, in milliseconds, or None."""
        self.attempts: int = attempts
        """How many attempts were begun, 0 if nothing was tried."""
        self.certificate_id: str = certificate_id
        self.target_project: str = target_project
        self.target_service: str = target_service

    def _give_status(self, given: Status | None) -> None:
        kind = type(self).__name__
        if self._status_name and given is not None:
            raise TypeError(f"{kind}() takes no status: it is always {self._status_name}")
        if not self._status_name:
            if given is None:
                raise TypeError(f"{kind}() needs the keyword argument 'status'")
            self._given_status = _status_enum()(given)

    @property
    def status(self) -> Status:
        """What became of the call."""
        return _status_enum()[self._status_name] if self._status_name else self._given_status

    def __repr__(self) -> str:
        told = [repr(self.message)]
        for name, default in _FIELDS.items():
            value = getattr(self, name)
            fixed_by_class = name == "status" and self._status_name
            if value != default and not fixed_by_class:
                told.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(told)})"

    def __reduce__(self) -> tuple[Callable[..., Error], tuple[Any, ...]]:
        return _restored, (type(self), self.args, vars(self))


def _status_enum() -> type[Status]:
    """Import the enumeration when somebody asks for it: enum is slower to import than certpush."""
    from ._status import Status  # noqa: PLC0415

    return Status


_FIELDS: dict[str, Any] = Error.__init__.__kwdefaults__ or {}


def _restored(kind: type[Error], args: tuple[Any, ...], fields: dict[str, Any]) -> Error:
    """An error from its pickle or the original of a copy."""
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


class InvalidArgument(Error, ValueError):
    """An argument is not UTF-8, has a NUL inside or is outside the documented limits."""

    _status_name = "INVALID_ARGUMENT"


class ConfigError(Error, ValueError):
    """An option has an unreadable value, names a file that cannot be read, or excludes another."""

    _status_name = "INVALID_CONFIG"


class CredentialsError(Error):
    """Credentials are missing, refused, or could not be obtained."""


class NoCredentials(CredentialsError):
    """No credentials were given and none were found; the message lists where."""

    _status_name = "NO_CREDENTIALS"


class CredentialsRefused(CredentialsError):
    """IAM or the metadata service refused the credentials."""

    _status_name = "CREDENTIALS_REFUSED"


class CredentialsUnavailable(CredentialsError):
    """IAM or the metadata service could not be reached or understood."""

    _status_name = "CREDENTIALS_UNAVAILABLE"


class TransportError(Error):
    """No answer came, or not in time."""


class ResolveError(TransportError):
    """The host name could not be resolved."""

    _status_name = "RESOLVE"


class ConnectError(TransportError):
    """No TCP connection could be made."""

    _status_name = "CONNECT"


class TlsError(TransportError):
    """The TLS handshake failed or a certificate was refused; the message says why."""

    _status_name = "TLS"


class ProxyError(TransportError):
    """The proxy refused or failed."""

    _status_name = "PROXY"


class Timeout(TransportError):
    """The time allowed ran out; ``phase`` says where."""

    _status_name = "TIMEOUT"


class ConnectionLost(TransportError):
    """The connection was closed or reset."""

    _status_name = "CONNECTION_LOST"


class UnexpectedResponse(Error):
    """The answer is none that the API defines, or breaks a limit."""

    _status_name = "UNEXPECTED_RESPONSE"


class Cancelled(Error):
    """The call was cancelled: by a Cancel, a signal, or the client's close()."""

    _status_name = "CANCELLED"


class ApiError(Error):
    """The service answered with an error; ``service_code`` says which."""


class BadRequest(ApiError):
    """The service answered 400."""

    _status_name = "BAD_REQUEST"


class Unauthorized(ApiError):
    """The service answered 401."""

    _status_name = "UNAUTHORIZED"


class Forbidden(ApiError):
    """The service answered 403."""

    _status_name = "FORBIDDEN"


class NotFound(ApiError):
    """The service answered 404."""

    _status_name = "NOT_FOUND"


class Throttled(ApiError):
    """The service answered 429; ``retry_after_ms`` may say how long to wait."""

    _status_name = "THROTTLED"


class Rejected(ApiError):
    """The service answered another 4xx."""

    _status_name = "REJECTED"


class ServerError(ApiError):
    """The service answered 5xx."""

    _status_name = "SERVER_ERROR"


class TargetRefused(ApiError):
    """The service reports that one target of a batch failed."""

    _status_name = "TARGET_REFUSED"


class BatchIncomplete(Error):
    """At least one target of a batch was not pushed."""

    _status_name = "INCOMPLETE"


class InternalError(Error):
    """A defect in certpush was caught, or there was too little memory."""

    _status_name = "INTERNAL"


#: The class that each failure is raised as, by the name of its status.
CLASS_OF_STATUS: dict[str, type[Error]] = {
    "INVALID_ARGUMENT": InvalidArgument,
    "INVALID_CONFIG": ConfigError,
    "NO_CREDENTIALS": NoCredentials,
    "CREDENTIALS_REFUSED": CredentialsRefused,
    "CREDENTIALS_UNAVAILABLE": CredentialsUnavailable,
    "RESOLVE": ResolveError,
    "CONNECT": ConnectError,
    "TLS": TlsError,
    "PROXY": ProxyError,
    "TIMEOUT": Timeout,
    "CONNECTION_LOST": ConnectionLost,
    "UNEXPECTED_RESPONSE": UnexpectedResponse,
    "CANCELLED": Cancelled,
    "BAD_REQUEST": BadRequest,
    "UNAUTHORIZED": Unauthorized,
    "FORBIDDEN": Forbidden,
    "NOT_FOUND": NotFound,
    "THROTTLED": Throttled,
    "REJECTED": Rejected,
    "SERVER_ERROR": ServerError,
    "TARGET_REFUSED": TargetRefused,
    "INCOMPLETE": BatchIncomplete,
    "INTERNAL": InternalError,
}
