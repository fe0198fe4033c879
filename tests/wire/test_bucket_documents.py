"""What PutBucket is told and what GetBucketInfo and GetBucketAcl tell, child by child."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

from tests.wire.rest import Caller, caller, new_name

__all__ = ["caller"]

CREATION = (
    b"<CreateBucketConfiguration><LocationConstraint>oss-cn-hangzhou</LocationConstraint>"
    b"<StorageClass>IA</StorageClass><DataRedundancyType>LRS</DataRedundancyType>"
    b"</CreateBucketConfiguration>"
)
#: "GetBucketInfo": what a bucket has here that was made a moment ago.
INFO = {
    "Location": "oss-cn-hangzhou",
    "Region": "cn-hangzhou",
    "StorageClass": "IA",
    "TransferAcceleration": "Disabled",
    "CrossRegionReplication": "Disabled",
    "AccessControlList/Grant": "public-read",
    "DataRedundancyType": "LRS",
    "AccessMonitor": "Disabled",
    "BlockPublicAccess": "false",
    "Comment": "",
    "ServerSideEncryptionRule/SSEAlgorithm": "None",
    "BucketPolicy/LogBucket": "",
    "BucketPolicy/LogPrefix": "",
}


def told(caller: Caller, bucket: str, query: str) -> Element:
    answer = caller.signed("GET", f"/{bucket}/", query=query, resource=f"/{bucket}/?{query}")
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/xml"
    assert b"xmlns" not in answer.body
    return fromstring(answer.body)


def test_a_bucket_is_what_it_was_made_to_be(caller: Caller) -> None:
    name = new_name()
    acl = [(b"x-oss-acl", b"public-read")]
    made = caller.signed("PUT", f"/{name}", acl, CREATION, resource=f"/{name}/")
    assert (made.status, made.body, made.header("location")) == (200, b"", f"/{name}")

    root = told(caller, name, "bucketInfo")
    bucket = root.find("Bucket")
    assert root.tag == "BucketInfo"
    assert bucket is not None
    assert {path: bucket.findtext(path) for path in INFO} == INFO
    assert bucket.findtext("Name") == name
    created = bucket.findtext("CreationDate") or ""
    assert created.endswith(".000Z")
    # The Host that the client used.
    assert bucket.findtext("ExtranetEndpoint") == "127.0.0.1"
    assert bucket.findtext("IntranetEndpoint") == "127.0.0.1"

    policy = told(caller, name, "acl")
    assert policy.tag == "AccessControlPolicy"
    assert policy.findtext("AccessControlList/Grant") == "public-read"
    owner = policy.findtext("Owner/ID") or ""
    assert owner.isdigit()
    assert policy.findtext("Owner/DisplayName") == owner
    assert (bucket.findtext("Owner/ID"), bucket.findtext("Owner/DisplayName")) == (owner, owner)

    listed = caller.signed("GET", "/", query=f"prefix={name}")
    buckets = fromstring(listed.body)
    assert buckets.findtext("Owner/ID") == owner
    found = buckets.findall("Buckets/Bucket")
    assert [one.findtext("Name") for one in found] == [name]
    for child in found[0]:
        assert bucket.findtext(child.tag) == child.text, child.tag


def test_the_acl_changes_by_its_header(caller: Caller) -> None:
    name = caller.bucket()
    target = f"/{name}/?acl"
    for acl in (b"public-read-write", b"private"):
        header = [(b"x-oss-acl", acl)]
        answer = caller.signed("PUT", f"/{name}/", header, query="acl", resource=target)
        assert (answer.status, answer.body) == (200, b"")
        assert told(caller, name, "acl").findtext("AccessControlList/Grant") == acl.decode()
    for headers in ([], [(b"x-oss-acl", b"default")]):
        answer = caller.signed("PUT", f"/{name}/", headers, query="acl", resource=target)
        assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
    assert told(caller, name, "acl").findtext("AccessControlList/Grant") == "private"
