"""The official SDK's signer, for a Python that has it: JSON lines in, Authorization lines out."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-not-found]
from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-not-found]


def main() -> None:
    """Signs each request with its key, and all headers that it has."""
    for line in sys.stdin:
        given = json.loads(line)
        request = SdkRequest(
            method=given["method"],
            host=given["headers"]["host"],
            resource_path=given["path"],
            query_params=[],
            header_params=given["headers"],
            body=bytes.fromhex(given["body"]),
        )
        key = SimpleNamespace(ak=given["access_key"], sk=given["secret_key"])
        print(Signer(key).sign(request).header_params["Authorization"])  # noqa: T201


if __name__ == "__main__":
    main()
