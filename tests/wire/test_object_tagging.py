"""Tags of objects over bare sockets: set, told, removed, and what must be refused."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from tests.wire.documents import bad_documents, cut_bodies, md5_header
from tests.wire.raw_http import RawAnswer
from tests.wire.rest import READ, Caller, Headers, bucket, caller

__all__ = ["bucket", "caller"]


def document(*tags: tuple[str, str]) -> bytes:
    inner = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
    return f"<Tagging><TagSet>{inner}</TagSet></Tagging>".encode()


GOOD = document(("new", "1"))


def ask(
    caller: Caller,
    method: str,
    bucket: str,
    key: str = "a",
    body: bytes = b"",
    headers: Headers | None = None,
) -> RawAnswer:
    path = f"/{bucket}/{key}"
    return caller.signed(method, path, headers, body, "tagging", f"{path}?tagging")


def tags(caller: Caller, bucket: str) -> list[tuple[str | None, str | None]]:
    answer = ask(caller, "GET", bucket)
    assert answer.status == 200
    root = fromstring(answer.body)
    assert (root.tag, [child.tag for child in root]) == ("Tagging", ["TagSet"])
    return [(tag.findtext("Key"), tag.findtext("Value")) for tag in root.findall("TagSet/Tag")]


def test_tags_are_set_replaced_and_removed(caller: Caller, bucket: str) -> None:
    before = caller.signed("HEAD", f"/{bucket}/a")
    assert tags(caller, bucket) == []
    assert before.header("x-oss-tagging-count") is None
    told = [("a b", " 1"), ("k+-=._:/", "")]
    answer = ask(caller, "PUT", bucket, body=document(*told), headers=[md5_header(document(*told))])
    assert (answer.status, answer.body) == (200, b"")
    assert tags(caller, bucket) == told
    for method in ("GET", "HEAD"):
        after = caller.signed(method, f"/{bucket}/a")
        assert after.header("x-oss-tagging-count") == "2"
        assert after.header("last-modified") == before.header("last-modified")
        assert after.header("etag") == before.header("etag")
    assert ask(caller, "PUT", bucket, body=GOOD).status == 200
    assert tags(caller, bucket) == [("new", "1")]
    for _ in range(2):
        assert ask(caller, "DELETE", bucket).status == 204
        assert tags(caller, bucket) == []
    assert ask(caller, "PUT", bucket, body=document()).status == 200
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"


def test_tags_of_an_upload_are_told_too(caller: Caller, bucket: str) -> None:
    caller.put(bucket, "a", b"x", (b"x-oss-tagging", b"k%2F=v&empty"))
    assert tags(caller, bucket) == [("k/", "v"), ("empty", "")]


def test_only_the_owner_learns_and_sets_tags(caller: Caller) -> None:
    name = caller.bucket(READ)
    caller.put(name, "a", b"x", (b"x-oss-tagging", b"k=v"))
    for method in ("GET", "PUT", "DELETE"):
        refused = caller.plain(method, f"/{name}/a?tagging")
        assert (refused.status, refused.error["Code"]) == (403, "AccessDenied")
    for method in ("GET", "HEAD"):
        read = caller.plain(method, f"/{name}/a")
        assert (read.status, read.header("x-oss-tagging-count")) == (200, None)
    assert tags(caller, name) == [("k", "v")]


def test_an_object_that_is_not_there(caller: Caller, bucket: str) -> None:
    for method, body in (("GET", b""), ("PUT", GOOD), ("DELETE", b"")):
        answer = ask(caller, method, bucket, "none", body)
        assert (answer.status, answer.error["Code"]) == (404, "NoSuchKey")
        assert answer.error["Key"] == "none"


@pytest.fixture
def tagged(caller: Caller, bucket: str) -> str:
    """The bucket, its object with a tag that no refused request may change."""
    assert ask(caller, "PUT", bucket, body=document(("old", "1"))).status == 200
    return bucket


@pytest.mark.parametrize(
    ("name", "body"),
    list(bad_documents(GOOD, b"Tagging", 33_000)),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_documents(caller: Caller, tagged: str, name: str, body: bytes) -> None:
    answer = ask(caller, "PUT", tagged, body=body)
    assert (answer.status, answer.error["Code"]) == (400, "MalformedXML"), name
    assert answer.error["EC"] == "0010-00000101"
    assert b"root:" not in answer.body
    assert tags(caller, tagged) == [("old", "1")]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("k", "1"), ("k", "2")], "RepeatedTags"),
        ([(f"k{n}", "") for n in range(11)], "TooManyTags"),
        ([("", "v")], "InvalidTaggingKey"),
        ([("k" * 129, "v")], "InvalidTaggingKey"),
        ([("k", "v" * 257)], "InvalidTaggingKey"),
        ([("k", "&amp;")], "InvalidTaggingKey"),
        ([("k", "é")], "InvalidTaggingKey"),
    ],
)
def test_bad_tags(caller: Caller, tagged: str, pairs: list[tuple[str, str]], code: str) -> None:
    answer = ask(caller, "PUT", tagged, body=document(*pairs))
    assert (answer.status, answer.error["Code"]) == (400, code)
    assert tags(caller, tagged) == [("old", "1")]


def test_a_document_that_was_altered_on_the_way(caller: Caller, tagged: str) -> None:
    for wrong in (md5_header(b"other"), (b"Content-MD5", b"no base64")):
        answer = ask(caller, "PUT", tagged, body=GOOD, headers=[wrong])
        assert (answer.status, answer.error["Code"]) == (400, "InvalidDigest")
    target = f"/{tagged}/a?tagging"
    for answer in cut_bodies(caller, "PUT", target, GOOD, target):
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    assert tags(caller, tagged) == [("old", "1")]


@pytest.mark.parametrize(
    ("version_id", "status", "code"),
    [("v", 400, "InvalidArgument"), ("0" * 32, 404, "NoSuchVersion")],
)
def test_a_version_that_is_not_there(
    caller: Caller, tagged: str, version_id: str, status: int, code: str
) -> None:
    path = f"/{tagged}/a"
    query = f"tagging&versionId={version_id}"
    answer = caller.signed("DELETE", path, query=query, resource=f"{path}?{query}")
    assert (answer.status, answer.error["Code"]) == (status, code)
    assert tags(caller, tagged) == [("old", "1")]
