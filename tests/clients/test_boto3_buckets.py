"""boto3 and buckets: made, listed, told of, opened to others, removed."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.clients.boto3_answers import granted_to_all, refused
from tests.clients.s3_store import ALL_USERS, S3Store, new_s3_bucket_name
from tests.server_process import PATIENCE


def test_makes_lists_and_removes_buckets(s3: Any) -> None:
    names = sorted(new_s3_bucket_name() for _ in range(3))
    for name in names:
        assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"

    listed = s3.list_buckets()

    assert [b["Name"] for b in listed["Buckets"] if b["Name"] in names] == names
    assert listed["Owner"]["ID"] == s3.get_bucket_acl(Bucket=names[0])["Owner"]["ID"] != ""
    for name in names:
        assert s3.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert not {b["Name"] for b in s3.list_buckets()["Buckets"]} & set(names)


def test_tells_whether_a_bucket_is_there_and_where(s3: Any, s3_bucket: str) -> None:
    assert s3.head_bucket(Bucket=s3_bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_bucket_location(Bucket=s3_bucket)["LocationConstraint"] is None
    with pytest.raises(ClientError) as missing:
        s3.head_bucket(Bucket="not-there")
    assert refused(missing) == (404, "404")
    with pytest.raises(ClientError) as missing:
        s3.get_bucket_location(Bucket="not-there")
    assert refused(missing) == (404, "NoSuchBucket")


def test_waits_for_a_bucket(s3: Any, s3_bucket: str) -> None:
    s3.get_waiter("bucket_exists").wait(Bucket=s3_bucket)
    s3.delete_bucket(Bucket=s3_bucket)
    s3.get_waiter("bucket_not_exists").wait(Bucket=s3_bucket)


def test_keeps_a_bucket_that_has_objects(s3: Any, s3_bucket: str) -> None:
    s3.put_object(Bucket=s3_bucket, Key="a.txt", Body=b"bytes")
    with pytest.raises(ClientError) as full:
        s3.delete_bucket(Bucket=s3_bucket)
    assert refused(full) == (409, "BucketNotEmpty")


@pytest.mark.parametrize(
    ("acl", "may"),
    [
        ("public-read", ["READ"]),
        ("public-read-write", ["READ", "WRITE"]),
        ("private", []),
    ],
)
def test_gives_a_bucket_a_canned_acl(s3: Any, s3_bucket: str, acl: str, may: list[str]) -> None:
    s3.put_bucket_acl(Bucket=s3_bucket, ACL=acl)
    assert granted_to_all(s3.get_bucket_acl(Bucket=s3_bucket)) == may


def test_makes_a_bucket_with_an_acl(store: S3Store, s3: Any) -> None:
    name = new_s3_bucket_name()
    s3.create_bucket(Bucket=name, ACL="public-read")
    assert granted_to_all(s3.get_bucket_acl(Bucket=name)) == ["READ"]
    s3.put_object(Bucket=name, Key="a.txt", Body=b"bytes", ACL="public-read")
    assert requests.get(f"{store.url}/{name}/a.txt", timeout=PATIENCE).content == b"bytes"


def test_gives_a_bucket_an_acl_as_xml(s3: Any, s3_bucket: str) -> None:
    before = s3.get_bucket_acl(Bucket=s3_bucket)
    owner = {"Type": "CanonicalUser", "ID": before["Owner"]["ID"]}
    assert [(g["Grantee"]["ID"], g["Permission"]) for g in before["Grants"]] == [
        (owner["ID"], "FULL_CONTROL")
    ]
    grants = [
        {"Grantee": owner, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"},
    ]
    for given, may in ((grants, ["READ"]), (before["Grants"], [])):
        policy = {"Owner": before["Owner"], "Grants": given}
        s3.put_bucket_acl(Bucket=s3_bucket, AccessControlPolicy=policy)
        assert granted_to_all(s3.get_bucket_acl(Bucket=s3_bucket)) == may


def test_sets_cors_rules(store: S3Store, s3: Any, s3_bucket: str) -> None:
    with pytest.raises(ClientError) as none:
        s3.get_bucket_cors(Bucket=s3_bucket)
    assert refused(none) == (404, "NoSuchCORSConfiguration")
    rule = {
        "AllowedOrigins": ["https://site.example"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 600,
    }
    s3.put_bucket_cors(Bucket=s3_bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=s3_bucket)["CORSRules"] == [rule]

    asked = {
        "Origin": "https://site.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-amz-meta-author",
    }
    answer = requests.options(f"{store.url}/{s3_bucket}/a.txt", headers=asked, timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://site.example"
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    asked["Origin"] = "https://elsewhere.example"
    answer = requests.options(f"{store.url}/{s3_bucket}/a.txt", headers=asked, timeout=PATIENCE)
    assert answer.status_code == 403

    s3.delete_bucket_cors(Bucket=s3_bucket)
    with pytest.raises(ClientError) as none:
        s3.get_bucket_cors(Bucket=s3_bucket)
    assert refused(none) == (404, "NoSuchCORSConfiguration")


def test_tags_a_bucket(s3: Any, s3_bucket: str) -> None:
    with pytest.raises(ClientError) as none:
        s3.get_bucket_tagging(Bucket=s3_bucket)
    assert refused(none) == (404, "NoSuchTagSet")
    tags = [{"Key": "project", "Value": "post office"}, {"Key": "stage", "Value": ""}]
    s3.put_bucket_tagging(Bucket=s3_bucket, Tagging={"TagSet": tags})
    kept = s3.get_bucket_tagging(Bucket=s3_bucket)["TagSet"]
    assert sorted(kept, key=lambda tag: tag["Key"]) == tags
    s3.delete_bucket_tagging(Bucket=s3_bucket)
    with pytest.raises(ClientError) as none:
        s3.get_bucket_tagging(Bucket=s3_bucket)
    assert refused(none) == (404, "NoSuchTagSet")


def test_tells_that_a_bucket_has_no_versions(s3: Any, s3_bucket: str) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=s3_bucket)


@pytest.mark.parametrize("version", ["s3", "s3v4"], ids=["v2", "v4"])
def test_addresses_a_bucket_by_its_host(
    store: S3Store, s3: Any, s3_bucket: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not every resolver knows that all names under `localhost` are this machine.
    lookup = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *others, **named: lookup(
            "127.0.0.1" if str(host).endswith(".localhost") else host, *others, **named
        ),
    )
    port = store.url.rpartition(":")[2]
    hosted = store.client(
        url=f"http://localhost:{port}",
        signature_version=version,
        s3={"addressing_style": "virtual"},
    )
    sent: list[str] = []
    hosted.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.url))
    hosted.put_object(Bucket=s3_bucket, Key="in/a b.txt", Body=b"bytes")
    assert hosted.get_object(Bucket=s3_bucket, Key="in/a b.txt")["Body"].read() == b"bytes"
    assert [o["Key"] for o in hosted.list_objects_v2(Bucket=s3_bucket)["Contents"]] == [
        "in/a b.txt"
    ]
    assert all(url.startswith(f"http://{s3_bucket}.localhost:{port}/") for url in sent)
    assert s3.get_object(Bucket=s3_bucket, Key="in/a b.txt")["Body"].read() == b"bytes"
    link = hosted.generate_presigned_url("get_object", {"Bucket": s3_bucket, "Key": "in/a b.txt"})
    assert link.startswith(f"http://{s3_bucket}.localhost:{port}/")
    assert requests.get(link, timeout=PATIENCE).content == b"bytes"
