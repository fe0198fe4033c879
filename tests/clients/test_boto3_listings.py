"""boto3's listings of keys and versions: paged, by prefix and delimiter, with any key."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import refused
from tests.clients.s3_store import new_s3_bucket_name

# In the order of their bytes, which is that of a listing.
KEYS = sorted(
    [
        "a.txt",
        "dir/",
        "dir/1 + 2.txt",
        "dir/sub/deep.txt",
        "dir 2/b&<c>.txt",
        "eric%2Fé.txt",
        "eric/\x0bvertical",
        "z",
        "z\U0001f600",
    ],
    key=str.encode,
)
TOP = ["a.txt", "eric%2Fé.txt", "z", "z\U0001f600"]
FOLDERS = ["dir 2/", "dir/", "eric/"]


@pytest.fixture(scope="module")
def bucket(s3: Any) -> str:
    """A bucket with an object under each of `KEYS`, which no test changes."""
    name = new_s3_bucket_name()
    s3.create_bucket(Bucket=name)
    for number, key in enumerate(KEYS):
        s3.put_object(Bucket=name, Key=key, Body=b"x" * number)
    return name


def keys(page: dict[str, Any], member: str = "Contents") -> list[str]:
    return [found["Key"] for found in page.get(member, [])]


def folders(page: dict[str, Any]) -> list[str]:
    return [found["Prefix"] for found in page.get("CommonPrefixes", [])]


@pytest.mark.parametrize("method", ["list_objects", "list_objects_v2"])
def test_lists_all(s3: Any, bucket: str, method: str) -> None:
    page = getattr(s3, method)(Bucket=bucket)
    assert keys(page) == KEYS
    assert [found["Size"] for found in page["Contents"]] == list(range(len(KEYS)))
    assert (page["IsTruncated"], page["Name"], page["MaxKeys"]) == (False, bucket, 1000)
    head = s3.head_object(Bucket=bucket, Key="z")
    told = page["Contents"][KEYS.index("z")]
    assert (told["ETag"], told["LastModified"].replace(microsecond=0)) == (
        head["ETag"],
        head["LastModified"],
    )


@pytest.mark.parametrize("method", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages(s3: Any, bucket: str, method: str, size: int) -> None:
    member = "Versions" if method == "list_object_versions" else "Contents"
    pages = list(
        s3.get_paginator(method).paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    )
    assert [len(keys(page, member)) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert [key for page in pages for key in keys(page, member)] == KEYS


@pytest.mark.parametrize("method", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_by_folder(s3: Any, bucket: str, method: str, size: int) -> None:
    member = "Versions" if method == "list_object_versions" else "Contents"
    pages = list(
        s3.get_paginator(method).paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}
        )
    )
    assert all(len(keys(page, member)) + len(folders(page)) <= size for page in pages)
    assert [key for page in pages for key in keys(page, member)] == TOP
    assert [name for page in pages for name in folders(page)] == FOLDERS
    inside = getattr(s3, method)(Bucket=bucket, Prefix="dir/", Delimiter="/")
    assert keys(inside, member) == ["dir/", "dir/1 + 2.txt"]
    assert (folders(inside), inside["Prefix"], inside["Delimiter"]) == (
        ["dir/sub/"],
        "dir/",
        "/",
    )


def test_marks_pages_of_the_first_version(s3: Any, bucket: str) -> None:
    page = s3.list_objects(Bucket=bucket, MaxKeys=3)
    assert (page["IsTruncated"], page["MaxKeys"], keys(page)) == (True, 3, KEYS[:3])
    page = s3.list_objects(Bucket=bucket, MaxKeys=3, Marker=KEYS[2])
    assert (keys(page), page["Marker"]) == (KEYS[3:6], KEYS[2])
    page = s3.list_objects(Bucket=bucket, MaxKeys=2, Delimiter="/")
    assert page["NextMarker"] == "dir 2/"


def test_marks_pages_of_the_second_version(s3: Any, bucket: str) -> None:
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=3, StartAfter="a.txt")
    assert (page["KeyCount"], page["StartAfter"], keys(page)) == (3, "a.txt", KEYS[1:4])
    token = page["NextContinuationToken"]
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken=token)
    assert (keys(page), page["ContinuationToken"]) == (KEYS[4:], token)
    assert "NextContinuationToken" not in page
    assert "Owner" not in page["Contents"][0]
    page = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)
    assert {found["Owner"]["ID"] for found in page["Contents"]} == {
        s3.list_buckets()["Owner"]["ID"]
    }
    none = s3.list_objects_v2(Bucket=bucket, Prefix="nothing")
    assert ("Contents" in none, none["KeyCount"], none["IsTruncated"]) == (False, 0, False)
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert ("Contents" in none, none["KeyCount"], none["IsTruncated"]) == (False, 0, False)


def test_lists_the_one_version_of_each_object(s3: Any, bucket: str) -> None:
    page = s3.list_object_versions(Bucket=bucket)
    assert {found["VersionId"] for found in page["Versions"]} == {"null"}
    assert {found["IsLatest"] for found in page["Versions"]} == {True}
    assert keys(page, "Versions") == KEYS
    assert "DeleteMarkers" not in page
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=2)
    assert (page["IsTruncated"], page["NextKeyMarker"]) == (True, KEYS[1])
    assert page["NextVersionIdMarker"] == "null"


def test_empties_a_bucket_by_its_versions(s3: Any, s3_bucket: str) -> None:
    for key in KEYS:
        # What XML 1.0 can't hold can't stand in a DeleteObjects request either.
        if "\x0b" not in key:
            s3.put_object(Bucket=s3_bucket, Key=key)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=s3_bucket):
        listed = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in page["Versions"]]
        assert "Errors" not in s3.delete_objects(Bucket=s3_bucket, Delete={"Objects": listed})
    s3.delete_bucket(Bucket=s3_bucket)


@pytest.mark.parametrize("method", ["list_objects", "list_objects_v2", "list_object_versions"])
def test_refuses_to_list_what_is_not_there(s3: Any, method: str) -> None:
    with pytest.raises(ClientError) as missing:
        getattr(s3, method)(Bucket="not-there")
    assert refused(missing) == (404, "NoSuchBucket")
