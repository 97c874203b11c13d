"""What can be done to a push, by name."""

from __future__ import annotations

from typing import Any


def _refused(status: int, code: str, message: str, **headers: str) -> dict[str, Any]:
    return {
        "status": status,
        "headers": {"X-Request-Id": "simulated", **headers},
        "json": {"error_code": code, "error_msg": message},
    }


#: The failures that a simulator can be asked for, as it is told them.
FAILURES: dict[str, dict[str, Any]] = {
    # It was not pushed, and trying again does not help.
    "quota": _refused(400, "SCM.0201", "Failed to push to ELB. ELB error message: quota exceeded."),
    "unauthorized": _refused(401, "APIGW.0301", "Incorrect IAM authentication information"),
    "forbidden": _refused(403, "SCM.0002", "Incorrect tenant ID."),
    # It was not pushed, and may be later.
    "throttled": _refused(
        429, "APIGW.0308", "The throttling threshold has been reached", **{"Retry-After": "1"}
    ),
    # It may have been pushed.
    "push failed": _refused(400, "SCM.0028", "Failed to push the certificate."),
    "server error": _refused(500, "SCM.0001", "Internal error."),
    "gateway": {
        "status": 502,
        "headers": {"Content-Type": "text/html"},
        "body": "<html><body><h1>502 Bad Gateway</h1></body></html>",
    },
    "login page": {
        "status": 200,
        "headers": {"Content-Type": "text/html"},
        "body": "<html><body>Log in</body></html>",
    },
    "redirect": {"status": 302, "headers": {"Location": "{elsewhere}/login"}},
    "lost": {"steps": ["reset"]},
    "silent": {"steps": ["hold"]},
}
