#!/usr/bin/env python3
"""The official SDK against certpush-sim: what the SDK sends, the simulated services must accept.

    python3 -m venv sdk && sdk/bin/pip install huaweicloudsdkscm
    cargo build -p certpush-sim
    sdk/bin/python tests/sim/tests/official_sdk.py target/debug/certpush-sim

Ends with status 0 if everything was accepted that should be, and refused that should not.
"""

import http.client
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import unittest
import urllib.request

# The SDK writes into the home directory when it is imported.
HOME = tempfile.TemporaryDirectory()
os.environ["HOME"] = HOME.name

from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials  # noqa: E402
from huaweicloudsdkcore.auth.internal import MetadataAccessor, PodIdentityAccessor  # noqa: E402
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException  # noqa: E402
from huaweicloudsdkcore.http.http_client import HttpClient  # noqa: E402
from huaweicloudsdkcore.http.http_config import HttpConfig  # noqa: E402
from huaweicloudsdkcore.http.http_handler import HttpHandler  # noqa: E402
from huaweicloudsdkcore.region.region import Region  # noqa: E402
from huaweicloudsdkcore.sdk_request import SdkRequest  # noqa: E402
from huaweicloudsdkcore.signer.signer import Signer  # noqa: E402
from huaweicloudsdkscm.v3 import PushCertificateRequest, PushCertificateRequestBody, ScmClient  # noqa: E402

ACCESS_KEY = "OFFICIAL-SDK-KEY"
SECRET_KEY = "official/sdk+secret=key"
DOMAIN_ID = "d0a1b2c3d4e5f60718293a4b5c6d7e8f"
POD_AUTHORIZATION = "token-of-a-pod"
CERTIFICATE_ID = "scs1600313391074"


