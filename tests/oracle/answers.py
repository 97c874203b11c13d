"""The answers that the server gives."""

from __future__ import annotations

import itertools
import json
from random import Random

from record import Answer

_numbers = itertools.count(1)
REASONS = {200: "OK", 204: "No Content", 403: "Forbidden", 500: "Internal Server Error"}

# Those after which nothing was pushed, whatever happens to their body.
REFUSALS = [(401, "SCM.4002"), (403, "APIGW.0302"), (404, "APIGW.0101"), (431, "APIGW.0201")]
COMPLETE_400 = (400, "SCM.0013")


def answer(
    random: Random,
    status: int,
    code: str = "",
    body: bytes | None = None,
    *,
    closes: bool = False,
    succeeds: bool = False,
) -> Answer:
    """Make an answer with one of the framings that HTTP has."""
    request_id = f"oracle-{next(_numbers):08d}"
    is_chunked = status != 204 and random.random() < 0.3
    headers = [f"X-Request-Id: {request_id}"]
    if closes:
        headers.append("Connection: close")
    if body is None:
        body = b"" if status == 204 else b"{}"
        if code:
            text = "x" * random.choice([0, 20, 2000])
            body = json.dumps({"error_code": code, "error_msg": text}).encode()
    if status == 204:
        framed = b""
    elif is_chunked:
        headers.append("Transfer-Encoding: chunked")
        half = len(body) // 2
        parts = [*(part for part in (body[:half], body[half:]) if part), b""]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    else:
        headers.append(f"Content-Length: {len(body)}")
        framed = body
    random.shuffle(headers)
    reason = REASONS.get(status, "Whatever")
    lines = [f"HTTP/1.1 {status} {reason}", *headers, "", ""]
    head = "\r\n".join(lines).encode()
    return Answer(request_id, status, code, head + framed, len(head), succeeds, closes, is_chunked)


def success(random: Random) -> Answer:
    """One of the documented successes."""
    if random.random() < 0.7:
        return answer(random, 204, succeeds=True)
    return answer(random, 200, succeeds=True)


def interim(random: Random) -> bytes:
    """A few answers that are not final."""
    heads = [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\nA: b\r\n\r\n"]
    return b"".join(random.choice(heads) for _ in range(random.randint(1, 4)))


def refusal(random: Random) -> Answer:
    """A 4xx that says that nothing was pushed."""
    return answer(random, *random.choice([*REFUSALS, COMPLETE_400]))


def throttled(random: Random) -> Answer:
    """A 429."""
    return answer(random, 429, "APIGW.0308")


def nothing_done(random: Random) -> Answer:
    """A 5xx whose code was given before a push began."""
    return answer(random, *random.choice([(500, "SCM.4001"), (503, "APIGW.0613")]))


def generic_failure(random: Random) -> Answer:
    """A 400 that a push may have had."""
    return answer(random, 400, random.choice(["SCM.0028", "SCM.0203"]))


def server_error(random: Random) -> Answer:
    """Any other 5xx."""
    return answer(random, random.choice([500, 502, 503, 504]), random.choice(["SCM.3000", ""]))


def late_408(random: Random) -> Answer:
    """A gateway's 408 for a slow backend."""
    return answer(random, 408, body=b"", closes=random.random() < 0.6)


def idle_408(random: Random) -> Answer:
    """A server's idle timer."""
    return answer(random, 408, body=b"", closes=True)


def undefined(random: Random) -> Answer:
    """An answer that the API does not define."""
    status, body = random.choice(
        [(202, b"{}"), (302, b""), (200, b"<html></html>"), (200, b""), (200, b'{"code":1}')]
    )
    return answer(random, status, body=body)


def any_final(random: Random) -> Answer:
    """One of those that mean something different each."""
    kinds = [success, success, refusal, server_error, nothing_done, throttled, generic_failure]
    return random.choice(kinds)(random)


def no_success(random: Random) -> Answer:
    """One that no call can take for a success."""
    return random.choice([refusal, server_error, generic_failure])(random)
