"""The native module of certpush. Import from the package ``certpush`` instead."""

import os
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Final, NoReturn, final

from typing_extensions import Self, TypeAlias, Unpack

from ._batch import BatchResult, PushResult
from ._errors import Unsettled
from ._options import Options
from ._status import Status

__all__ = [
    "OPTIONS",
    "REPORT_FIELDS",
    "Awaited",
    "Cancel",
    "Client",
    "Explanation",
    "PushAll",
    "Receipt",
    "Target",
    "__version__",
    "command",
    "explain",
    "parse_targets",
    "push",
    "read_targets",
    "settle",
    "unsettled",
]

OPTIONS: Final[tuple[tuple[str, str], ...]]
REPORT_FIELDS: Final[tuple[tuple[str, str], ...]]
__version__: Final[str]

_Target: TypeAlias = Target | tuple[str, str | None, str] | Mapping[str, str | None]

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
    @staticmethod
    def from_env(
        *, token_source: Callable[[], str] | None = None, **options: Unpack[Options]
    ) -> Client:
        """Make a client with options of the environment, and these keywords, which hide it.

        As Client(trust_env=True, **options).
        """

    def push(
        self,
        certificate_id: str,
        target_project: str | None,
        target_service: str,
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
        again: bool = False,
    ) -> Receipt:
        """Push a certificate to a service in a project, and wait for the answer.

        certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
        target_project: a project's name, such as the region "ap-southeast-3"; None or "" for the
        CDN only.
        target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
        timeout, timeout_ms: how long this call may take, instead of the client's timeout.
        cancel: a Cancel that stops this call.
        again: push once more what the client's journal has as pushed.

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

    def push_all(
        self,
        targets: Iterable[_Target],
        *,
        timeout: float | None = None,
        timeout_ms: int | None = None,
        cancel: Cancel | None = None,
        again: bool = False,
    ) -> PushAll:
        """Push many certificates, several at a time, and return an iterator of their results.

        targets: an iterable of Target, of tuples of three values, or of mappings with three keys:
        certificate_id, target_project, target_service. read_targets reads them from a file.
        timeout, timeout_ms: how long the whole may take; each push has the client's timeout
        within that.
        cancel: a Cancel that stops all of it.
        again: push once more what the client's journal has as pushed.

        All targets are checked before anything is sent: InvalidArgument, or TypeError, names the
        first that is refused by its place, counted from 0. One that is there twice is refused.

        The options jobs, max_failures and journal say how many are pushed at a time, after how
        many failures no more are begun, and where each push is kept. Every target's outcome is
        told, whatever happens to the others: the iteration raises no failure of a push. What the
        journal has as pushed is not pushed again; what stops a run leaves the rest NotTried.
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

        So does a run of push_all. Kept connections are closed as soon as no call is running.
        """

    @property
    def closed(self) -> bool:
        """Whether close() was called."""

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
class PushAll:
    """A run of many pushes, which Client.push_all has started: an iterator of its results.

    It gives a PushResult for each target as it ends. Any number of threads may iterate over it;
    each result is given to one of them. The threads that push call nothing of the program's:
    token_source and the logger are called on the thread that iterates, and as long as none does,
    they soon wait. len() is the number of targets.

    In a with statement it is over when the block is. What leaves the block, or a loop whose run
    nobody else has, stops it: no more is begun, and what is under way comes to its end and is
    waited for. KeyboardInterrupt and the like cancel it instead, within 100 ms, and their chain of
    causes ends with the BatchIncomplete that tells all outcomes; results has them, too.
    """

    def stop(self) -> None:
        """Have no more begun: the rest is NotTried. What is under way comes to its own end.

        It may be called on any thread, and waits for nothing.
        """

    def cancel(self) -> None:
        """Stop the run, and what is under way within 100 ms, as its cancel= does.

        It may be called on any thread, and waits for nothing.
        """

    def raise_if_incomplete(self) -> list[PushResult]:
        """Wait for all, and return their results in the order of the targets.

        Raises BatchIncomplete, whose results are the same, if a target is not pushed, now or
        earlier.
        """

    @property
    def results(self) -> list[PushResult]:
        """What has ended so far, in the order of the targets, iterated over or not."""

    @property
    def counts(self) -> dict[str, int]:
        """How many targets came to what so far.

        The keys are pushed, pushed_earlier (those of them that the journal had as pushed),
        not_pushed, unknown and not_tried.
        """

    @property
    def message(self) -> str:
        """What became of the whole, in one line that is fit for a log; "" until all have ended."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> PushResult: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        exception: BaseException | None = None,
        traceback: TracebackType | None = None,
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
class Target:
    """A certificate, and where to push it: what push_all takes, and what its results are about.

    target_project may be None for the CDN, and is "" then. line is where read_targets found it; it
    is told, and does not count when targets are compared. Targets are frozen, hashed and pickled.
    """

    def __new__(
        cls,
        certificate_id: str,
        target_project: str | None,
        target_service: str,
        line: int | None = None,
    ) -> Self: ...
    @property
    def certificate_id(self) -> str:
        """The certificate's id."""

    @property
    def target_project(self) -> str:
        """The project, "" for the CDN without one."""

    @property
    def target_service(self) -> str:
        """The service."""

    @property
    def line(self) -> int | None:
        """The line of the text that it was read from, counted from 1, or None."""

    def to_dict(self) -> dict[str, object]:
        """Its fields, as plain JSON."""

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

    def to_dict(self) -> dict[str, object]:
        """Its fields, as plain JSON."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]: ...

def command(arguments: list[str]) -> int:
    """Do what a command line of certpush, without its name, asks for, and return the exit status.

    It prints to the process's own standard output and error, and takes its signals.
    """

def explain(code: str | int) -> Explanation | None:
    """Explain a status (by number or name) or a service's error code such as "SCM.0069".

    Returns None for a code that is not known.
    """

def parse_targets(text: str | bytes) -> list[Target]:
    """Read the targets of push_all from a text, as read_targets does from a file."""

def push(
    certificate_id: str,
    target_project: str | None,
    target_service: str,
    *,
    cancel: Cancel | None = None,
    again: bool = False,
    token_source: Callable[[], str] | None = None,
    **options: Unpack[Options],
) -> Receipt:
    """Push one certificate without a client of one's own, and wait for the answer.

    Opens a client, pushes, and closes it: as Client(trust_env=True, **options).push(...). The
    options come from the environment (CERTPUSH_REGION, CERTPUSH_TOKEN_FILE and so on) and from
    the keywords, which hide the environment's; they are those of Client. A password is refused:
    each call would log in anew, and a loop of them would lock the account.

    certificate_id: 16 ASCII letters or digits, such as "scs1600313391074".
    target_project: a project's name, such as the region "ap-southeast-3"; None or "" for the
    CDN only.
    target_service: "ELB", "WAF" or "CDN"; any other is sent as given.
    cancel: a Cancel that stops this call.
    again: push once more what the journal has as pushed, if the options name one.

    Returns a Receipt or raises an Error, as Client.push does.
    """

def read_targets(path: str | os.PathLike[str]) -> list[Target]:
    """Read the targets of push_all from a file: CSV, or JSON Lines.

    The first line of CSV names the columns certificate_id, target_project and target_service, in
    any order; these are also the members of each JSON object. The file is taken whole or refused:
    ConfigError names the first faults by their lines, and OSError says why it cannot be read. Each
    target knows its line.
    """

def settle(
    journal: str | os.PathLike[str],
    certificate_id: str,
    target_project: str | None,
    target_service: str,
    *,
    pushed: bool,
) -> None:
    """Write into a journal what was found out of a push whose outcome it does not know.

    journal: the file that the option journal named; the client that has it must have ended.
    certificate_id, target_project, target_service: the push, as it was made.
    pushed: True if the certificate is on its target: it counts as pushed from now on. False if it
    is not: the next run pushes it.

    When it returns, that is on the disk. Raises ConfigError if the file is no journal, is in use,
    or has no such push that is to be settled; it stays as it was then. What was settled before may
    be settled anew.
    """

def unsettled(journal: str | os.PathLike[str]) -> list[Unsettled]:
    """Return what a journal does not know the end of, the oldest first: a list of Unsettled.

    journal: the file that the option journal named; the client that has it must have ended.

    Each has the certificate_id, target_project and target_service, in capitals, that settle()
    takes, and the message that a run gives it. Raises ConfigError if the file is no journal or is
    in use.
    """
