"""The options as keywords of Client and push: `make docs` writes this file from the core's list."""

import os
from typing import Literal, Optional, TypedDict, Union


class Options(TypedDict, total=False):
    """The options that Client and push take as keywords, for who hands them on.

    None counts as not given. An option in milliseconds has a twin in seconds: one of the two is
    given.
    """

    region: Optional[str]
    """Which site's SCM to use: cn-north-4 (China), ap-southeast-1 (International), eu-west-101
    (Europe) or my-kualalumpur-1, or one that the official SDKs' own variable or file of regions
    names. Not the target's region, which is target_project."""

    endpoint: Optional[str]
    """The service's base URL, instead of region. http:// only for this machine itself, or with
    allow_http."""

    allow_http: Optional[bool]
    """Allows an http:// endpoint on another machine: the token then travels unprotected. Default:
    false."""

    token: Optional[str]
    """The IAM user token (X-Auth-Token), 32 to 2,097,152 characters."""

    token_file: Optional[Union[str, os.PathLike[str]]]
    """A file that holds the token; a byte order mark and one line end at its end are dropped. It is
    read again when it has changed; a FIFO is read once."""

    credentials: Optional[Literal["auto", "token", "keys", "password", "metadata"]]
    """Which kind of credential to use where several are set. auto takes the one that is set; if
    none is, the official SDKs' variables and profile file, then the machine's or container's
    temporary keys. Default: auto."""

    access_key: Optional[str]
    """The access key (AK) that signs requests, instead of a token."""

    secret_key: Optional[str]
    """The secret key (SK) that belongs to access_key."""

    secret_key_file: Optional[Union[str, os.PathLike[str]]]
    """A file that holds the secret key; read as token_file is."""

    security_token: Optional[str]
    """The security token of a temporary access key."""

    security_token_file: Optional[Union[str, os.PathLike[str]]]
    """A file that holds the security token; read as token_file is."""

    project_id: Optional[str]
    """The id of the project that signed requests name (X-Project-Id)."""

    domain_id: Optional[str]
    """The id of the account that signed requests name (X-Domain-Id). Without it and project_id it
    is looked up from IAM once."""

    iam_endpoint: Optional[str]
    """IAM's base URL. Without it, it is the one beside the SCM endpoint, where that is one of
    Huawei Cloud's own."""

    user_name: Optional[str]
    """The IAM user whose password gets a token. A HUAWEI ID account cannot: create an IAM user."""

    user_id: Optional[str]
    """The IAM user's id, instead of user_name and user_domain; totp needs it."""

    user_password: Optional[str]
    """The IAM user's password."""

    user_password_file: Optional[Union[str, os.PathLike[str]]]
    """A file that holds the password; read as token_file is."""

    user_domain: Optional[str]
    """The account (domain) name of the IAM user."""

    totp: Optional[str]
    """The six digits of the user's virtual MFA device, for one login."""

    totp_file: Optional[Union[str, os.PathLike[str]]]
    """A file that holds the six digits; read as token_file is."""

    scope_project: Optional[str]
    """The project, by name or id, that the token is for. Without it and scope_domain: the region's
    project, else user_domain."""

    scope_domain: Optional[str]
    """The account (domain), by name or id, that the token is for; with scope_project, the account
    of the project."""

    profile_file: Optional[Union[str, os.PathLike[str]]]
    """The profile file of the official SDKs to take an access key from; else
    HUAWEICLOUD_SDK_CREDENTIALS_FILE, else ~/.huaweicloud/credentials."""

    profile: Optional[str]
    """The section of the profile file; else global, else basic."""

    metadata_endpoint: Optional[str]
    """The base URL of the ECS metadata service, which gives temporary keys. No proxy is used for
    it. Default: http://169.254.169.254."""

    timeout: Optional[float]
    """As timeout_ms, but in seconds."""

    timeout_ms: Optional[int]
    """How long a whole call may take, in milliseconds. Default: 60000."""

    connect_timeout: Optional[float]
    """As connect_timeout_ms, but in seconds."""

    connect_timeout_ms: Optional[int]
    """How long one TCP connect to one address may take, in milliseconds. Default: 5000."""

    retries: Optional[int]
    """How often a push that provably pushed nothing is tried again, within timeout_ms. Default:
    2."""

    retry_base: Optional[float]
    """As retry_base_ms, but in seconds."""

    retry_base_ms: Optional[int]
    """The longest pause before the first retry, in milliseconds. It doubles with each; the pause is
    random below it. After a 429 that does not say how long to wait, ten times as long. Default:
    200."""

    retry_max: Optional[float]
    """As retry_max_ms, but in seconds."""

    retry_max_ms: Optional[int]
    """The longest pause of all, in milliseconds. If the service asks for a longer one, its answer
    is returned at once. Default: 10000."""

    proxy: Optional[str]
    """The HTTP proxy, http://[USER:PASSWORD@]HOST:PORT. Unset: HTTPS_PROXY for https, HTTP_PROXY
    for http (not in a CGI program), but never for this machine itself. Empty: none, whatever the
    environment says."""

    no_proxy: Optional[str]
    """Hosts that are reached without the proxy: names with their subdomains, addresses, blocks such
    as 10.0.0.0/8, each with or without a port, or *. Unset: NO_PROXY, for a proxy from the
    environment."""

    ca_file: Optional[Union[str, os.PathLike[str]]]
    """A PEM file of the only certificate authorities to trust, instead of trust. One that has
    expired is left out with a warning."""

    trust: Optional[Literal["system", "mozilla"]]
    """Whose certificate authorities to trust: the system's, or Mozilla's as compiled in.
    Verification cannot be turned off. Default: system."""

    client_cert_file: Optional[Union[str, os.PathLike[str]]]
    """A PEM file of the certificate, and its chain, that the client shows to the server (mutual
    TLS). Needs client_key_file."""

    client_key_file: Optional[Union[str, os.PathLike[str]]]
    """A PEM file of the private key that belongs to client_cert_file: PKCS#8, SEC1 or PKCS#1, not
    encrypted."""

    language: Optional[str]
    """The language of the service's messages (X-Language): en-us or zh-cn. Without it they are
    Chinese. Default: en-us."""

    user_agent: Optional[str]
    """Text that is appended to certpush/VERSION in the header User-Agent, at most 256
    characters."""

    max_idle_connections: Optional[int]
    """How many connections are kept for further calls; 0 keeps none. Default: 32."""

    idle_timeout: Optional[float]
    """As idle_timeout_ms, but in seconds."""

    idle_timeout_ms: Optional[int]
    """How long an idle connection is kept, in milliseconds; 0 keeps none. Default: 15000."""

    jobs: Optional[int]
    """How many pushes of a list are under way at the same time. Default: 4."""

    max_failures: Optional[int]
    """After how many failed pushes of a list no more are begun; 0: all are, however many fail.
    Default: 0."""

    journal: Optional[Union[str, os.PathLike[str]]]
    """The file in which the client keeps what became of each push, single ones too. What it says
    was pushed is not pushed again, and what it cannot tell is not pushed until a person has settled
    it. It is made if it is not there, and no other client can have it meanwhile."""
