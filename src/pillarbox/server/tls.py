"""TLS: the certificate and the key, read once at the start and judged before anything else.

granian reads both by path whenever a worker starts, and panics at what it can't use. So they are
judged here, and what was judged is what every worker gets: on Linux as files in memory
(memfd_create(2)) that only this user's processes reach. Certificates that are renewed on the disk
meanwhile count from the next start, for a worker that starts again must not find a certificate of
today beside a key of last month. The key is kept as PKCS#8, whatever form it came in, and no form
of it is written to a disk.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from pillarbox.model.limits import MIB
from pillarbox.server.settings import TlsFiles

#: What granian's TLS (rustls) can sign with.
_CURVES = ("secp256r1", "secp384r1")
_RSA_BITS = (2048, 8192)
_RSA_PSS = "1.2.840.113549.1.1.10"  # RFC 4055: a key for nothing but PSS


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """Who the server is to its clients, ready for granian.

    Attributes:
        certificates: PEM, the server's own first.
        key: PEM, PKCS#8, not encrypted.
        files: where they were read.
    """

    certificates: bytes
    key: bytes = field(repr=False)
    files: TlsFiles


def read_tls(files: TlsFiles, now: datetime) -> TlsIdentity:
    """Read certificate and key, and make sure that they can serve.

    Args:
        now: the current time, aware.

    Raises:
        ValueError: with one line that says what is wrong and how to mend it.
    """
    text = _read("--tls-cert", files.cert)
    try:
        certificates = x509.load_pem_x509_certificates(text)
    except ValueError:
        raise ValueError(
            f"--tls-cert {files.cert} holds no certificate in PEM: give the server's own, then "
            "those between it and its authority"
        ) from None
    key = _read_key(files.key)
    _check_pair(files, certificates, key)
    _check_time(files.cert, certificates[0], now)
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return TlsIdentity(b"".join(c.public_bytes(Encoding.PEM) for c in certificates), pkcs8, files)


def _read(option: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MIB + 1)
    except OSError as error:
        raise ValueError(f"can't read {option} {path}: {error.strerror}") from None
    if len(text) > MIB:
        raise ValueError(f"{option} {path} is over 1 MiB: give a file in PEM")
    return text


def _read_key(path: Path) -> PrivateKeyTypes:
    text = _read("--tls-key", path)
    try:
        key = load_pem_private_key(text, password=None)
    except TypeError:  # it says so of encrypted ones alone
        raise ValueError(
            f"the key in --tls-key {path} is encrypted, and a server that starts by itself has "
            f"nobody to ask: decrypt it with `openssl pkey -in {path} -out FILE`"
        ) from None
    except Exception:  # ValueError, UnsupportedAlgorithm; none may show what the file holds
        raise ValueError(f"--tls-key {path} holds no private key in PEM") from None
    if not _is_usable(key):
        raise ValueError(
            f"the key in --tls-key {path} is of a kind that the server can't use: take RSA of "
            "2048 bits or more, ECDSA P-256 or P-384, or Ed25519"
        )
    return key


def _is_usable(key: PrivateKeyTypes) -> bool:
    if isinstance(key, RSAPrivateKey):
        return _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]
    if isinstance(key, EllipticCurvePrivateKey):
        return key.curve.name in _CURVES
    return isinstance(key, Ed25519PrivateKey)


def _check_pair(
    files: TlsFiles, certificates: list[x509.Certificate], key: PrivateKeyTypes
) -> None:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wanted = key.public_key().public_bytes(*form)
    if certificates[0].public_key_algorithm_oid.dotted_string == _RSA_PSS:
        raise ValueError(
            f"the certificate in --tls-cert {files.cert} is for RSA-PSS alone, which the server "
            "can't use: have one made for a plain RSA key"
        )
    # A certificate of a kind that is not known has no public key here.
    matches = [_public_key(c) == wanted for c in certificates]
    if matches[0]:
        return
    if any(matches):
        raise ValueError(
            f"--tls-cert {files.cert} must begin with the server's own certificate, which stands "
            f"at place {matches.index(True) + 1}"
        )
    raise ValueError(
        f"the key in --tls-key {files.key} is not that of the certificate in --tls-cert "
        f"{files.cert}: give the two that were made together"
    )


def _public_key(certificate: x509.Certificate) -> bytes | None:
    try:
        key = certificate.public_key()
    except Exception:  # UnsupportedAlgorithm, ValueError
        return None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_time(path: Path, certificate: x509.Certificate, now: datetime) -> None:
    until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if now > until:
        raise ValueError(
            f"the certificate in --tls-cert {path} expired on {_date(until)}: get a new one"
        )
    if now < since:
        raise ValueError(
            f"the certificate in --tls-cert {path} is valid only from {_date(since)} on: look at "
            "this machine's clock"
        )


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


class HeldTls:
    """A certificate and a key for the workers to read by path, until `close`.

    Attributes:
        certificate_path, key_path: readable by this process, its children and this user alone.
    """

    def __init__(self, identity: TlsIdentity) -> None:
        self._descriptors: list[int] = []
        if sys.platform == "linux":
            self.certificate_path = self._hold("certificate", identity.certificates)
            self.key_path = self._hold("key", identity.key)
        else:
            self.certificate_path = str(identity.files.cert)
            self.key_path = str(identity.files.key)

    def close(self) -> None:
        """Forget both."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()

    def _hold(self, name: str, content: bytes) -> str:
        # Programs that are started don't inherit it: the keeper needs neither.
        descriptor = os.memfd_create(f"pillarbox-{name}", os.MFD_CLOEXEC)
        self._descriptors.append(descriptor)
        os.fchmod(descriptor, 0o400)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        # A fork has the descriptor itself, and may always look at its own. Another child looks at
        # this process's, which Linux forbids if Python was given capabilities (proc(5)).
        owner = "self" if multiprocessing.get_start_method() == "fork" else os.getpid()
        return f"/proc/{owner}/fd/{descriptor}"
