"""Which certificates and keys can serve, and how the workers get them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pillarbox.server.settings import Settings, TlsFiles
from pillarbox.server.tls import HeldTls, read_tls
from tests.certificates import make_certificate, make_key, make_tls, openssl

# Read when tests are collected: certificates are made many minutes later.
NOW = datetime.now(UTC) + timedelta(hours=12)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls(tmp_path_factory.mktemp("tls"))


def why_not(files: TlsFiles, now: datetime = NOW) -> str:
    """The line that refuses the files."""
    with pytest.raises(ValueError) as caught:
        read_tls(files, now)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("kind", ["rsa:2048", "ec:prime256v1", "ec:secp384r1", "ed25519"])
def test_kinds_of_keys(tmp_path: Path, kind: str) -> None:
    files = make_tls(tmp_path, kind)
    identity = read_tls(files, NOW)
    assert identity.key.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert identity.certificates == files.cert.read_bytes()
    assert "PRIVATE KEY" not in repr(identity)


@pytest.mark.parametrize("kind", ["rsa:1024", "ec:secp521r1", "ec:secp256k1", "ed448"])
def test_kinds_that_granian_can_not_use(tmp_path: Path, kind: str) -> None:
    assert "is of a kind that the server can't use" in why_not(make_tls(tmp_path, kind))


def test_a_certificate_for_pss_alone(tmp_path: Path) -> None:
    assert "is for RSA-PSS alone" in why_not(make_tls(tmp_path, "rsa-pss:2048"))


@pytest.mark.parametrize("kind", ["rsa:2048", "ec:prime256v1"])
def test_older_forms_of_keys_are_taken(tmp_path: Path, kind: str) -> None:
    """PKCS#1 and SEC 1 become PKCS#8."""
    files = make_tls(tmp_path, kind)
    openssl(tmp_path, "pkey", "-in", str(files.key), "-traditional", "-out", "old.pem")
    older = replace(files, key=tmp_path / "old.pem")
    assert b"BEGIN PRIVATE KEY" not in older.key.read_bytes()
    assert read_tls(older, NOW).key == read_tls(files, NOW).key


@pytest.mark.parametrize("form", [[], ["-traditional"]])
def test_an_encrypted_key(tmp_path: Path, files: TlsFiles, form: list[str]) -> None:
    locked = ["-aes256", "-passout", "pass:word", "-out", "locked.pem"]
    openssl(tmp_path, "pkey", "-in", str(files.key), *form, *locked)
    told = why_not(replace(files, key=tmp_path / "locked.pem"))
    assert "is encrypted" in told
    assert f"openssl pkey -in {tmp_path}/locked.pem" in told


def test_a_key_of_another_certificate(tmp_path: Path, files: TlsFiles) -> None:
    told = why_not(replace(files, key=make_key(tmp_path)))
    assert "is not that of the certificate" in told


def test_a_chain_begins_with_the_servers_own(tmp_path: Path, files: TlsFiles) -> None:
    other = make_certificate(tmp_path, make_key(tmp_path, "rsa:2048"))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(files.cert.read_bytes() + other.read_bytes())
    right = read_tls(replace(files, cert=chain), NOW)
    assert right.certificates == chain.read_bytes()
    chain.write_bytes(other.read_bytes() + files.cert.read_bytes())
    assert "which stands at place 2" in why_not(replace(files, cert=chain))


def test_expired_and_not_yet(files: TlsFiles) -> None:
    assert "expired on " in why_not(files, NOW + timedelta(days=11))
    assert "is valid only from " in why_not(files, NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "can't read --tls-cert"),
        (b"", "holds no certificate in PEM"),
        (b"\x30\x82\x01\x00", "holds no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "no certificate"),
        (bytes(2**20 + 1), "is over 1 MiB"),
    ],
    ids=["absent", "empty", "DER", "torn", "large"],
)
def test_what_is_no_certificate(
    tmp_path: Path, files: TlsFiles, content: bytes | None, says: str
) -> None:
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_bytes(content)
    assert says in why_not(replace(files, cert=path))


@pytest.mark.parametrize(
    "content",
    [None, b"", b"hush-hush", b"-----BEGIN PRIVATE KEY-----\nhush"],
    ids=["absent", "empty", "no PEM", "torn"],
)
def test_what_is_no_key(tmp_path: Path, files: TlsFiles, content: bytes | None) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    told = why_not(replace(files, key=path))
    assert ("holds no private key in PEM" if content is not None else "can't read") in told
    assert "hush" not in told


def test_files_in_each_others_place(files: TlsFiles) -> None:
    assert "holds no certificate" in why_not(TlsFiles(files.key, files.cert))


@pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")
def test_what_is_held_is_read_by_path_again_and_again(files: TlsFiles) -> None:
    identity = read_tls(files, NOW)
    held = HeldTls(identity)
    paths = [Path(held.certificate_path), Path(held.key_path)]
    try:
        for _ in range(2):
            assert [path.read_bytes() for path in paths] == [identity.certificates, identity.key]
        assert load_pem_private_key(paths[1].read_bytes(), None) is not None
        assert paths[1].stat().st_mode & 0o777 == 0o400
        assert not os.get_inheritable(int(paths[1].name))
    finally:
        held.close()
    assert not any(path.exists() for path in paths)


def test_the_servers_own_urls_are_https(tmp_path: Path, files: TlsFiles) -> None:
    settings = Settings(tmp_path, host="::", port=9443, tls=files)
    assert settings.endpoint == "https://[::1]:9443"
    assert settings.public_key_url == "https://[::1]:9443/-/callback.pem"
