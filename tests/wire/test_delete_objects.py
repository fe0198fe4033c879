"""DeleteMultipleObjects over bare sockets: what goes, what is told, and what must be refused."""

from __future__ import annotations

from urllib.parse import quote
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape

import pytest

from pillarbox.model.limits import MAX_DELETION_SIZE
from tests.wire.documents import bad_documents, cut_bodies, md5_header
from tests.wire.raw_http import Headers, RawAnswer, chunked, exchange, head, request
from tests.wire.rest import WRITE, Caller, bucket, caller

__all__ = ["bucket", "caller"]

GOOD = b"<Delete><Object><Key>a</Key></Object></Delete>"


def document(*keys: str, quiet: str = "") -> bytes:
    objects = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
    return f"<Delete>{quiet}{objects}</Delete>".encode()


def delete(
    caller: Caller, bucket: str, body: bytes, headers: Headers | None = None, query: str = "delete"
) -> RawAnswer:
    own = [md5_header(body)] if headers is None else list(headers)
    return caller.signed("POST", f"/{bucket}/", own, body, query, f"/{bucket}/?delete")


def deleted(answer: RawAnswer) -> list[str | None]:
    assert answer.status == 200, answer.body
    root = fromstring(answer.body)
    assert root.tag == "DeleteResult"
    return [node.text for node in root.findall("Deleted/Key")]


def test_objects_go_and_are_named(caller: Caller, bucket: str) -> None:
    for key in ("b", "目录/c", "stays"):
        caller.put(bucket, key, b"x")
    answer = delete(caller, bucket, document("a", "目录/c", "none", "a"))
    assert deleted(answer) == ["a", "目录/c", "none", "a"]
    assert answer.header("content-type") == "application/xml"
    assert b"EncodingType" not in answer.body
    assert [caller.exists(bucket, key) for key in ("a", "目录/c", "b", "stays")] == [
        False,
        False,
        True,
        True,
    ]


def test_names_are_encoded_on_demand(caller: Caller, bucket: str) -> None:
    for query in ("delete&encoding-type=url", "encoding-type=url&delete="):
        answer = delete(caller, bucket, document("é /+", "a"), query=query)
        assert deleted(answer) == ["%C3%A9%20%2F%2B", "a"]
        assert fromstring(answer.body).findtext("EncodingType") == "url"
    wrong = delete(caller, bucket, GOOD, query="delete&encoding-type=base64")
    assert (wrong.status, wrong.error["Code"]) == (400, "InvalidArgument")


def test_quiet_says_nothing(caller: Caller, bucket: str) -> None:
    answer = delete(caller, bucket, document("a", "none", quiet="<Quiet>true</Quiet>"))
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "0")
    assert not caller.exists(bucket, "a")


@pytest.mark.parametrize("key", ["\x01", "a\x1fb", "a\rb", "\ufffe", " ", "&#1;"])
def test_keys_that_xml_cannot_hold(caller: Caller, bucket: str, key: str) -> None:
    as_written = [escape(key), "".join(f"&#{ord(character)};" for character in key)]
    for text in as_written:
        caller.put(bucket, key, b"x")
        body = f"<Delete><Object><Key>{text}</Key></Object></Delete>".encode()
        assert deleted(delete(caller, bucket, body, query="delete&encoding-type=url")) == [
            quote(key, safe="")
        ]
        assert not caller.exists(bucket, key)
    assert caller.exists(bucket, "a")


def test_a_body_in_chunks(caller: Caller, bucket: str) -> None:
    assert caller.signed("PUT", f"/{bucket}/", [(b"x-oss-acl", WRITE.encode())]).status == 200
    start = head(
        b"POST",
        f"/{bucket}/?delete".encode(),
        [md5_header(GOOD), (b"Transfer-Encoding", b"chunked")],
    )
    assert deleted(exchange(caller.port, start, *chunked([GOOD[:20], GOOD[20:]]))) == ["a"]


# --- rights ---------------------------------------------------------------------------------------


