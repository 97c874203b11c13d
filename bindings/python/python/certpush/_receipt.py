"""The proof of a push."""

from __future__ import annotations

from ._frozen import Frozen
from ._status import Status


class Receipt(Frozen):
    """The service answered that the certificate is on its target.

    It is stored there, not yet bound to a listener or domain: ``hint`` says what is left to do.
    """

    __slots__ = (
        "certificate_id",
        "target_project",
        "target_service",
        "http_status",
        "request_id",
        "attempts",
        "message",
        "hint",
    )

    certificate_id: str
    target_project: str
    target_service: str
    http_status: int
    """204, or 200 with a JSON object."""
    request_id: str
    """The service's id of the request, or "": Huawei Cloud's support asks for it."""
    attempts: int
    """How many attempts it took."""
    message: str
    """What happened, in one line that is fit for a log."""
    hint: str
    """What is left to do."""

    # The same for every success, and so no fields: receipts and errors can be told alike.
    status = Status.OK
    phase = ""
    service_code = ""
    service_message = ""
    retryable = False
    outcome_unknown = False
    retry_after_ms = None

    def __init__(
        self,
        certificate_id: str,
        target_project: str,
        target_service: str,
        http_status: int,
        request_id: str,
        attempts: int,
        message: str,
        hint: str,
    ) -> None:
        """Give every field; a program's own tests may make one."""
        self._give(
            certificate_id,
            target_project,
            target_service,
            http_status,
            request_id,
            attempts,
            message,
            hint,
        )