class Simulator:
    """A running certpush-sim."""

    def __init__(self, program):
        self.ca_file = os.path.join(HOME.name, "ca.pem")
        self.process = subprocess.Popen(
            [
                program,
                "--ca-file",
                self.ca_file,
                "--access-key",
                ACCESS_KEY,
                "--secret-key",
                SECRET_KEY,
                "--pod-authorization",
                POD_AUTHORIZATION,
                "--any-project",
                "--stop-on-stdin-eof",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.urls = json.loads(self.process.stdout.readline())

    def get(self, path):
        with urllib.request.urlopen(self.urls["http"] + path) as answer:
            return json.load(answer)

    def post(self, path):
        urllib.request.urlopen(urllib.request.Request(self.urls["http"] + path, data=b"{}")).close()

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class OfficialSdk(unittest.TestCase):
    """Each test begins with nothing received and no key locked."""

    def setUp(self):
        SIMULATOR.post("/sim/reset")
        SIMULATOR.post("/sim/iam/unlock")
        os.environ["HUAWEICLOUD_SDK_IAM_ENDPOINT"] = SIMULATOR.urls["http"]

    def push(self, builder, target_project="ap-southeast-3"):
        body = PushCertificateRequestBody(target_project=target_project, target_service="ELB")
        request = PushCertificateRequest(certificate_id=CERTIFICATE_ID, body=body)
        return builder.build().push_certificate(request)

    def builder(self, credentials, scheme="http"):
        config = HttpConfig.get_default_config()
        config.ssl_ca_cert = SIMULATOR.ca_file
        return (
            ScmClient.new_builder()
            .with_http_config(config)
            .with_credentials(credentials)
            .with_endpoints([SIMULATOR.urls[scheme]])
        )

    def assert_pushed(self, times=1):
        self.assertEqual(len(SIMULATOR.get("/sim/pushed")), times)
        self.assertEqual(SIMULATOR.get("/sim/iam")["signatures_refused"], 0)

    def test_pushes_with_and_without_an_account(self):
        self.push(self.builder(GlobalCredentials(ACCESS_KEY, SECRET_KEY)))
        self.push(self.builder(GlobalCredentials(ACCESS_KEY, SECRET_KEY, DOMAIN_ID)))
        self.assert_pushed(2)

    def test_pushes_through_tls(self):
        self.push(self.builder(GlobalCredentials(ACCESS_KEY, SECRET_KEY, DOMAIN_ID), "https"))
        self.assert_pushed()

    def test_pushes_to_projects_with_unusual_names(self):
        credentials = GlobalCredentials(ACCESS_KEY, SECRET_KEY, DOMAIN_ID)
        names = ["cn-north-7_test", "a b", "证书", 'quotes " and \\', "é/%2F?&=+~*"]
        for name in names:
            self.push(self.builder(credentials), target_project=name)
        self.assert_pushed(len(names))
        pushed = SIMULATOR.get("/sim/pushed")
        self.assertEqual([copy["target_project"] for copy in pushed], names)

    def test_looks_up_its_account(self):
        region = Region("cn-north-4", SIMULATOR.urls["http"])
        credentials = GlobalCredentials(ACCESS_KEY, SECRET_KEY)
        self.push(ScmClient.new_builder().with_credentials(credentials).with_region(region))
        self.assertEqual(SIMULATOR.get("/sim/iam")["domain_requests"], 1)
        headers = dict(SIMULATOR.get("/sim/received")[-1]["headers"])
        self.assertEqual(headers["x-domain-id"], DOMAIN_ID)
        self.assert_pushed()

    def test_looks_up_a_project(self):
        credentials = BasicCredentials(ACCESS_KEY, SECRET_KEY)
        client = HttpClient(
            HttpConfig.get_default_config(),
            HttpHandler(),
            exception_handler=None,
            logger=logging.getLogger(),
        )
        credentials.process_auth_params(client, "cn-north-4")
        self.assertEqual(credentials.project_id, "a0010000000000000000000000000001")

    def test_pushes_with_the_keys_of_an_instance(self):
        MetadataAccessor._METADATA_ENDPOINT = SIMULATOR.urls["http"]
        self.push_with_temporary(MetadataAccessor().get_credential())

    def test_pushes_with_the_keys_of_a_pod(self):
        token_file = os.path.join(HOME.name, "token")
        with open(token_file, "w", encoding="ascii") as file:
            file.write(POD_AUTHORIZATION + "\n")
        url = SIMULATOR.urls["http"] + "/pod-identity/credentials"
        self.push_with_temporary(PodIdentityAccessor(url, token_file).get_credential())

    def push_with_temporary(self, key):
        credentials = GlobalCredentials(key.access, key.secret).with_security_token(
            key.security_token
        )
        self.push(self.builder(credentials))
        self.assert_pushed()

    def test_signs_unusual_queries_and_headers(self):
        seed = random.randrange(2**32)
        print(f"seed {seed}", file=sys.stderr)
        generator = random.Random(seed)
        host = SIMULATOR.urls["http"].removeprefix("http://")
        connection = http.client.HTTPConnection(host)
        signer = Signer(GlobalCredentials(ACCESS_KEY, SECRET_KEY))

        def text(alphabet, longest):
            return "".join(generator.choices(alphabet, k=generator.randint(1, longest)))

        for _ in range(500):
            query = [
                (text("ab-_.~ /%+*é证", 4), text("xyz 0/%+&=?#*'()~é证", 8))
                for _ in range(generator.randint(0, 5))
            ]
            headers = {
                text("abcdefgh-0", 8): text('ab  ;,="%|', 8).strip()
                for _ in range(generator.randint(0, 4))
            }
            request = SdkRequest(
                method="GET",
                schema="http",
                host=host,
                resource_path="/v3/projects",
                query_params=query,
                header_params=headers,
                body="",
            )
            signer.sign(request)
            with self.subTest(uri=request.uri, headers=headers):
                connection.request("GET", request.uri, headers=request.header_params)
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200, answer.read())
                answer.read()
        connection.close()

    def test_is_refused_with_a_wrong_secret(self):
        builder = self.builder(GlobalCredentials(ACCESS_KEY, SECRET_KEY[:-1]))
        with self.assertRaises(ClientRequestException) as refused:
            self.push(builder)
        self.assertEqual(
            (refused.exception.status_code, refused.exception.error_code), (401, "APIGW.0301")
        )
        self.assertIn(
            "verify aksk signature fail, canonicalRequest:POST|", refused.exception.error_msg
        )
        self.assertEqual(SIMULATOR.get("/sim/iam")["signatures_refused"], 1)

    def test_is_refused_for_another_account(self):
        builder = self.builder(GlobalCredentials(ACCESS_KEY, SECRET_KEY, "0" * 32))
        with self.assertRaises(ClientRequestException) as refused:
            self.push(builder)
        self.assertEqual(
            (refused.exception.status_code, refused.exception.error_code), (403, "SCM.0002")
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: official_sdk.py CERTPUSH_SIM")
    SIMULATOR = Simulator(sys.argv.pop(1))
    try:
        unittest.main()
    finally:
        SIMULATOR.stop()
