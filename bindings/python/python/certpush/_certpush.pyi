"""The native module of certpush. Import from the package ``certpush`` instead."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, NoReturn, final

from typing_extensions import Self, Unpack

from ._batch import BatchResult
from ._options import Options
from ._status import Status

__all__ = [
    "OPTIONS",
    "REPORT_FIELDS",
    "Awaited",
    "Cancel",
    "Client",
    "Explanation",
    "Receipt",
    "__version__",
    "explain",
    "push",
]

OPTIONS: Final[tuple[tuple[str, str], ...]]
REPORT_FIELDS: Final[tuple[tuple[str, str], ...]]
__version__: Final[str]

@final
class Awaited:
    """A call of an AsyncClient, from the await on: its time, and what stops it.

    A method of its client takes it as cancel=.
    """

    def __new__(
        cls,
        client: Client,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> Self: ...
    def trigger(self) -> None:
        """Stop this call, and no other."""

    @property
    def left(self) -> float:
        """How long it may still take, in seconds: 0 when its time is up or it was stopped."""

@final
class Cancel:
    """Stops calls from another thread.

    It is one-shot: once triggered, every call that was or is given it as cancel= raises
    Cancelled, within 100 ms. Its outcome_unknown tells whether the certificate may have been
    pushed. One Cancel may be shared by any number of calls.
    """

    def __new__(cls) -> Self: ...
    def trigger(self) -> None:
        """Stop the calls that were given this cancel, and those that will be."""

    @property
    def triggered(self) -> bool:
        """Whether trigger() has been called."""

@final
class Client:
    """Pushes certificates to one endpoint with one credential.

    A client is immutable and may be shared by any number of threads; it keeps connections for
    further calls and may be used on both sides of a fork. Making one reads the files that the
    options name and sends nothing. Use it in a with statement, or close() it.

    The options are keywords. They hide the environment's (CERTPUSH_REGION and so on), which is
    read only if trust_env is true; None counts as not given.

    token_source is a credential that is no option: a callable without arguments that returns a
    token. It is called before each push, on the thread that pushes, and once more when the service
    asks for a new token. If it raises an Exception, it is called again as often as retries allows;
    then the push raises CredentialsUnavailable from that exception. Its time counts, but cannot be
    cut short: a push ends late when the callable does.

    Raises ConfigError, InvalidArgument for a token outside its limits, NoCredentials, or Timeout if
    nobody has written to a FIFO among the files in the client's time. A signal ends that wait.
    """

    def __new__(
        cls,
        *,
        trust_env: bool = False,
        token_source: Callable[[], str] | None = None,
        **options: Unpack[Options],
    ) -> Self: ...
    def push(
        self,
        certificate_id: str,
        target_project: str,
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> Receipt:
        """Push a certificate to a service in a project, and wait for the answer.

        certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
        target_project: a project's name, such as the region "ap-southeast-3"; "" for the CDN only.
        target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
        timeout, timeout_ms: how long this call may take, instead of the client's timeout.
        cancel: a Cancel that stops this call.

        Returns a Receipt: the certificate is on its target. Otherwise raises an Error whose
        outcome_unknown tells whether the certificate may have been pushed all the same. A push is
        not idempotent: do not repeat it unless the error is retryable.
        """

    def batch_push(
        self,
        certificate_id: str,
        target_projects: Iterable[str],
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> list[BatchResult]:
        """Push a certificate to several projects by one request, and wait for the answer.

        target_projects: 1 to 10 projects' names of 1 to 32 characters, each once.
        The other arguments are as for push(): all projects get it for one service.

        Returns a BatchResult for each project, in the order of target_projects: the certificate
        is on each of them. Raises BatchIncomplete if the service answered and at least one
        project did not get the certificate; its results has all of them. A project that the
        service refused may have got it all the same, unless its result's outcome_unknown is
        false, and so may one that the answer does not plainly tell of.

        Any other Error is about the whole, and what its outcome_unknown says holds for every
        project: one time-out, one lost connection leaves all of them unknown.
        """

    def connect(
        self,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        """Make a connection, unless one is kept already, and keep it for the next call.

        Sends no request. The arguments are as for push().
        """

    def describe(self) -> str:
        """The endpoint, the credentials and where they came from, one item a line.

        Secrets are masked.
        """

    def close(self) -> None:
        """Refuse further calls, which raise Cancelled. Running ones end as they would have.

        Kept connections are closed as soon as no call is running.
        """

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Receipt:
    """The service answered that the certificate is on its target.

    It is stored there, not yet bound to a listener or domain: hint says what is left to do.
    Receipts are compared, hashed and pickled by their fields; a program's own tests may make one.
    """

    target_certificate_id: Final = ""
    phase: Final = ""
    service_code: Final = ""
    service_message: Final = ""
    retryable: Final = False
    outcome_unknown: Final = False
    retry_after_ms: Final = None

    def __new__(
        cls,
        certificate_id: str,
        target_project: str,
        target_service: str,
        http_status: int,
        request_id: str,
        attempts: int,
        message: str,
        hint: str,
    ) -> Self: ...
    @property
    def certificate_id(self) -> str:
        """The certificate's id."""

    @property
    def target_project(self) -> str:
        """The project that it was pushed to."""

    @property
    def target_service(self) -> str:
        """The service that it was pushed to."""

    @property
    def http_status(self) -> int:
        """204, or 200 with a JSON object."""

    @property
    def request_id(self) -> str:
        """The service's id of the request, or "": Huawei Cloud's support asks for it."""

    @property
    def attempts(self) -> int:
        """How many attempts it took."""

    @property
    def message(self) -> str:
        """What happened, in one line that is fit for a log."""

    @property
    def hint(self) -> str:
        """What is left to do."""

    @property
    def status(self) -> Status:
        """Status.OK."""

    def to_dict(self) -> dict[str, object]:
        """Every field, as plain JSON: the object that the command certpush prints for --json.

        There retry_after_ms is -1, where the attribute is None.
        """

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]: ...

@final
class Explanation:
    """What a status or a service's error code means, and what to do about it."""

    def __new__(
        cls, name: str, status_number: int | None, meaning: str, hint: str, outcome: str
    ) -> Self: ...
    @property
    def name(self) -> str:
        """The name of the status or the code, such as CERTPUSH_TIMEOUT or SCM.0069."""

    @property
    def status_number(self) -> int | None:
        """The number of a status, or None for a service's code."""

    @property
    def meaning(self) -> str:
        """What it means."""

    @property
    def hint(self) -> str:
        """What to do, "" if nothing is known."""

    @property
    def outcome(self) -> str:
        """Whether the certificate may have been pushed, in words."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]: ...

def explain(code: str | int) -> Explanation | None:
    """Explain a status (by number or name) or a service's error code such as "SCM.0069".

    Returns None for a code that is not known.
    """

def push(
    certificate_id: str,
    target_project: str,
    target_service: str,
    *,
    cancel: Cancel | None = None,
    token_source: Callable[[], str] | None = None,
    **options: Unpack[Options],
) -> Receipt:
    """Push one certificate without a client of one's own, and wait for the answer.

    Opens a client, pushes, and closes it: as Client(trust_env=True, **options).push(...). The
    options come from the environment (CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and so on) and from
    the keywords, which hide the environment's; they are those of Client. A password is refused:
    each call would log in anew, and a loop of them would lock the account.

    certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
    target_project: a project's name, such as the region "ap-southeast-3"; "" for the CDN only.
    target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
    cancel: a Cancel that stops this call.

    Returns a Receipt or raises an Error, as Client.push does.
    """
