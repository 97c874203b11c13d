"""Push SSL certificates held in Huawei Cloud's certificate manager (SCM/CCM) to ELB, WAF or CDN.

>>> import certpush
>>> with certpush.Client(region="ap-southeast-1", token_file="/run/secrets/token") as client:
...     receipt = client.push("scs1600313391074", "ap-southeast-3", "ELB")

A push is not idempotent. After a failure, ``error.outcome_unknown`` tells whether the certificate
may have been pushed all the same, and ``error.retryable`` whether the push may be repeated.
"""

from __future__ import annotations

try:
    from ._certpush import (
        Cancel,
        Client,
        Explanation,
        PushAll,
        Receipt,
        Target,
        __version__,
        explain,
        parse_targets,
        push,
        read_targets,
        settle,
        unsettled,
    )
except ImportError as _error:
    if "subinterpreters" not in str(_error):
        raise
    raise ImportError(
        "certpush cannot be used in a sub-interpreter, only in the process's first one. Under "
        "mod_wsgi, set WSGIApplicationGroup %{GLOBAL}; elsewhere, use threads or processes"
    ) from _error
from ._batch import BatchResult, PushResult
from ._error import Error, is_retryable, outcome_of
from ._errors import (
    ApiError,
    BadRequest,
    BatchIncomplete,
    Cancelled,
    ConfigError,
    ConnectError,
    ConnectionLost,
    CredentialsError,
    CredentialsRefused,
    CredentialsUnavailable,
    Forbidden,
    InternalError,
    InvalidArgument,
    NoCredentials,
    NotFound,
    NotTried,
    ProxyError,
    Rejected,
    ResolveError,
    ServerError,
    TargetRefused,
    Throttled,
    Timeout,
    TlsError,
    TransportError,
    Unauthorized,
    UnexpectedResponse,
    Unsettled,
)

TYPE_CHECKING = bool()  # False, as in typing, which is slow to import; but editors cannot tell.  # noqa: UP018
if TYPE_CHECKING:
    from ._aio import AsyncClient
    from ._aio_push_all import AsyncPushAll
    from ._options import Options
    from ._status import Status

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncPushAll",
    "BadRequest",
    "BatchIncomplete",
    "BatchResult",
    "Cancel",
    "Cancelled",
    "Client",
    "ConfigError",
    "ConnectError",
    "ConnectionLost",
    "CredentialsError",
    "CredentialsRefused",
    "CredentialsUnavailable",
    "Error",
    "Explanation",
    "Forbidden",
    "InternalError",
    "InvalidArgument",
    "NoCredentials",
    "NotFound",
    "NotTried",
    "Options",
    "ProxyError",
    "PushAll",
    "PushResult",
    "Receipt",
    "Rejected",
    "ResolveError",
    "ServerError",
    "Status",
    "Target",
    "TargetRefused",
    "Throttled",
    "Timeout",
    "TlsError",
    "TransportError",
    "Unauthorized",
    "UnexpectedResponse",
    "Unsettled",
    "__version__",
    "explain",
    "is_retryable",
    "outcome_of",
    "parse_targets",
    "push",
    "read_targets",
    "settle",
    "unsettled",
]

# Tracebacks and pickles name what is public where a user finds it.
for _name, _item in list(globals().items()):
    if _name in __all__ and isinstance(_item, type):
        _item.__module__ = __name__
del _name, _item


def _import_late(name: str) -> object:
    """Import what is slow to import when it is first asked for: asyncio and enum are, for two."""
    item: object
    if name == "Status":
        from ._status import Status  # noqa: PLC0415

        item = Status
    elif name == "AsyncClient":
        from ._aio import AsyncClient  # noqa: PLC0415

        item = AsyncClient
    elif name == "AsyncPushAll":
        from ._aio_push_all import AsyncPushAll  # noqa: PLC0415

        item = AsyncPushAll
    elif name == "Options":
        from ._options import Options  # noqa: PLC0415

        item = Options
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = item
    return item


# Type checkers would take it for every name, a misspelt one, too.
if not TYPE_CHECKING:
    __getattr__ = _import_late


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
