"""The official SDK's profiles, for a Python that has it: files and sections in, keys out, as JSON.

For each it prints the credentials that the SDK takes from the file, or how it fails: `missing` if
the file can be read and has not the section, or not both keys in it, `unreadable` if it cannot.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from huaweicloudsdkcore.auth.provider import (  # type: ignore[import-not-found]
    ProfileCredentialProvider,
)
from huaweicloudsdkcore.exceptions.exceptions import (  # type: ignore[import-not-found]
    ApiValueError,
)


def keys(path: str, section: str) -> dict[str, Any]:
    """What the SDK signs with, and what it says of the account."""
    os.environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] = path
    try:
        found = ProfileCredentialProvider(section).get_credentials()
    except ApiValueError:
        return {"failure": "missing"}
    except Exception:  # noqa: BLE001 - whatever its reader raises
        return {"failure": "unreadable"}
    return {
        "failure": None,
        "ak": found.ak,
        "sk": found.sk,
        "security_token": found.security_token or None,
        "project_id": getattr(found, "project_id", None) or None,
        "domain_id": getattr(found, "domain_id", None) or None,
        "iam_endpoint": found.iam_endpoint or None,
        "is_federated": bool(found.idp_id and found.id_token_file),
    }


def main() -> None:
    """Answers each line of standard input, a list of a path and a section."""
    for line in sys.stdin:
        print(json.dumps(keys(*json.loads(line))))  # noqa: T201


if __name__ == "__main__":
    main()
