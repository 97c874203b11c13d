"""The official SDK. It cannot send a token, so it signs its requests instead."""

from __future__ import annotations

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkscm.v3 import PushCertificateRequest, PushCertificateRequestBody, ScmClient

import driver


def new(endpoint: str, ca_file: str, _token: str) -> driver.ForThread:
    """One client for all threads."""
    config = HttpConfig.get_default_config()
    config.ssl_ca_cert = driver.authorities(ca_file)
    credentials = GlobalCredentials("ACCESSKEY", "secret", "domain")
    client = (
        ScmClient.new_builder()
        .with_http_config(config)
        .with_credentials(credentials)
        .with_endpoint(endpoint)
        .build()
    )

    def push() -> None:
        request = PushCertificateRequest(
            certificate_id=driver.CERTIFICATE_ID,
            body=PushCertificateRequestBody(
                target_project=driver.TARGET_PROJECT, target_service=driver.TARGET_SERVICE
            ),
        )
        client.push_certificate(request)

    return lambda: push


driver.run(new)
