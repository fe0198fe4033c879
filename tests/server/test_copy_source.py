from __future__ import annotations

import pytest

from pillarbox.model.versioning import NamedVersion
from pillarbox.server.copy_source import CopySource, read_copy_source
from tests.refusing import refused


@pytest.mark.parametrize(
    ("value", "bucket", "key"),
    [
        (b"/photos/a", "photos", "a"),
        (b" /photos/a ", "photos", "a"),
        (b"/photos/a/b//c/", "photos", "a/b//c/"),
        (b"/photos/a%2Fb", "photos", "a/b"),
        (b"/photos/a%252Fb", "photos", "a%2Fb"),
        (b"/photos/a+b%2Bc%20d", "photos", "a b+c d"),
        (b"/photos/%E7%9B%AE", "photos", "目"),
        ("/photos/目".encode(), "photos", "目"),
        (b"/photos/a%3FversionId=v", "photos", "a?versionId=v"),
        (b"/photos/%00..%0D%0A", "photos", "\0..\r\n"),
        (b"/pho%74os/a", "photos", "a"),
    ],
)
def test_what_is_named(value: bytes, bucket: str, key: str) -> None:
    assert read_copy_source(value) == CopySource(bucket, key.encode())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"/",
        b"photos/a",
        b"/photos",
        b"/photos/",
        b"//a",
        b"%2Fphotos%2Fa",
        b"/photos/a?",
        b"/photos/a?other=v",
        b"/photos/%FF",
        b"/%FF/a",
    ],
)
def test_what_names_nothing(value: bytes) -> None:
    message = "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey."
    named = {
        "ArgumentName": "x-oss-copy-source",
        "ArgumentValue": value.decode("utf-8", "replace"),
    }
    with refused("InvalidArgument", 400, message, **named):
        read_copy_source(value)


@pytest.mark.parametrize("version_id", ["v", ""])
def test_what_no_version_was_ever_called(version_id: str) -> None:
    named = {"ArgumentName": "versionId", "ArgumentValue": version_id}
    with refused("InvalidArgument", 400, **named):
        read_copy_source(f"/photos/a?versionId={version_id}".encode())


@pytest.mark.parametrize("name", ["0" * 32, "null"])
def test_a_version(name: str) -> None:
    found = read_copy_source(f"/photos/a?versionId={name}".encode())
    assert found == CopySource("photos", b"a", NamedVersion(None if name == "null" else name))


def test_names_are_checked() -> None:
    with refused("InvalidBucketName", ec="0015-00000001", BucketName="No"):
        read_copy_source(b"/No/a")
    with refused("InvalidObjectName", Size="1024", MaxSizeAllowed="1023"):
        read_copy_source(b"/photos/" + b"x" * 1024)
    # Whoever may have made the source: it is there.
    assert read_copy_source(b"/photos//a").key == b"/a"
    assert read_copy_source(b"/photos/%5Ca").key == b"\\a"
