"""What a bucket tells and is told, over bare sockets: place, figures, tags, Referer rules."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from pillarbox.server.operations import bucket_tagging, referer
from tests.wire.documents import bad_documents, cut_bodies, md5_header
from tests.wire.raw_http import RawAnswer, request
from tests.wire.rest import READ, WRITE, Caller, Headers, bucket, caller
from tests.wire.store_client import FORM_TYPE, form

__all__ = ["bucket", "caller"]

TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
RULES = (
    b"<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer>"
    b"<RefererList><Referer>http://www.example.com/</Referer></RefererList>"
    b"</RefererConfiguration>"
)
#: sub-resource, a document for it, the document's root, its greatest length
DOCUMENTS = [
    ("tagging", TAGS, b"Tagging", bucket_tagging.MAX_DOCUMENT),
    ("referer", RULES, b"RefererConfiguration", referer.MAX_DOCUMENT),
]
FIRST_PAGE = [(b"Referer", b"http://www.example.com/page")]


def ask(
    caller: Caller,
    method: str,
    bucket: str,
    query: str,
    body: bytes = b"",
    headers: Headers | None = None,
) -> RawAnswer:
    return caller.signed(method, f"/{bucket}/", headers, body, query, f"/{bucket}/?{query}")


def told(caller: Caller, bucket: str, query: str) -> Element:
    answer = ask(caller, "GET", bucket, query)
    assert answer.status == 200, answer.body
    return fromstring(answer.body)


def tags(caller: Caller, bucket: str) -> list[tuple[str | None, str | None]]:
    found = told(caller, bucket, "tagging").findall("TagSet/Tag")
    return [(tag.findtext("Key"), tag.findtext("Value")) for tag in found]


def test_where_a_bucket_is(caller: Caller, bucket: str) -> None:
    root = told(caller, bucket, "location")
    assert (root.tag, root.text) == ("LocationConstraint", "oss-cn-hangzhou")
    answer = caller.signed("GET", "/", query="regions")
    assert answer.status == 200, answer.body
    info = fromstring(answer.body).find("RegionInfo")
    assert info is not None
    assert info.findtext("Region") == root.text
    assert info.findtext("InternetEndpoint") == "127.0.0.1"  # the Host of the request
    other = caller.signed("GET", "/", query="regions=oss-moon")
    assert (other.status, b"<ArgumentName>regions<" in other.body) == (400, True)
    assert caller.plain("GET", "/?regions").status == 403


def test_figures_follow_what_a_bucket_holds(caller: Caller, bucket: str) -> None:
    def figures() -> tuple[str | None, ...]:
        root = told(caller, bucket, "stat")
        return tuple(
            root.findtext(name) for name in ("ObjectCount", "Storage", "MultipartUploadCount")
        )

    assert figures() == ("1", "3", "0")
    caller.put(bucket, "b", b"x" * 100_000)
    caller.put(bucket, "a", b"longer")
    assert figures() == ("2", "100006", "0")
    assert caller.signed("DELETE", f"/{bucket}/b").status == 204
    assert figures() == ("1", "6", "0")


def test_tags_are_set_replaced_and_removed(caller: Caller, bucket: str) -> None:
    assert tags(caller, bucket) == []
    many = TAGS.replace(b"</TagSet>", b"<Tag><Key>\xc3\xbc</Key><Value/></Tag></TagSet>")
    assert ask(caller, "PUT", bucket, "tagging", many, [md5_header(many)]).status == 200
    assert tags(caller, bucket) == [("a", "1"), ("ü", "")]
    assert ask(caller, "DELETE", bucket, "tagging=a,none").status == 204
    assert tags(caller, bucket) == [("ü", "")]
    assert ask(caller, "PUT", bucket, "tagging", TAGS).status == 200
    assert tags(caller, bucket) == [("a", "1")]
    for _ in range(2):
        assert ask(caller, "DELETE", bucket, "tagging").status == 204
        assert tags(caller, bucket) == []


@pytest.mark.parametrize(("query", "good", "root", "size"), DOCUMENTS)
def test_a_document_that_is_none_changes_nothing(
    caller: Caller, bucket: str, query: str, good: bytes, root: bytes, size: int
) -> None:
    assert ask(caller, "PUT", bucket, query, good).status == 200
    before = ask(caller, "GET", bucket, query).body
    for name, bad in bad_documents(good, root, size):
        answer = ask(caller, "PUT", bucket, query, bad)
        assert (answer.status, b"<Code>MalformedXML<" in answer.body) == (400, True), name
    answer = ask(caller, "PUT", bucket, query, good.replace(b"<", b" <"), [md5_header(good)])
    assert (answer.status, b"<Code>InvalidDigest<" in answer.body) == (400, True)
    resource = f"/{bucket}/?{query}"
    for answer in cut_bodies(caller, "PUT", f"/{bucket}/?{query}", good, resource):
        assert (answer.status, b"<Code>IncompleteBody<" in answer.body) == (400, True)
    assert caller.plain("PUT", f"/{bucket}/?{query}").status == 403
    assert ask(caller, "GET", bucket, query).body == before


def test_a_bucket_tells_that_it_keeps_no_former_versions(caller: Caller, bucket: str) -> None:
    root = told(caller, bucket, "versioning")
    assert (root.tag, list(root)) == ("VersioningConfiguration", [])
    assert caller.plain("GET", f"/{bucket}?versioning").status == 403


def test_referer_rules_are_told_as_they_were_set(caller: Caller, bucket: str) -> None:
    unset = told(caller, bucket, "referer")
    assert unset.findtext("AllowEmptyReferer") == "true"
    assert unset.findall("RefererList/Referer") == []
    assert ask(caller, "PUT", bucket, "referer", RULES).status == 200
    root = told(caller, bucket, "referer")
    assert root.findtext("AllowEmptyReferer") == "false"
    assert root.findtext("AllowTruncateQueryString") == "true"
    assert [node.text for node in root.findall("RefererList/Referer")] == [
        "http://www.example.com/"
    ]


@pytest.mark.parametrize("headers", [[], [(b"Referer", b"http://other.example.com/")]])
def test_referer_rules_hold_for_who_signs_no_header(caller: Caller, headers: Headers) -> None:
    bucket = caller.bucket(READ)
    caller.put(bucket, "a", b"old")
    assert caller.plain("GET", f"/{bucket}/a", headers).status == 200
    assert ask(caller, "PUT", bucket, "referer", RULES).status == 200
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = caller.plain(method, f"/{bucket}/a", headers)
        assert answer.status == 403
        assert method == "HEAD" or b"You are denied by bucket referer policy." in answer.body
    assert caller.plain("GET", f"/{bucket}/none", headers).status == 403
    assert caller.plain("GET", f"/{bucket}/a", FIRST_PAGE).body == b"old"
    assert caller.signed("GET", f"/{bucket}/a", headers).body == b"old"
    cleared = b"<RefererConfiguration/>"
    assert ask(caller, "PUT", bucket, "referer", cleared).status == 200
    assert caller.plain("GET", f"/{bucket}/a", headers).body == b"old"


def test_referer_rules_do_not_hold_for_forms_listings_and_preflights(caller: Caller) -> None:
    bucket = caller.bucket(WRITE)
    assert ask(caller, "PUT", bucket, "referer", RULES).status == 200
    typed = [(b"Content-Type", FORM_TYPE)]
    posted = request(caller.port, b"POST", f"/{bucket}".encode(), typed, form({"key": "a"}))
    assert posted.status == 204, posted.body
    preflight = [(b"Origin", b"http://a"), (b"Access-Control-Request-Method", b"GET")]
    answer = caller.plain("OPTIONS", f"/{bucket}/a", preflight)
    assert b"<Code>AccessForbidden<" in answer.body  # of CORS, which has no rule here
    assert b"Anonymous user" in caller.plain("GET", f"/{bucket}/").body


#: Sub-resource to what is told of it; a number is the status of a GET, none of which is served.
UNKNOWN: dict[str, str | int | None] = {
    "website": "NoSuchWebsiteConfiguration",
    "logging": "<BucketLoggingStatus",
    "encryption": "NoSuchServerSideEncryptionRule",
    "inventory": "<ListInventoryConfigurationsResult>",
    "requestPayment": "<Payer>BucketOwner</Payer>",
    "replication": "NoSuchReplicationConfiguration",
    "transferAcceleration": "NoSuchTransferAccelerationConfiguration",
    "worm": "NoSuchWORMConfiguration",
    "cname": 501,
    "style": 501,
    "qos": 501,
    "publicAccessBlock": 501,
    "accessmonitor": 501,
    "metaQuery": 501,
    "none-such": None,  # of which a GET is a listing
}
#: Of which a bucket that never had any can be rid.
REMOVED = ("website", "logging", "encryption")


@pytest.mark.parametrize("query", UNKNOWN)
def test_an_unknown_sub_resource_changes_nothing(caller: Caller, bucket: str, query: str) -> None:
    for path in (f"/{bucket}/", f"/{bucket}/a"):
        for method in ("PUT", "DELETE"):
            answer = caller.signed(method, path, [], b"<a/>", query, f"{path}?{query}")
            if method == "DELETE" and query in REMOVED and not path.endswith("a"):
                assert answer.status == 204
                continue
            assert (answer.status, b"<Code>NotImplemented<" in answer.body) == (501, True)
    told_of = UNKNOWN[query]
    if isinstance(told_of, int):
        assert ask(caller, "GET", bucket, query).status == told_of
    elif told_of is not None:
        answer = ask(caller, "GET", bucket, query)
        assert answer.status == (200 if told_of.startswith("<") else 404)
        assert told_of in answer.body.decode()
    assert caller.plain("GET", f"/{bucket}?{query}").status in (403, 501)
    assert caller.signed("GET", f"/{bucket}/a").body == b"old"
    assert told(caller, bucket, "stat").findtext("ObjectCount") == "1"
