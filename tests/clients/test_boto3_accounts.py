"""boto3 for two accounts of one store, each with a key pair of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import refused
from tests.clients.s3_store import S3Store, new_s3_bucket_name
from tests.server_process import PATIENCE


@pytest.fixture(scope="module")
def other(store: S3Store) -> Any:
    """boto3's client for the other account."""
    return store.client(store.other_key)


@pytest.fixture
def bucket(s3: Any, s3_bucket: str) -> str:
    """A private bucket with the object `a.txt`."""
    s3.put_object(Bucket=s3_bucket, Key="a.txt", Body=b"bytes")
    return s3_bucket


def test_lists_only_its_own_buckets(s3: Any, other: Any, bucket: str) -> None:
    own = new_s3_bucket_name()
    other.create_bucket(Bucket=own)
    names = {b["Name"] for b in s3.list_buckets()["Buckets"]}
    others_names = {b["Name"] for b in other.list_buckets()["Buckets"]}
    assert (bucket in names, own in names) == (True, False)
    assert (bucket in others_names, own in others_names) == (False, True)
    assert s3.list_buckets()["Owner"]["ID"] != other.list_buckets()["Owner"]["ID"]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("list_objects", {}),
        ("list_objects_v2", {}),
        ("list_object_versions", {}),
        ("list_multipart_uploads", {}),
        ("get_bucket_acl", {}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("get_bucket_cors", {}),
        ("get_bucket_tagging", {}),
        ("delete_bucket", {}),
        ("get_object", {"Key": "a.txt"}),
        ("get_object_acl", {"Key": "a.txt"}),
        ("get_object_tagging", {"Key": "a.txt"}),
        ("put_object", {"Key": "a.txt", "Body": b"theirs"}),
        ("put_object_acl", {"Key": "a.txt", "ACL": "public-read"}),
        ("delete_object", {"Key": "a.txt"}),
        ("create_multipart_upload", {"Key": "a.txt"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_is_refused_in_anothers_bucket(
    s3: Any, other: Any, bucket: str, method: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as denied:
        getattr(other, method)(Bucket=bucket, **arguments)
    assert refused(denied) == (403, "AccessDenied")
    assert s3.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"bytes"


@pytest.mark.parametrize("method", ["head_bucket", "head_object"])
def test_is_refused_without_a_document(other: Any, bucket: str, method: str) -> None:
    key = {"Key": "a.txt"} if method == "head_object" else {}
    with pytest.raises(ClientError) as denied:
        getattr(other, method)(Bucket=bucket, **key)
    assert refused(denied) == (403, "403")


def test_deletes_none_of_anothers_objects(s3: Any, other: Any, bucket: str) -> None:
    # S3 answers for each key; a store may refuse the request as a whole.
    try:
        answer = other.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a.txt"}]})
    except ClientError as error:
        codes = [error.response["Error"]["Code"]]
    else:
        codes = [e["Code"] for e in answer["Errors"]]
        assert "Deleted" not in answer
    assert codes == ["AccessDenied"]
    assert s3.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"bytes"


def test_copies_nothing_of_anothers(other: Any, bucket: str) -> None:
    own = new_s3_bucket_name()
    other.create_bucket(Bucket=own)
    with pytest.raises(ClientError) as denied:
        other.copy_object(Bucket=own, Key="b.txt", CopySource={"Bucket": bucket, "Key": "a.txt"})
    assert refused(denied) == (403, "AccessDenied")
    assert "Contents" not in other.list_objects_v2(Bucket=own)


def test_makes_no_bucket_of_anothers_name(other: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as taken:
        other.create_bucket(Bucket=bucket)
    assert refused(taken) == (409, "BucketAlreadyExists")


def test_reads_what_was_opened_to_all(store: S3Store, s3: Any, other: Any, bucket: str) -> None:
    s3.put_object_acl(Bucket=bucket, Key="a.txt", ACL="public-read")
    assert other.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"bytes"
    assert requests.get(f"{store.url}/{bucket}/a.txt", timeout=PATIENCE).content == b"bytes"
    s3.put_object_acl(Bucket=bucket, Key="a.txt", ACL="private")
    with pytest.raises(ClientError) as denied:
        other.get_object(Bucket=bucket, Key="a.txt")
    assert refused(denied) == (403, "AccessDenied")


def presigned_by_other(other: Any, bucket: str) -> requests.Response:
    link = other.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a.txt"})
    return requests.get(link, timeout=PATIENCE)


def unsigned(other: Any, bucket: str) -> requests.Response:
    return requests.get(f"{other.meta.endpoint_url}/{bucket}/a.txt", timeout=PATIENCE)


@pytest.mark.parametrize("get", [presigned_by_other, unsigned])
def test_is_refused_over_plain_http(
    other: Any, bucket: str, get: Callable[[Any, str], requests.Response]
) -> None:
    answer = get(other, bucket)
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)


def test_refuses_unknown_keys_and_wrong_secrets(store: S3Store, bucket: str) -> None:
    right = store.key
    for version in ("s3", "s3v4"):
        unknown = store.client(type(right)("nobody", "secret"), signature_version=version)
        with pytest.raises(ClientError) as refusal:
            unknown.get_object(Bucket=bucket, Key="a.txt")
        assert refused(refusal) == (403, "InvalidAccessKeyId")
        wrong = store.client(type(right)(right.access_key_id, "x"), signature_version=version)
        with pytest.raises(ClientError) as refusal:
            wrong.get_object(Bucket=bucket, Key="a.txt")
        assert refused(refusal) == (403, "SignatureDoesNotMatch")
        assert right.access_key_secret not in str(refusal.value.response)
