"""The official SDK's regions, for a Python that has it: names of files in, endpoints out.

For each file it prints the endpoint that the SDK's client has for the region, or why it has none:
`yaml` if the file is no YAML to it, `other` for anything else.
"""

from __future__ import annotations

import os
import sys
import warnings

import yaml
from huaweicloudsdkcore.auth.credentials import (  # type: ignore[import-not-found]
    GlobalCredentials,
)
from huaweicloudsdkcore.utils.six_utils import (  # type: ignore[import-not-found]
    SingletonMeta,
)
from huaweicloudsdkscm.v3 import ScmClient  # type: ignore[import-not-found]
from huaweicloudsdkscm.v3.region.scm_region import (  # type: ignore[import-not-found]
    ScmRegion,
)


def endpoint(region: str) -> str:
    """What a client for the region has, from files that are read anew."""
    SingletonMeta._instances.clear()
    builder = ScmClient.new_builder().with_region(ScmRegion.value_of(region))
    client = builder.with_credentials(GlobalCredentials("AK", "SK", "d" * 32)).build()
    return str(client._endpoints[0])


def main(region: str) -> None:
    """Answers each line of standard input."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        os.environ["HUAWEICLOUD_SDK_REGIONS_FILE"] = line.removesuffix("\n")
        try:
            answer = endpoint(region)
        except yaml.YAMLError:
            answer = "yaml"
        except Exception:  # noqa: BLE001 - the SDK raises what its code happens to
            answer = "other"
        print(ascii(answer))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
