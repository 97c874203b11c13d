"""A program that mypy checks strictly: what has which type, and what must be refused."""

from __future__ import annotations

import os
from pathlib import Path

from typing_extensions import Unpack, assert_type

import certpush


def right(client: certpush.Client, cancel: certpush.Cancel) -> None:
    """What a user writes."""
    receipt = client.push("scs1600313391074", "p", target_service="ELB", timeout=3, cancel=cancel)
    assert_type(receipt, certpush.Receipt)
    assert_type(receipt.http_status, int)
    assert_type(receipt.status, certpush.Status)
    assert_type(client.describe(), str)
    assert_type(client.connect(timeout_ms=5), None)
    assert_type(cancel.triggered, bool)
    assert_type(certpush.push("scs1600313391074", "", "CDN", ca_file=Path("ca")), certpush.Receipt)
    results = client.batch_push("scs1600313391074", {"p", "q"}, "ELB", timeout=3, cancel=cancel)
    assert_type(results, list[certpush.BatchResult])
    assert_type(results[0].status, certpush.Status)
    assert_type(results[0].target_certificate_id, str)
    assert_type(client.closed, bool)
    assert_type(certpush.Client.from_env(timeout=3), certpush.Client)


def right_of_many(client: certpush.Client, cancel: certpush.Cancel) -> None:
    """What a user of many pushes writes."""
    target = certpush.Target("scs1600313391074", None, "CDN")
    rows = [{"certificate_id": "x", "target_project": "p", "target_service": "ELB"}]
    client.push_all(rows)
    client.push_all(("scs1600313391074", region, "ELB") for region in ("a", "b"))
    client.push_all([target, ("scs1600313391074", "p", "ELB"), *rows])
    with client.push_all(certpush.read_targets(Path("f")), timeout=3, cancel=cancel) as run:
        assert_type(run, certpush.PushAll)
        for result in run:
            assert_type(result, certpush.PushResult)
            assert_type(result.index, int)
            assert_type(result.line, "int | None")
            assert_type(result.target, certpush.Target)
            assert_type(result.receipt, "certpush.Receipt | None")
            assert_type(result.error, "certpush.Error | None")
            assert_type((result.ok, result.outcome), tuple[bool, str])
        assert_type(run.counts, dict[str, int])
        assert_type(run.results, list[certpush.PushResult])
    assert_type(run.raise_if_incomplete(), list[certpush.PushResult])
    certpush.PushResult(0, target, error=certpush.NotTried("no"))
    certpush.settle(Path("j"), "scs1600313391074", None, "CDN", pushed=True)
    assert_type(certpush.is_retryable(KeyboardInterrupt()), bool)
    assert_type(certpush.explain(14), "certpush.Explanation | None")
    assert_type(certpush.__version__, str)
    path: os.PathLike[str] = Path("token")
    with certpush.Client(region="cn-north-4", token_file=path, timeout=1.5) as opened:
        assert_type(opened, certpush.Client)
    certpush.Client(region="cn-north-4", token_source=lambda: "token")
    certpush.Client(region=None, trust="mozilla", credentials="keys")


async def awaited(client: certpush.AsyncClient, cancel: certpush.Cancel) -> None:
    """What a user of asyncio writes."""
    receipt = await client.push("scs1600313391074", "p", "ELB", timeout=3, cancel=cancel)
    assert_type(receipt, certpush.Receipt)
    results = await client.batch_push("scs1600313391074", {"p", "q"}, "ELB", timeout_ms=3)
    assert_type(results, list[certpush.BatchResult])
    assert_type(await client.connect(), None)
    run = client.push_all([("scs1600313391074", None, "CDN")], timeout=3)
    assert_type(run, certpush.AsyncPushAll)
    async for result in run:
        assert_type(result, certpush.PushResult)
    assert_type(await run.raise_if_incomplete(), list[certpush.PushResult])
    assert_type(certpush.AsyncClient.from_env(region="cn-north-4"), certpush.AsyncClient)
    assert_type(client.describe(), str)
    async with certpush.AsyncClient(region="cn-north-4", max_concurrency=8, timeout=1.5) as opened:
        assert_type(opened, certpush.AsyncClient)
    certpush.AsyncClient(tiemout=1)  # type: ignore[call-arg]
    certpush.AsyncClient(token_source=awaited)  # type: ignore[arg-type]


def handed_on(**options: Unpack[certpush.Options]) -> certpush.Client:
    """What hands options on."""
    trust: str = options.get("trust") or "system"
    return certpush.Client(**options) if trust else certpush.Client()


def told(error: certpush.Error) -> None:
    """What an error tells."""
    assert_type(error.status, certpush.Status)
    assert_type(error.outcome_unknown, bool)
    assert_type(error.retry_after_ms, "int | None")
    assert_type(error.message, str)
    assert_type(error.http_status, int)
    certpush.Timeout("no answer", outcome_unknown=True)
    assert_type(certpush.Cancelled("stopped", pushed=True).pushed, bool)
    certpush.ApiError("no", status=certpush.Status.FORBIDDEN)
    result = certpush.BatchResult("p", certpush.Status.OK, target_certificate_id="x")
    incomplete = certpush.BatchIncomplete("no", results=[result], outcome_unknown=False)
    assert_type(incomplete.results, list[certpush.BatchResult])


def wrong(client: certpush.Client) -> None:
    """What mypy must refuse: an ignore that is not needed is an error too."""
    certpush.Client(tiemout=1)  # type: ignore[call-arg]
    certpush.Client(timeout="1")  # type: ignore[arg-type]
    certpush.Client(timeout_ms=1.5)  # type: ignore[arg-type]
    certpush.Client(trust="nobody")  # type: ignore[arg-type]
    handed_on(credentials="all")  # type: ignore[arg-type]
    certpush.Client("cn-north-4")  # type: ignore[call-arg, arg-type]
    certpush.Client(token_source=lambda: b"token")  # type: ignore[arg-type, return-value]
    client.push("scs1600313391074", "p")  # type: ignore[call-arg]
    certpush.AsynClient()  # type: ignore[attr-defined]
    client.batch_push("scs1600313391074", [7], "ELB")  # type: ignore[list-item]
    certpush.BatchResult("p", certpush.Status.OK).news = 1  # type: ignore[attr-defined]
    client.push_all(["scs1600313391074"])  # type: ignore[list-item]
    client.push_all(7)  # type: ignore[arg-type]
    certpush.settle("j", "scs1600313391074", "p", "ELB")  # type: ignore[call-arg]
    client.push("scs1600313391074", "p", b"ELB")  # type: ignore[arg-type]
    client.push("scs1600313391074", "p", "ELB", cancel=True)  # type: ignore[arg-type]