def test_each_key_is_judged_on_its_own_and_all_or_none_go(caller: Caller) -> None:
    name = caller.bucket(WRITE)
    caller.put(name, "open", b"x")
    caller.put(name, "kept", b"x", (b"x-oss-object-acl", b"public-read"))

    def by_anybody(body: bytes) -> RawAnswer:
        return request(caller.port, b"POST", f"/{name}?delete".encode(), [md5_header(body)], body)

    refused = by_anybody(document("open", "kept", quiet="<Quiet>true</Quiet>"))
    assert (refused.status, refused.error["Code"]) == (403, "AccessDenied")
    assert (refused.error["Key"], refused.error["EC"]) == ("kept", "0016-00000616")
    assert caller.exists(name, "open")
    assert caller.exists(name, "kept")
    assert deleted(by_anybody(document("open", "none"))) == ["open", "none"]
    assert not caller.exists(name, "open")


def test_a_private_bucket_tells_anybody_nothing(caller: Caller, bucket: str) -> None:
    for key in ("a", "none"):
        body = document(key)
        answer = request(
            caller.port, b"POST", f"/{bucket}?delete".encode(), [md5_header(body)], body
        )
        assert (answer.status, answer.error["EC"]) == (403, "0016-00000616")
    assert caller.exists(bucket, "a")


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body"),
    list(bad_documents(GOOD, b"Delete", MAX_DELETION_SIZE)),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_documents(caller: Caller, bucket: str, name: str, body: bytes) -> None:
    answer = delete(caller, bucket, body)
    assert (answer.status, answer.error["Code"]) == (400, "MalformedXML"), name
    assert answer.error["EC"] == "0016-00000608"
    assert b"root:" not in answer.body
    assert caller.exists(bucket, "a")


@pytest.mark.parametrize(
    ("body", "code", "ec"),
    [
        (b"<Delete><Object><Key>a</Key></Object><Object/></Delete>", "MalformedXML", "613"),
        (
            b"<Delete><Object><Key>a</Key><VersionId/></Object></Delete>",
            "InvalidArgument",
            "612",
        ),
        (b"<Delete><Object><Key>a</Key></Object><Object><Key/></Object></Delete>", None, None),
        (document("a", "x" * 1024), "InvalidObjectName", None),
    ],
)
def test_bad_keys(
    caller: Caller, bucket: str, body: bytes, code: str | None, ec: str | None
) -> None:
    answer = delete(caller, bucket, body)
    assert (answer.status, answer.error["Code"]) == (400, code or "InvalidObjectName")
    assert answer.error.get("EC") == (ec and f"0016-00000{ec}")
    assert caller.exists(bucket, "a")


def test_what_no_version_was_ever_called_deletes_nothing(caller: Caller, bucket: str) -> None:
    body = GOOD.replace(b"</Key>", b"</Key><VersionId>v</VersionId>")
    answer = delete(caller, bucket, body)
    assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
    assert caller.exists(bucket, "a")


def test_a_thousand_keys_and_no_more(caller: Caller, bucket: str) -> None:
    keys = [f"{n:04}-" + "k" * 1000 for n in range(999)]
    answer = delete(caller, bucket, document(*keys, "a", "b"))
    assert (answer.status, answer.error["Code"]) == (400, "MalformedXML")
    assert caller.exists(bucket, "a")
    assert deleted(delete(caller, bucket, document(*keys, "a"))) == [*keys, "a"]
    assert not caller.exists(bucket, "a")


def test_the_digest_is_asked_for_and_checked(caller: Caller, bucket: str) -> None:
    missing = delete(caller, bucket, GOOD, [])
    assert (missing.status, missing.error["Code"]) == (400, "MissingArgument")
    assert missing.error["EC"] == "0016-00000606"
    for wrong in (md5_header(b"other"), (b"Content-MD5", b"no base64"), (b"Content-MD5", b"")):
        answer = delete(caller, bucket, GOOD, [wrong])
        assert (answer.status, answer.error["Code"]) == (400, "InvalidDigest")
    assert caller.exists(bucket, "a")


def test_neither_length_nor_chunks(caller: Caller, bucket: str) -> None:
    start = head(b"POST", f"/{bucket}/?delete".encode(), [md5_header(b"")])
    answer = exchange(caller.port, start)
    assert (answer.status, answer.error["Code"]) == (411, "MissingContentLength")


def test_cut_bodies(caller: Caller, bucket: str) -> None:
    target, resource = f"/{bucket}/?delete", f"/{bucket}/?delete"
    for answer in cut_bodies(caller, "POST", target, GOOD, resource):
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    assert caller.exists(bucket, "a")


def test_a_missing_bucket(caller: Caller) -> None:
    answer = delete(caller, "not-there", GOOD)
    assert (answer.status, answer.error["Code"]) == (404, "NoSuchBucket")
