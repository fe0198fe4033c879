"""Decisions on S3's requests that no client meets on an ordinary day, line by line of parity.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from pillarbox.testing import RunningStore, running_store

ALL_USERS = "uri=http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED_IN = "uri=http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
BUCKET, PUBLIC = "example-bucket", "readable"
KEY = {"Bucket": BUCKET, "Key": "a"}


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    """A store with a private and a public bucket, each with the object `a`."""
    with running_store(buckets={BUCKET: "private", PUBLIC: "public-read"}) as running:
        for bucket in (BUCKET, PUBLIC):
            client(running).put_object(Bucket=bucket, Key="a", Body=b"0123456789")
        yield running


@pytest.fixture(scope="module")
def s3(store: RunningStore) -> Any:
    return client(store)


def client(store: RunningStore, region: str = "us-east-1") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=region,
        aws_access_key_id=store.access_key_id,
        aws_secret_access_key=store.access_key_secret,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    """Status and code that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def location(s3: Any, bucket: str) -> str | None:
    region: str | None = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    return region


def send(store: RunningStore, method: str, path: str, **headers: str) -> requests.Response:
    """A request that AWS's code signs, with these headers, `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, store.endpoint + path, named)
    key = Credentials(store.access_key_id, store.access_key_secret)
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
    return requests.request(method, request.url, headers=dict(request.headers), timeout=60)


class TestBuckets:
    @pytest.mark.parametrize(
        ("name", "asked", "told"),
        [
            ("of-nowhere", None, None),
            ("of-eu", "EU", "eu-west-1"),
            ("of-frankfurt", "eu-central-1", "eu-central-1"),
        ],
    )
    def test_a_region(self, s3: Any, name: str, asked: str | None, told: str | None) -> None:
        wanted = {"CreateBucketConfiguration": {"LocationConstraint": asked}} if asked else {}
        s3.create_bucket(Bucket=name, **wanted)
        assert location(s3, name) == told
        assert s3.head_bucket(Bucket=name)["BucketRegion"] == (told or "us-east-1")

    def test_a_bucket_of_the_operator_is_where_oss_says(self, s3: Any) -> None:
        assert location(s3, BUCKET) == "cn-hangzhou"

    def test_the_only_region(self) -> None:
        with running_store(region="eu-west-1") as store:
            s3 = client(store, "eu-west-1")
            s3.create_bucket(Bucket="here")
            assert location(s3, "here") == "eu-west-1"
            elsewhere = {"LocationConstraint": "eu-central-1"}
            assert refused(
                s3.create_bucket, Bucket="there", CreateBucketConfiguration=elsewhere
            ) == (400, "IllegalLocationConstraintException")
            other = client(store, "us-east-1").list_buckets
            assert refused(other) == (400, "AuthorizationHeaderMalformed")

    def test_ones_own_again_keeps_its_acl(self, s3: Any) -> None:
        again = refused(s3.create_bucket, Bucket=PUBLIC, ACL="private")
        assert again == (409, "BucketAlreadyOwnedByYou")
        assert len(s3.get_bucket_acl(Bucket=PUBLIC)["Grants"]) == 2

    @pytest.mark.parametrize(
        "wanted",
        [
            {"ObjectLockEnabledForBucket": True},
            {"ObjectOwnership": "BucketOwnerEnforced"},
            {"BucketNamespace": "account-regional"},
        ],
    )
    def test_what_no_bucket_here_is(self, s3: Any, wanted: dict[str, Any]) -> None:
        assert refused(s3.create_bucket, Bucket="not-made", **wanted) == (501, "NotImplemented")
        assert refused(s3.get_bucket_location, Bucket="not-made") == (404, "NoSuchBucket")

    def test_what_every_bucket_here_is(self, s3: Any) -> None:
        s3.create_bucket(
            Bucket="made", ObjectLockEnabledForBucket=False, ObjectOwnership="ObjectWriter"
        )

    def test_another_owner(self, s3: Any) -> None:
        for named in (
            {"ExpectedBucketOwner": "111122223333"},
            {"ExpectedSourceBucketOwner": "111122223333"},
        ):
            copy = refused(
                s3.copy_object, Bucket=BUCKET, Key="b", CopySource=f"{PUBLIC}/a", **named
            )
            assert copy == (403, "AccessDenied")
        owner = s3.list_buckets()["Owner"]["ID"]
        s3.copy_object(
            **(KEY | {"Key": "copy"}),
            CopySource=f"{PUBLIC}/a",
            ExpectedBucketOwner=owner,
            ExpectedSourceBucketOwner=owner,
        )

    def test_filters_and_documents_that_are_not_served(self, s3: Any) -> None:
        assert refused(s3.list_buckets, BucketRegion="eu-west-1") == (501, "NotImplemented")
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        put = refused(s3.put_bucket_policy, Bucket=BUCKET, Policy=policy)
        assert put == (400, "InvalidPolicyDocument")


class TestAcls:
    def test_an_object_inherits(self, s3: Any) -> None:
        assert len(s3.get_object_acl(Bucket=PUBLIC, Key="a")["Grants"]) == 2
        assert len(s3.get_object_acl(**KEY)["Grants"]) == 1

    @pytest.mark.parametrize(
        "wanted",
        [
            {"GrantRead": SIGNED_IN},
            {"GrantRead": 'id="111122223333"'},
            {"GrantRead": "emailAddress=a@example.com"},
            {"GrantWrite": ALL_USERS},
            {"GrantReadACP": ALL_USERS},
        ],
    )
    def test_grants_that_make_no_acl(self, s3: Any, wanted: dict[str, str]) -> None:
        assert refused(s3.put_bucket_acl, Bucket=PUBLIC, **wanted) == (501, "NotImplemented")
        assert len(s3.get_bucket_acl(Bucket=PUBLIC)["Grants"]) == 2

    def test_too_many_words_and_none(self, s3: Any, store: RunningStore) -> None:
        both = refused(s3.put_object_acl, **KEY, ACL="private", GrantRead=ALL_USERS)
        assert both == (400, "InvalidRequest")
        unknown = refused(s3.put_bucket_acl, Bucket=BUCKET, ACL="log-delivery-write")
        assert unknown == (400, "InvalidArgument")
        nothing = send(store, "PUT", f"/{BUCKET}/a?acl")
        assert (nothing.status_code, "MissingSecurityHeader" in nothing.text) == (400, True)


class TestObjects:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"ServerSideEncryption": "aws:kms"},
            {"ServerSideEncryption": "AES256"},
            {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32},
            {"ObjectLockLegalHoldStatus": "ON"},
            {"WebsiteRedirectLocation": "/b"},
        ],
    )
    def test_what_no_object_here_has(self, s3: Any, wanted: dict[str, Any]) -> None:
        put = refused(s3.put_object, Bucket=BUCKET, Key="none", Body=b"", **wanted)
        assert put == (501, "NotImplemented")
        assert refused(s3.head_object, Bucket=BUCKET, Key="none") == (404, "404")

    def test_tags_that_are_none(self, s3: Any) -> None:
        with pytest.raises(ClientError) as caught:
            s3.put_object(Bucket=BUCKET, Key="none", Body=b"", Tagging="a=b&a=c")
        error = caught.value.response["Error"]
        assert (error["Code"], error["ArgumentName"]) == ("InvalidArgument", "x-amz-tagging")
        assert error["Message"].startswith("The header 'x-amz-tagging' shall be encoded")

    def test_what_changes_nothing(self, s3: Any) -> None:
        key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}
        assert s3.get_object(**KEY, **key, RequestPayer="requester")["Body"].read() == b"0123456789"

    def test_versions(self, s3: Any) -> None:
        assert "VersionId" not in s3.head_object(**KEY, VersionId="null")
        assert refused(s3.get_object, **KEY, VersionId="other") == (400, "InvalidArgument")
        assert refused(s3.get_object, **KEY, VersionId="0" * 32) == (404, "NoSuchVersion")
        assert refused(s3.delete_object, **KEY, VersionId="other") == (400, "InvalidArgument")
        named = [{"Key": "a", "VersionId": "other"}, {"Key": "missing"}]
        answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": named})
        assert [one["Code"] for one in answer["Errors"]] == ["NoSuchVersion"]
        assert [one["Key"] for one in answer["Deleted"]] == ["missing"]

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ("EXPRESS_ONEZONE", None),
            ("ONEZONE_IA", "STANDARD_IA"),
            ("GLACIER_IR", "GLACIER_IR"),
            ("GLACIER", "GLACIER"),
            ("DEEP_ARCHIVE", "DEEP_ARCHIVE"),
        ],
    )
    def test_storage_classes(self, s3: Any, asked: str, told: str | None) -> None:
        s3.put_object(Bucket=BUCKET, Key="class", Body=b"", StorageClass=asked)
        assert s3.head_object(Bucket=BUCKET, Key="class").get("StorageClass") == told

    def test_removals_on_conditions_of_another_kind(self, s3: Any, store: RunningStore) -> None:
        answer = send(store, "DELETE", f"/{BUCKET}/a", x_amz_if_match_size="11")
        assert answer.status_code == 501
        named = [{"Key": "a", "Size": 11}]
        batch = refused(s3.delete_objects, Bucket=BUCKET, Delete={"Objects": named})
        assert batch == (501, "NotImplemented")
        assert s3.head_object(**KEY)["ContentLength"] == 10

    def test_pages(self, s3: Any) -> None:
        assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=5000)["MaxKeys"] == 1000
        assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"] == 0
        assert refused(s3.list_objects_v2, Bucket=BUCKET, MaxKeys=-1) == (400, "InvalidArgument")


class TestUploads:
    def test_who_began_one(self, s3: Any) -> None:
        owner = s3.list_buckets()["Owner"]
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
        (listed,) = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
        assert listed["Initiator"] == listed["Owner"] == owner
        assert s3.list_multipart_uploads(Bucket=BUCKET, MaxUploads=0).get("Uploads") is None
        s3.upload_part(Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
        page = s3.list_parts(Bucket=BUCKET, Key="big", UploadId=upload, MaxParts=0)
        assert "Parts" not in page
        s3.abort_multipart_upload(Bucket=BUCKET, Key="big", UploadId=upload)


class TestDialects:
    def test_what_nobody_signed(self, store: RunningStore) -> None:
        url = f"{store.endpoint}/{PUBLIC}/a"
        plain = requests.get(url, timeout=60)
        assert (plain.status_code, plain.headers["Server"]) == (200, "AliyunOSS")
        named = requests.get(url, headers={"x-amz-request-payer": "requester"}, timeout=60)
        assert (named.status_code, named.headers["Server"]) == (200, "AmazonS3")
        assert "content-md5" in plain.headers
        assert not {"content-md5", "x-oss-hash-crc64ecma"} & named.headers.keys()
        assert named.headers["ETag"] == plain.headers["ETag"].lower()
        assert requests.get(f"{store.endpoint}/{PUBLIC}", timeout=60).status_code == 403

    def test_what_oss_alone_has(self, store: RunningStore) -> None:
        for path in (f"/{BUCKET}?bucketInfo", f"/{BUCKET}?stat", f"/{BUCKET}/a?objectMeta"):
            answer = send(store, "GET", path)
            assert (answer.status_code, answer.headers["Server"]) == (501, "AmazonS3")

    def test_documents(self, store: RunningStore) -> None:
        listing = send(store, "GET", f"/{BUCKET}?list-type=2").text
        assert 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' in listing
        assert "xmlns" not in send(store, "GET", f"/{BUCKET}/missing").text
