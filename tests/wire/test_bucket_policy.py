"""Policies of buckets over bare sockets: put, told, removed, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from pillarbox.access.ram.document import MAX_DOCUMENT_SIZE
from pillarbox.server.bucket_policies import BUCKET_POLICY
from pillarbox.storage.bucket_settings import BucketSettings
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.documents import md5_header
from tests.wire.identities import Signer, allow, identities_of, new_user
from tests.wire.rest import bucket, caller
from tests.wire.s3_forms import post

__all__ = ["bucket", "caller"]

TAGGING = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"


@pytest.fixture
def owner(module_server: ServerProcess) -> Signer:
    return Signer(module_server.port, TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture(scope="module")
def reader(module_server: ServerProcess) -> Iterator[Signer]:
    """A user who may do everything with policies but put them."""
    with identities_of(module_server.data_dir) as door:
        policy = allow("oss:GetBucketPolicy", "oss:DeleteBucketPolicy", "oss:PutBucketAcl")
        yield new_user(module_server.port, door, door.root_account_id(), "reader", policy)


def public(bucket: str, **changes: Any) -> bytes:
    """Anybody may read."""
    changes = {"Principal": "*"} | changes
    return allow("oss:GetObject", resource=f"acs:oss:*:*:{bucket}/*", **changes).encode()


def test_it_is_told_as_it_was_put_and_holds_until_it_is_removed(owner: Signer, bucket: str) -> None:
    anybody = Signer(owner.port)
    assert anybody.send("GET", f"/{bucket}/a").status == 403
    unset = owner.send("GET", f"/{bucket}", "policy")
    assert (unset.status, unset.error["Code"]) == (404, "NoSuchBucketPolicy")

    document = public(bucket) + b"\n"
    put = owner.send("PUT", f"/{bucket}", "policy", [md5_header(document)], document)
    assert put.status == 200
    assert anybody.send("GET", f"/{bucket}/a").body == b"old"
    told = owner.send("GET", f"/{bucket}", "policy")
    assert (told.status, told.body) == (200, document)
    assert told.header("content-type") == "application/json"

    assert (
        owner.send("PUT", f"/{bucket}", "policy", body=public(bucket, Effect="Deny")).status == 200
    )
    assert anybody.send("GET", f"/{bucket}/a").status == 403
    for _ in range(2):
        assert owner.send("DELETE", f"/{bucket}", "policy").status == 204
    assert owner.send("GET", f"/{bucket}", "policy").status == 404


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"Effect": "Perhaps"}, "Effect must be Allow or Deny"),
        ({"Action": "oss:Fly"}, "the Action 'oss:Fly' is none of OSS"),
        ({"Action": "oss:CopyObject"}, "the Action 'oss:CopyObject' is none of OSS"),
        ({"Action": "sts:AssumeRole"}, "'sts:AssumeRole' never applies"),
        ({"Principal": "eric"}, "the Principal 'eric' is nobody"),
        ({"Principal": "1234:users/bob"}, "the Principal '1234:users/bob' is nobody"),
        ({"Resource": "acs:oss:*:*:another-bucket/*"}, "its Resource names another bucket than"),
        ({"Condition": {"StringLike": {"oss:Moon": "full"}}}, "'oss:Moon' is not understood"),
        ({"Condition": {"NumericLess": {"oss:Prefix": "a"}}}, "'NumericLess' is not understood"),
        ({"Moon": "full"}, "it has 'Moon', which is not understood"),
    ],
)
def test_the_faulty_statement_is_named(
    owner: Signer, bucket: str, changes: dict[str, Any], flaw: str
) -> None:
    statements = [json.loads(public(bucket))["Statement"][0]] * 2
    statements[1] = statements[1] | changes
    document = json.dumps({"Version": "1", "Statement": statements}).encode()
    answer = owner.send("PUT", f"/{bucket}", "policy", body=document)
    assert (answer.status, answer.error["Code"]) == (400, "InvalidPolicyDocument")
    assert "statement 2: " in answer.error["Message"]
    assert flaw in answer.error["Message"]
    assert owner.send("GET", f"/{bucket}", "policy").status == 404


@pytest.mark.parametrize(
    ("document", "flaw"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not UTF-8"),
        (b"[]", "must be an object"),
        (b'{"Version": "2", "Statement": []}', 'Version must be "1"'),
        (b'{"Version": "1", "Version": "1"}', "'Version' occurs twice"),
        (b" " * (MAX_DOCUMENT_SIZE + 1), f"longer than {MAX_DOCUMENT_SIZE} bytes"),
    ],
    ids=["empty", "bytes", "list", "version", "twice", "size"],
)
def test_a_document_that_is_none(owner: Signer, bucket: str, document: bytes, flaw: str) -> None:
    answer = owner.send("PUT", f"/{bucket}", "policy", body=document)
    assert (answer.status, answer.error["Code"]) == (400, "InvalidPolicyDocument")
    assert flaw in answer.error["Message"]


def test_the_longest(owner: Signer, bucket: str) -> None:
    document = public(bucket).ljust(MAX_DOCUMENT_SIZE)
    assert owner.send("PUT", f"/{bucket}", "policy", body=document).status == 200


def test_a_wrong_digest(owner: Signer, bucket: str) -> None:
    answer = owner.send("PUT", f"/{bucket}", "policy", [md5_header(b"other")], public(bucket))
    assert (answer.status, answer.error["Code"]) == (400, "InvalidDigest")


def test_who_may_not_put_it(owner: Signer, reader: Signer, bucket: str) -> None:
    for stranger in (reader, Signer(owner.port)):
        answer = stranger.send("PUT", f"/{bucket}", "policy", body=public(bucket))
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
    assert reader.send("GET", f"/{bucket}", "policy").status == 404
    assert owner.send("PUT", f"/{bucket}", "policy", body=public(bucket)).status == 200
    assert reader.send("DELETE", f"/{bucket}", "policy").status == 204
    assert Signer(owner.port).send("GET", f"/{bucket}", "policy").status == 403


def test_no_statement_s_name_forges_a_line_of_the_log(
    module_server: ServerProcess, owner: Signer, bucket: str
) -> None:
    sid = "no\npillarbox: forged \x1b[2J"
    document = public(bucket, Effect="Deny", Sid=sid)
    assert owner.send("PUT", f"/{bucket}", "policy", body=document).status == 200
    assert Signer(owner.port).send("GET", f"/{bucket}/a").status == 403
    module_server.wait_for_notice("no\\npillarbox: forged \\x1b[2J")
    assert "\npillarbox: forged" not in module_server.notices
    assert "\x1b" not in module_server.notices


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("oss:PutObjectAcl", {"acl": "public-read"}),
        ("oss:PutObjectTagging", {"tagging": TAGGING}),
    ],
)
def test_a_deny_holds_for_what_an_s3_form_brings_to_a_public_bucket(
    owner: Signer, bucket: str, action: str, words: dict[str, str]
) -> None:
    acl = [(b"x-oss-acl", b"public-read-write")]
    assert owner.send("PUT", f"/{bucket}", "acl", acl).status == 200
    fields = {"key": "from-anybody", **words}
    assert post(owner.port, fields, bucket=bucket).status_code == 204
    denied = allow(action, resource=f"acs:oss:*:*:{bucket}/*", Principal="*", Effect="Deny")
    assert owner.send("PUT", f"/{bucket}", "policy", body=denied.encode()).status == 200
    assert post(owner.port, {**fields, "key": "denied"}, bucket=bucket).status_code == 403
    assert post(owner.port, {"key": "another"}, bucket=bucket).status_code == 204


def test_a_policy_that_is_not_understood_any_more_is_mended_by_the_owner(
    module_server: ServerProcess, owner: Signer, bucket: str
) -> None:
    unknown = allow("oss:CopyObject", resource=f"acs:oss:*:*:{bucket}/*", Principal="*")
    with closing(BucketSettings(module_server.data_dir)) as door:
        door.set_document(bucket, BUCKET_POLICY, unknown)
    anybody = Signer(owner.port)
    assert anybody.send("GET", f"/{bucket}/a").status == 403
    module_server.wait_for_notice("not understood any more, put it again")
    assert owner.send("GET", f"/{bucket}/a").status == 200
    assert owner.send("GET", f"/{bucket}", "policy").body == unknown.encode()
    assert owner.send("PUT", f"/{bucket}", "policy", body=public(bucket)).status == 200
    assert anybody.send("GET", f"/{bucket}/a").status == 200
