"""Certificates, good ones and such as a client must refuse."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme

from programs import openssl

NOW = datetime.now(timezone.utc)
P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
SUBJECT = ("-subj", "/CN=127.0.0.1")
FOR_THIS_HOST = "subjectAltName=IP:127.0.0.1"


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    def options(self) -> dict[str, str]:
        """The options of a client that shows it."""
        return {"client_cert_file": str(self.certificate), "client_key_file": str(self.key)}


class Authority:
    """A certificate authority with a folder for what it issues."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.ca_key = folder / "ca.key"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self.authority.private_key_pem.write_to_path(str(self.ca_key))

    def new_folder(self) -> Path:
        """A folder for one more certificate."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def new_identity(self) -> Identity:
        """Names for the files of one more certificate."""
        folder = self.new_folder()
        return Identity(folder / "certificate.pem", folder / "key.pem")

    def identity(
        self,
        host: str = "127.0.0.1",
        *,
        rsa: bool = False,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Identity:
        """A certificate as they should be, but for what is asked otherwise."""
        issued = self.authority.issue_cert(
            host,
            not_before=not_before,
            not_after=not_after,
            key_type=trustme.KeyType.RSA if rsa else trustme.KeyType.ECDSA,
        )
        identity = self.new_identity()
        (leaf,) = issued.cert_chain_pems
        leaf.write_to_path(str(identity.certificate))
        issued.private_key_pem.write_to_path(str(identity.key))
        return identity

    def identity_by_openssl(
        self, *signing: str, extensions: str = FOR_THIS_HOST, new_key: tuple[str, ...] = P256
    ) -> Identity:
        """A certificate such as no careful library would issue."""
        identity = self.new_identity()
        request = identity.key.with_name("request.pem")
        wanted = identity.key.with_name("extensions")
        wanted.write_text(extensions)
        new = ("-new", *new_key, "-nodes", *SUBJECT)
        openssl("req", *new, "-keyout", identity.key, "-out", request)
        by = ("-CA", self.ca_file, "-CAkey", self.ca_key, "-CAcreateserial", *signing)
        extended = ("-extfile", wanted) if extensions else ()
        openssl("x509", "-req", "-in", request, *by, *extended, "-out", identity.certificate)
        return identity

    def self_signed(self, *, ca: bool) -> Identity:
        """A certificate that is its own issuer."""
        identity = self.new_identity()
        constraint = f"basicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}"
        extended = ("-addext", FOR_THIS_HOST, "-addext", constraint)
        new = ("-x509", *P256, "-nodes", *SUBJECT, *extended)
        openssl("req", *new, "-keyout", identity.key, "-out", identity.certificate)
        return identity


@dataclass(frozen=True)
class Fault:
    """A server's certificate that must be refused, and the words for it."""

    name: str
    words: str
    make: Callable[[Authority], Identity]


FAULTS = [
    Fault("unknown CA", "unknown CA", lambda own: Authority(own.new_folder()).identity()),
    Fault(
        "expired",
        "has expired",
        lambda own: own.identity(not_after=NOW - timedelta(minutes=5)),
    ),
    Fault(
        "not yet valid",
        "is not valid yet",
        lambda own: own.identity(not_before=NOW + timedelta(hours=1)),
    ),
    Fault("wrong host", "is for another host", lambda own: own.identity("other.example")),
    Fault(
        "common name only",
        "is for another host",
        lambda own: own.identity_by_openssl(extensions="basicConstraints=CA:FALSE"),
    ),
    Fault("self-signed", "is self-signed", lambda own: own.self_signed(ca=False)),
    Fault("self-signed authority", "self-signed", lambda own: own.self_signed(ca=True)),
    Fault(
        "only for clients",
        "is not meant for servers",
        lambda own: own.identity_by_openssl(
            extensions=f"{FOR_THIS_HOST}\nextendedKeyUsage=clientAuth"
        ),
    ),
    Fault(
        "X.509 version 1", "version before 3", lambda own: own.identity_by_openssl(extensions="")
    ),
    Fault("SHA-1", "SHA-1", lambda own: own.identity_by_openssl("-sha1")),
    Fault(
        "RSA of 1024 bits",
        "2048 bits",
        lambda own: own.identity_by_openssl(new_key=("-newkey", "rsa:1024")),
    ),
    Fault(
        "unknown critical extension",
        "has an extension, marked critical, that certpush does not know",
        lambda own: own.identity_by_openssl(
            extensions=f"{FOR_THIS_HOST}\n1.2.3.4=critical,ASN1:UTF8String:unknown"
        ),
    ),
]
