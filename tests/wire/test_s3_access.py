"""Who may do what by S3: users, roles' sessions, other accounts, bucket policies.

That each operation asks what it asks by OSS shows `test_questions_s3`, that the verdicts are the
same `test_decisions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

import pytest

from pillarbox.storage.identities import Identities
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.documents import md5_header
from tests.wire.identities import Signer, allow, document, new_role, new_user, served_identities
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer
from tests.wire.store_client import StoreClient

BUCKET = "photos"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
PICTURES = f"acs:oss:*:*:{BUCKET}/pictures/*"


@dataclass(frozen=True)
class Stage:
    """A server with accounts, users and a role."""

    door: Identities
    account: str
    owner: S3Signer
    writer: S3Signer
    stranger: S3Signer
    session: S3Signer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    options = ["--init-bucket", f"{BUCKET}:private", "--init-bucket", "open:public-read-write"]
    with served_identities(tmp_path_factory.mktemp("access"), options) as (port, door):
        yield _stage(port, door)


def _stage(port: int, door: Identities) -> Stage:
    account = door.root_account_id()
    other = door.create_key(door.create_account("stranger").id, None)
    writing = allow("oss:PutObject", "oss:DeleteObject", resource=PICTURES)
    listing = allow(
        "oss:ListObjects",
        resource=f"acs:oss:*:*:{BUCKET}",
        Condition={"StringLike": {"oss:Prefix": "pictures/*"}},
    )
    reading = allow("oss:GetObject", resource=PICTURES)
    user = new_user(port, door, account, "writer", writing, listing)
    role = new_role(door, account, "reader", account, reading)
    session = Signer(port, KEY_ID, SECRET).assume(role)
    return Stage(
        door,
        account,
        S3Signer(port, KEY_ID, SECRET),
        _by_s3(user),
        S3Signer(port, other.id, other.secret),
        _by_s3(session),
    )


def _by_s3(signer: Signer) -> S3Signer:
    return S3Signer(signer.port, signer.key_id, signer.secret, signer.token)


@pytest.fixture
def picture(stage: Stage, key: str) -> str:
    """The path of an object among the pictures."""
    path = f"/{BUCKET}/pictures/{key}"
    assert stage.owner.send("PUT", path, body=b"old").status == 200
    return path


@pytest.fixture
def letter(stage: Stage, key: str) -> str:
    """The path of another object."""
    path = f"/{BUCKET}/letters/{key}"
    assert stage.owner.send("PUT", path, body=b"old").status == 200
    return path


def denied(answer: RawAnswer) -> None:
    s3_refusal(answer, "AccessDenied", 403, "Access Denied")


# --- users ---------------------------------------------------------------------------------------


def test_a_user_does_what_a_policy_says(stage: Stage, picture: str, letter: str) -> None:
    user = stage.writer
    assert user.send("PUT", picture, body=b"new").status == 200
    assert user.get(user.url("PUT", picture), "PUT").status == 200
    assert user.get(user.url_v2("PUT", picture), "PUT").status == 200
    assert user.send_v2("PUT", picture, body=b"new").status == 200
    for answer in (
        user.send("GET", picture),
        user.send("PUT", letter, body=b"new"),
        user.get(user.url("PUT", letter), "PUT"),
        user.get(user.url_v2("PUT", letter), "PUT"),
        user.send_v2("PUT", letter, body=b"new"),
        user.send("DELETE", letter),
        user.send("GET", f"/{BUCKET}", "acl"),
        user.send("PUT", "/another-bucket"),
        user.send("GET", "/"),
    ):
        denied(answer)
    assert stage.owner.send("GET", letter).body == b"old"


def test_an_acl_and_tags_need_rights_of_their_own(stage: Stage, picture: str) -> None:
    user = stage.writer
    for header in ((b"x-amz-acl", b"public-read"), (b"x-amz-tagging", b"a=b")):
        denied(user.send("PUT", picture, "", [header], b"new"))
        denied(user.send("POST", picture, "uploads", [header]))
        copied = [
            header,
            (b"x-amz-copy-source", b"/open/source"),
            (b"x-amz-tagging-directive", b"REPLACE"),
        ]
        assert stage.owner.send("PUT", "/open/source", body=b"source").status == 200
        denied(user.send("PUT", picture, "", copied))
        target = user.url("PUT", picture, {header[0].decode(): header[1].decode()})
        denied(user.get(target, "PUT"))
    granted = [(b"x-amz-grant-read", b'uri="http://acs.amazonaws.com/groups/global/AllUsers"')]
    denied(user.send("PUT", picture, "", granted, b"new"))
    assert stage.owner.send("GET", picture).body == b"old"


@pytest.mark.parametrize("listing", ["", "list-type=2", "list-type=2&delimiter=%2F"])
def test_the_prefix_of_a_listing(stage: Stage, picture: str, letter: str, listing: str) -> None:
    mark = "&" if listing else ""
    listed = stage.writer.send("GET", f"/{BUCKET}", f"{listing}{mark}prefix=pictures%2Fuser%2F")
    assert listed.status == 200
    assert b"letters" not in listed.body
    for prefix in ("", "prefix=", "prefix=letters%2F", "prefix=pictures"):
        query = "&".join(part for part in (listing, prefix) if part)
        denied(stage.writer.send("GET", f"/{BUCKET}", query))


def test_versions_and_uploads_are_other_questions(stage: Stage) -> None:
    for query in ("versions&prefix=pictures%2F", "uploads&prefix=pictures%2F"):
        denied(stage.writer.send("GET", f"/{BUCKET}", query))


def _deletion(*paths: str, quiet: bool = False) -> bytes:
    keys = (path.removeprefix(f"/{BUCKET}/") for path in paths)
    lines = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    return f"<Delete><Quiet>{str(quiet).lower()}</Quiet>{lines}</Delete>".encode()


@pytest.mark.parametrize("quiet", [False, True])
def test_of_several_only_those_are_removed_that_may_be(
    stage: Stage, picture: str, letter: str, quiet: bool
) -> None:
    body = _deletion(picture, letter, f"{picture}-none", f"{letter}-none", quiet=quiet)
    answer = stage.writer.send("POST", f"/{BUCKET}", "delete", [md5_header(body)], body)
    assert answer.status == 200
    root = fromstring(answer.body)
    removed = [one.findtext(f"{NAMESPACE}Key") for one in root.iter(f"{NAMESPACE}Deleted")]
    names = [path.removeprefix(f"/{BUCKET}/") for path in (picture, letter)]
    assert removed == ([] if quiet else [names[0], f"{names[0]}-none"])
    refused = {
        one.findtext(f"{NAMESPACE}Key"): one.findtext(f"{NAMESPACE}Code")
        for one in root.iter(f"{NAMESPACE}Error")
    }
    assert refused == {names[1]: "AccessDenied", f"{names[1]}-none": "AccessDenied"}
    assert b"policy" not in answer.body
    assert stage.owner.send("HEAD", picture).status == 404
    assert stage.owner.send("GET", letter).body == b"old"


def test_a_copy_needs_to_read_its_source(stage: Stage, picture: str, letter: str) -> None:
    for source in (letter, f"{letter}-none"):
        copied: Headers = [(b"x-amz-copy-source", source.encode())]
        denied(stage.writer.send("PUT", picture, "", copied))
        target = stage.writer.url("PUT", picture, {"x-amz-copy-source": source})
        denied(stage.writer.get(target, "PUT"))
        begun = stage.writer.send("POST", picture, "uploads").body
        upload_id = begun.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
        denied(stage.writer.send("PUT", picture, f"partNumber=1&uploadId={upload_id}", copied))
    assert stage.owner.send("GET", picture).body == b"old"


def test_who_may_not_read_asks_for_no_etag(stage: Stage, picture: str) -> None:
    """An ETag is the MD5 of what somebody put: who may only write could guess it."""
    same = stage.owner.send("HEAD", picture).header("etag")
    assert same is not None
    assert stage.owner.send("PUT", "/open/source", body=b"source").status == 200
    writer = stage.writer
    begun = writer.send("POST", picture, "uploads").body
    upload_id = begun.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    part = writer.send("PUT", picture, f"partNumber=1&uploadId={upload_id}", body=b"part")
    completion = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{part.header('etag')}</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    copied = (b"x-amz-copy-source", b"/open/source")
    for etag in (same, '"00000000000000000000000000000000"'):
        asked = (b"If-Match", etag.encode())
        for caller in (writer, stage.owner.anybody()):
            denied(caller.send("PUT", picture, "", [asked], b"new"))
            denied(caller.send("PUT", picture, "", [asked, copied]))
            denied(caller.send("DELETE", picture, "", [asked]))
            denied(caller.send("POST", picture, f"uploadId={upload_id}", [asked], completion))
    assert stage.owner.send("GET", picture).body == b"old"
    assert writer.send("PUT", picture, "", [(b"If-Match", b"*")], b"new").status == 200
    absent = [(b"If-None-Match", b"*")]
    s3_refusal(writer.send("PUT", picture, "", absent, b"new"), "PreconditionFailed", 412)
    etag = stage.owner.send("HEAD", picture).header("etag") or ""
    asked = (b"If-Match", etag.encode())
    assert stage.owner.send("DELETE", picture, "", [asked]).status == 204


def test_nobody_learns_what_is_there(stage: Stage, letter: str) -> None:
    for caller in (stage.writer, stage.stranger, stage.owner.anybody()):
        for path in (letter, f"{letter}-none"):
            denied(caller.send("GET", path))
            assert caller.send("HEAD", path).status == 403


def test_an_explicit_deny(stage: Stage, picture: str) -> None:
    deny = {"Effect": "Deny", "Action": "oss:PutObject", "Resource": PICTURES}
    stage.door.attach(stage.account, "user", "writer", "deny", document(deny))
    denied(stage.writer.send("PUT", picture, body=b"new"))
    denied(stage.writer.send("POST", picture, "uploads"))
    assert stage.writer.send("DELETE", f"{picture}-none").status == 204
    stage.door.detach(stage.account, "user", "writer", "deny")
    assert stage.writer.send("PUT", picture, body=b"new").status == 200


# --- sessions ------------------------------------------------------------------------------------


def test_a_session_does_what_its_role_may(stage: Stage, picture: str, letter: str) -> None:
    session = stage.session
    for answer in (
        session.send("GET", picture),
        session.send_v2("GET", picture),
        session.get(session.url("GET", picture)),
        session.get(session.url_v2("GET", picture)),
    ):
        assert answer.body == b"old"
    for answer in (
        session.send("GET", letter),
        session.get(session.url("GET", letter)),
        session.send("PUT", picture, body=b"new"),
        session.send("DELETE", picture),
    ):
        denied(answer)


def test_a_token_that_is_missing_changed_or_another_s(stage: Stage, picture: str) -> None:
    token = stage.session.token
    assert token is not None
    bare = replace(stage.session, token=None)
    for answer in (bare.send("GET", picture), bare.get(bare.url("GET", picture))):
        s3_refusal(answer, "InvalidAccessKeyId", 403)
    for wrong in (
        replace(stage.session, token=token[:-4] + ("aaaa" if token[-4:] != "aaaa" else "bbbb")),
        replace(stage.session, token="token"),
        replace(stage.owner, token=token),
        replace(stage.writer, token=token),
    ):
        for answer in (wrong.send("GET", picture), wrong.get(wrong.url_v2("GET", picture))):
            s3_refusal(answer, "InvalidToken", 400)
            assert token not in answer.body.decode()


def test_a_token_that_is_not_signed(stage: Stage, picture: str) -> None:
    """Nobody can take the token from a request and make another of it."""
    assert stage.session.token is not None
    bare = replace(stage.session, token=None)
    signed = bare.signed("GET", picture, payload="UNSIGNED-PAYLOAD")
    token = (b"x-amz-security-token", stage.session.token.encode())
    s3_refusal(bare.get(picture, headers=[*signed.headers, token]), "AccessDenied", 403)
    quoted = quote(stage.session.token, safe="")
    for target in (bare.url("GET", picture), bare.url_v2("GET", picture)):
        added = bare.get(f"{target}&x-amz-security-token={quoted}")
        s3_refusal(added, "SignatureDoesNotMatch", 403)


# --- accounts and bucket policies ----------------------------------------------------------------


def test_another_account(stage: Stage, picture: str, key: str) -> None:
    stranger = stage.stranger
    for answer in (
        stranger.send("GET", picture),
        stranger.send("PUT", picture, body=b"new"),
        stranger.send("GET", f"/{BUCKET}"),
        stranger.send("PUT", f"/{BUCKET}", "acl", [(b"x-amz-acl", b"public-read")]),
        stranger.send("DELETE", f"/{BUCKET}"),
    ):
        denied(answer)
    s3_refusal(stranger.send("PUT", f"/{BUCKET}"), "BucketAlreadyExists", 409)
    mine = "/own-" + key.rpartition("/")[2].removesuffix(".txt")
    assert stranger.send("PUT", mine).status == 200
    assert stranger.send("PUT", f"{mine}/a", body=b"theirs").status == 200
    denied(stage.owner.send("GET", f"{mine}/a"))
    listed = stranger.send("GET", "/").body
    assert mine[1:].encode() in listed
    assert BUCKET.encode() not in listed
    assert mine[1:].encode() not in stage.owner.send("GET", "/").body


def test_an_object_that_another_account_put_is_the_bucket_owner_s(stage: Stage, key: str) -> None:
    path = f"/open/{key}"
    assert stage.stranger.send("PUT", path, body=b"theirs").status == 200
    closed = [(b"x-amz-acl", b"private")]
    denied(stage.stranger.send("PUT", path, "acl", closed))
    assert stage.owner.send("PUT", path, "acl", closed).status == 200
    denied(stage.stranger.send("GET", path))
    assert stage.owner.send("GET", path).body == b"theirs"


@pytest.fixture
def policy(stage: Stage) -> Iterator[None]:
    """Everybody may read pictures, and nobody but the owner may delete any."""
    text = document(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "oss:GetObject",
            "Resource": PICTURES,
        },
        {"Effect": "Deny", "Principal": "*", "Action": "oss:DeleteObject", "Resource": PICTURES},
    )
    assert stage.owner.send("PUT", f"/{BUCKET}", "policy", body=text.encode()).status in (200, 204)
    assert stage.owner.send("GET", f"/{BUCKET}", "policy").body.decode() == text
    yield
    assert stage.owner.send("DELETE", f"/{BUCKET}", "policy").status == 204


@pytest.mark.usefixtures("policy")
def test_a_bucket_policy(stage: Stage, picture: str, letter: str) -> None:
    for caller in (stage.stranger, stage.writer, stage.owner.anybody()):
        assert caller.send("GET", picture).body == b"old"
        denied(caller.send("GET", letter))
    for caller in (stage.writer, stage.stranger):
        denied(caller.send("DELETE", picture))
        denied(caller.send_v2("DELETE", picture))
    body = _deletion(picture)
    answer = stage.writer.send("POST", f"/{BUCKET}", "delete", [md5_header(body)], body)
    assert b"<Code>AccessDenied</Code>" in answer.body
    assert stage.owner.send("GET", picture).body == b"old"


# --- the region ----------------------------------------------------------------------------------


def test_the_only_region(strict: StoreClient, key: str) -> None:
    path = f"/example-bucket/{key}"
    here = S3Signer(strict.port, KEY_ID, SECRET, region="eu-west-1")
    away = S3Signer(strict.port, KEY_ID, SECRET, region="us-east-1")
    assert here.send("PUT", path, body=b"bytes").status == 200
    assert here.get(here.url("GET", path)).body == b"bytes"
    error = s3_refusal(away.send("GET", path), "AuthorizationHeaderMalformed", 400)
    assert error["Region"] == "eu-west-1"
    in_url = away.get(away.url("GET", path))
    s3_refusal(in_url, "AuthorizationQueryParametersError", 400)
