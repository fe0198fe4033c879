from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.refusals import Refusal
from pillarbox.server.addressing import Address, Addressing, addressing_of, host_name
from pillarbox.server.settings import Settings
from tests.refusing import refused

LOCAL = Addressing(("localhost", "oss.example", "eu.oss.example"), trust_forged_host=True)
PUBLIC = Addressing(("localhost", "oss.example"), trust_forged_host=False)


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key", "path_style"),
    [
        ("127.0.0.1:9000", b"/", None, None, True),
        ("127.0.0.1:9000", b"", None, None, True),
        ("127.0.0.1:9000", b"/photos", "photos", None, True),
        ("127.0.0.1:9000", b"/photos/", "photos", None, True),
        ("127.0.0.1:9000", b"/photos/a/b.jpg", "photos", b"a/b.jpg", True),
        ("localhost:9000", b"/photos/a", "photos", b"a", True),
        ("oss.example", b"/photos/a", "photos", b"a", True),
        ("[::1]:9000", b"/photos/a", "photos", b"a", True),
        ("photos.localhost:9000", b"/a/b.jpg", "photos", b"a/b.jpg", False),
        ("PHOTOS.LocalHost.:9000", b"/a", "photos", b"a", False),
        ("photos.oss.example", b"/", "photos", None, False),
        ("photos.eu.oss.example", b"/", "photos", None, False),
        ("a.b.localhost", b"/", "a.b", None, False),
        (".localhost", b"/", "", None, False),
        ("notlocalhost", b"/photos/a", "photos", b"a", True),
        ("photos.oss-cn-hangzhou.aliyuncs.com", b"/a", "photos", b"a", False),
        ("photos.aliyuncs.com", b"/b/a", "b", b"a", True),
        (".oss-cn-hangzhou.aliyuncs.com", b"/", None, None, True),
        ("undefined.oss-cn-hangzhou.aliyuncs.com", b"/", None, None, True),
        ("127.0.0.1", b"/photos/a%2Fb%20c+d", "photos", b"a/b c+d", True),
        ("127.0.0.1", b"/photos/../x", "photos", b"../x", True),
        ("127.0.0.1", b"/photos//x", "photos", b"/x", True),
        ("127.0.0.1", b"/photos/%2e%2e/x", "photos", b"../x", True),
        ("127.0.0.1", b"/photos/%00%ff%zz", "photos", b"\x00\xff%zz", True),
        ("127.0.0.1", b"/ph%6ftos/a", "photos", b"a", True),
        ("127.0.0.1", b"/a%2Fb/c", "a/b", b"c", True),
        ("photos.localhost", b"//a", "photos", b"/a", False),
        ("photos.localhost", b"/photos/a", "photos", b"photos/a", False),
    ],
)
def test_resolve(
    host: str, path: bytes, bucket: str | None, key: bytes | None, path_style: bool
) -> None:
    assert LOCAL.resolve(host, path) == Address(bucket, key, path_style)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9000", "photos.localhost:9000", "photos.oss-cn-hangzhou.aliyuncs.com", "x"]
)
def test_the_services_own_paths_are_no_bucket(host: str) -> None:
    own = Address(None, None, path_style=True, own_path="upload.js")
    assert LOCAL.resolve(host, b"/-/upload.js") == own
    assert LOCAL.resolve(host, b"/-/").own_path == ""
    assert LOCAL.resolve(host, b"/-").own_path is None


def test_a_key_may_look_like_the_services_own() -> None:
    assert LOCAL.resolve("localhost", b"/photos/-/a") == Address("photos", b"-/a", path_style=True)
    encoded = LOCAL.resolve("photos.localhost", b"/%2D/a")
    assert encoded == Address("photos", b"-/a", path_style=False)


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "photos.localhost:9000", "oss.example"])
def test_what_the_service_has_of_its_own(host: str) -> None:
    own = Address(None, None, path_style=True, own_path="callback.pem")
    assert LOCAL.resolve(host, b"/-/callback.pem") == own


def test_a_forged_host_is_no_bucket_on_a_public_server() -> None:
    host = "photos.oss-cn-hangzhou.aliyuncs.com"
    assert PUBLIC.resolve(host, b"/b/a") == Address("b", b"a", path_style=True)


@pytest.mark.parametrize(
    ("listen", "domains", "host", "bucket"),
    [
        ("127.0.0.1", ("localhost",), "photos.oss-cn-hangzhou.aliyuncs.com", "photos"),
        ("::1", ("localhost",), "photos.oss-cn-hangzhou.aliyuncs.com", "photos"),
        ("0.0.0.0", ("localhost",), "photos.oss-cn-hangzhou.aliyuncs.com", "b"),
        ("0.0.0.0", ("oss.aliyuncs.com",), "photos.oss.aliyuncs.com", "photos"),
        ("0.0.0.0", ("oss.aliyuncs.com",), "photos.evil.aliyuncs.com", "b"),
    ],
)
def test_who_trusts_a_forged_host(
    tmp_path: Path, listen: str, domains: tuple[str, ...], host: str, bucket: str
) -> None:
    addressing = addressing_of(Settings(data_dir=tmp_path, host=listen, domains=domains))
    assert addressing.resolve(host, b"/b/a").bucket == bucket


def test_a_path_without_a_first_segment() -> None:
    message = "The specified bucket is not valid."
    with refused("InvalidBucketName", 400, message, ec="0015-00000001"):
        LOCAL.resolve("127.0.0.1", b"//a")


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.b:80", "a.b"), (" a ", "a"), ("[::1]", "[::1]"), ("[::1]:80", "[::1]"), ("a.", "a")],
)
def test_host_name(host: str, name: str) -> None:
    assert host_name(host) == name


@given(st.text(), st.binary())
def test_any_host_and_path_are_an_address_or_a_refusal(host: str, path: bytes) -> None:
    try:
        address = LOCAL.resolve(host, b"/" + path)
    except Refusal as refusal:
        assert refusal.code == "InvalidBucketName"  # noqa: PT017
        return
    assert address.key != b""
    assert address.bucket is not None or address.key is None


def test_a_proxy_in_front_makes_everybody_local(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, trusted_proxies=("127.0.0.1",))
    assert not addressing_of(settings).trust_forged_host
