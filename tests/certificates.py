"""Certificates for servers of tests, made by openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pillarbox.server.settings import TlsFiles

P256 = "ec:prime256v1"

_EXTENSIONS = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in `folder`; the test is skipped where there is none."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed (make services)")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def make_key(folder: Path, kind: str = P256, name: str = "key.pem") -> Path:
    """A key in PKCS#8: `rsa:BITS`, `ec:CURVE`, or an algorithm without parameters."""
    algorithm, _, parameter = kind.partition(":")
    named = {"rsa": "rsa_keygen_bits:", "ec": "ec_paramgen_curve:", "rsa-pss": "rsa_keygen_bits:"}
    options = ["-pkeyopt", f"{named[algorithm]}{parameter}"] if parameter else []
    openssl(folder, "genpkey", "-algorithm", algorithm, *options, "-out", name)
    return folder / name


def make_certificate(folder: Path, key: Path, name: str = "cert.pem") -> Path:
    """A certificate of this machine that signs itself, for ten days."""
    options = ["-subj", "/CN=localhost", "-addext", _EXTENSIONS, "-days", "10"]
    openssl(folder, "req", "-x509", "-new", "-key", str(key), *options, "-out", name)
    return folder / name


def make_tls(folder: Path, kind: str = P256) -> TlsFiles:
    """A certificate and its key."""
    key = make_key(folder, kind)
    return TlsFiles(make_certificate(folder, key), key)
