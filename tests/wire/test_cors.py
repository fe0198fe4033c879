"""CORS: the three operations on the rules, the preflight, and headers on every answer."""

from __future__ import annotations

import base64
import hashlib
from xml.etree import ElementTree

import pytest

from tests.conftest import StartServer
from tests.server_process import ServerProcess
from tests.wire.raw_http import Headers, RawAnswer, request
from tests.wire.rest import Caller, caller
from tests.wire.store_client import FORM_TYPE, form

__all__ = ["caller"]

SITE = b"https://www.example.com"
OTHER = b"https://evil.example"

RULES = b"""<?xml version="1.0" encoding="UTF-8"?>
<CORSConfiguration>
  <CORSRule>
    <AllowedOrigin> https://www.example.com </AllowedOrigin>
    <AllowedOrigin>http://localhost:*</AllowedOrigin>
    <AllowedMethod>POST</AllowedMethod>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedHeader>x-requested-with</AllowedHeader>
    <AllowedHeader>x-oss-*</AllowedHeader>
    <ExposeHeader>ETag</ExposeHeader>
    <ExposeHeader>x-oss-request-id</ExposeHeader>
    <MaxAgeSeconds>600</MaxAgeSeconds>
  </CORSRule>
  <CORSRule>
    <AllowedOrigin>*</AllowedOrigin>
    <AllowedMethod>HEAD</AllowedMethod>
  </CORSRule>
</CORSConfiguration>
"""

OF_THE_FIRST_RULE = {
    "access-control-allow-origin": SITE.decode(),
    "access-control-allow-methods": "POST, GET",
    "access-control-expose-headers": "ETag, x-oss-request-id",
    "access-control-max-age": "600",
    "vary": "Origin",
}

OF_THE_SECOND_RULE = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "HEAD",
}

NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are "
    "not whitelisted by the resource's CORS spec."
)


def cors_of(answer: RawAnswer) -> dict[str, str]:
    """What of an answer is for a browser's rule of origins."""
    return {
        name: value
        for name, value in answer.headers
        if name.startswith("access-control-") or name == "vary"
    }


def put_rules(caller: Caller, bucket: str, rules: bytes, headers: Headers = ()) -> RawAnswer:
    """PutBucketCors."""
    return caller.signed(
        "PUT", f"/{bucket}", list(headers), rules, query="cors", resource=f"/{bucket}/?cors"
    )


def cors_rules(caller: Caller, bucket: str, method: str = "GET") -> RawAnswer:
    """GetBucketCors or DeleteBucketCors."""
    return caller.signed(method, f"/{bucket}", query="cors", resource=f"/{bucket}/?cors")


def preflight(
    caller: Caller,
    target: str,
    origin: bytes | None = SITE,
    method: bytes | None = b"POST",
    headers: bytes | None = None,
) -> RawAnswer:
    """What a browser asks beforehand."""
    asked = {
        b"Origin": origin,
        b"Access-Control-Request-Method": method,
        b"Access-Control-Request-Headers": headers,
    }
    lines = [(name, value) for name, value in asked.items() if value is not None]
    return caller.plain("OPTIONS", target, lines)


def post(caller: Caller, bucket: str, fields: dict[str, str], origin: bytes = SITE) -> RawAnswer:
    """A form from a page of another origin."""
    headers = [(b"Content-Type", FORM_TYPE), (b"Origin", origin)]
    return request(caller.port, b"POST", f"/{bucket}".encode(), headers, form(fields))


@pytest.fixture
def site(caller: Caller) -> str:
    """A bucket that anybody may write, with `RULES`."""
    name = caller.bucket("public-read-write")
    assert put_rules(caller, name, RULES).status == 200
    return name


class TestRules:
    def test_none_by_default(self, caller: Caller) -> None:
        bucket = caller.bucket()
        answer = cors_rules(caller, bucket)
        assert (answer.status, answer.error["Code"]) == (404, "NoSuchCORSConfiguration")
        assert answer.error["Message"] == "The CORS Configuration does not exist."

    def test_are_told_as_they_were_set(self, caller: Caller, site: str) -> None:
        answer = cors_rules(caller, site)
        assert (answer.status, answer.header("content-type")) == (200, "application/xml")
        told = ElementTree.fromstring(answer.body)
        assert told.tag == "CORSConfiguration"
        assert [[(e.tag, e.text) for e in rule] for rule in told.iter("CORSRule")] == [
            [
                ("AllowedOrigin", "https://www.example.com"),
                ("AllowedOrigin", "http://localhost:*"),
                ("AllowedMethod", "POST"),
                ("AllowedMethod", "GET"),
                ("AllowedHeader", "x-requested-with"),
                ("AllowedHeader", "x-oss-*"),
                ("ExposeHeader", "ETag"),
                ("ExposeHeader", "x-oss-request-id"),
                ("MaxAgeSeconds", "600"),
            ],
            [("AllowedOrigin", "*"), ("AllowedMethod", "HEAD")],
        ]
        assert told.findtext("ResponseVary") == "false"
        # And what is told can be set again.
        assert put_rules(caller, site, answer.body).status == 200
        assert cors_rules(caller, site).body == answer.body

    def test_replace_all_former_ones_at_once(self, caller: Caller, site: str) -> None:
        assert cors_of(post(caller, site, {"key": "a"}))
        put_rules(caller, site, one_rule("<AllowedOrigin>https://evil.example</AllowedOrigin>"))
        assert not cors_of(post(caller, site, {"key": "a"}))
        assert cors_of(post(caller, site, {"key": "a"}, OTHER))

    def test_are_gone_when_deleted(self, caller: Caller, site: str) -> None:
        first, again = (cors_rules(caller, site, "DELETE") for _ in range(2))
        assert (first.status, first.body, again.status) == (204, b"", 204)
        assert cors_rules(caller, site).status == 404
        assert not cors_of(post(caller, site, {"key": "a"}))

    def test_are_gone_with_their_bucket(self, caller: Caller, site: str) -> None:
        assert caller.signed("DELETE", f"/{site}", resource=f"/{site}/").status == 204
        assert caller.signed("PUT", f"/{site}", resource=f"/{site}/").status == 200
        assert cors_rules(caller, site).status == 404

    def test_outlive_the_server(self, start_server: StartServer) -> None:
        before = start_server("--init-bucket", "site:public-read-write")
        assert put_rules(Caller(before), "site", RULES).status == 200
        before.stop()
        after = Caller(start_server("--init-bucket", "site:private", data_dir=before.data_dir))
        assert cors_of(post(after, "site", {"key": "a"})) == OF_THE_FIRST_RULE

    def test_are_for_the_owner_alone(self, caller: Caller, site: str) -> None:
        for method in ("GET", "PUT", "DELETE"):
            answer = caller.plain(method, f"/{site}?cors")
            assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert cors_rules(caller, site).status == 200

    def test_need_a_bucket(self, caller: Caller) -> None:
        assert put_rules(caller, "nobody-made-it", RULES).error["Code"] == "NoSuchBucket"
        for method in ("GET", "DELETE"):
            assert cors_rules(caller, "nobody-made-it", method).error["Code"] == "NoSuchBucket"

    def test_a_wrong_digest(self, caller: Caller, site: str) -> None:
        for text, status in ((RULES, 200), (b"other", 400)):
            digest = base64.b64encode(hashlib.md5(text).digest())
            assert put_rules(caller, site, RULES, [(b"Content-MD5", digest)]).status == status


def one_rule(inner: str, methods: str = "<AllowedMethod>POST</AllowedMethod>") -> bytes:
    """A document of one rule."""
    text = f"<CORSConfiguration><CORSRule>{inner}{methods}</CORSRule></CORSConfiguration>"
    return text.encode()


ANY = "<AllowedOrigin>*</AllowedOrigin>"

REFUSED = {
    "empty": (b"", "MalformedXML", None),
    "no XML": (b"<CORSConfiguration>", "MalformedXML", None),
    "another document": (b"<Delete/>", "MalformedXML", None),
    "no rule": (b"<CORSConfiguration/>", "MalformedXML", None),
    "no origin": (one_rule(""), "MalformedXML", None),
    "no method": (one_rule(ANY, ""), "MalformedXML", None),
    "unknown element": (one_rule(ANY + "<Other>a</Other>"), "MalformedXML", None),
    "unknown rule": (b"<CORSConfiguration><Rule/></CORSConfiguration>", "MalformedXML", None),
    "two ages": (one_rule(ANY + "<MaxAgeSeconds>1</MaxAgeSeconds>" * 2), "MalformedXML", None),
    "vary": (
        one_rule(ANY).replace(b"</CORSC", b"<ResponseVary>maybe</ResponseVary></CORSC"),
        "MalformedXML",
        None,
    ),
    "too long": (RULES + b" " * (16 * 1024), "MalformedXML", None),
    "entity": (
        b'<!DOCTYPE a [<!ENTITY a "*">]>' + one_rule("<AllowedOrigin>&a;</AllowedOrigin>"),
        "MalformedXML",
        None,
    ),
    "21 rules": (
        b"<CORSConfiguration>%s</CORSConfiguration>"
        % (one_rule(ANY).removeprefix(b"<CORSConfiguration>").partition(b"</CORSC")[0] * 21),
        "CORSRuleBeyondLimit",
        "0034-00000006",
    ),
    "scheme alone": (
        one_rule("<AllowedOrigin>https://*</AllowedOrigin>"),
        "InvalidArgument",
        "0034-00000009",
    ),
    "two stars": (
        one_rule("<AllowedOrigin>https://*.a.*</AllowedOrigin>"),
        "InvalidArgument",
        "0034-00000009",
    ),
    "OPTIONS": (
        one_rule(ANY, "<AllowedMethod>OPTIONS</AllowedMethod>"),
        "InvalidArgument",
        None,
    ),
    "star exposed": (
        one_rule(ANY + "<ExposeHeader>*</ExposeHeader>"),
        "InvalidArgument",
        "0034-00000013",
    ),
    "age": (one_rule(ANY + "<MaxAgeSeconds>soon</MaxAgeSeconds>"), "InvalidArgument", None),
}


@pytest.mark.parametrize(("document", "code", "ec"), REFUSED.values(), ids=REFUSED)
def test_documents_that_are_refused(
    caller: Caller, site: str, document: bytes, code: str, ec: str | None
) -> None:
    answer = put_rules(caller, site, document)
    assert (answer.status, answer.error["Code"]) == (400, code)
    assert answer.error.get("EC") == ec
    assert b"x-requested-with" in cors_rules(caller, site).body


class TestPreflight:
    @pytest.mark.parametrize("key", ["", "/", "/no/such/object"])
    def test_is_allowed_by_the_first_rule(self, caller: Caller, site: str, key: str) -> None:
        answer = preflight(caller, f"/{site}{key}")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.header("content-length") == "0"
        assert cors_of(answer) == OF_THE_FIRST_RULE

    def test_headers_are_named_as_they_were_asked_for(self, caller: Caller, site: str) -> None:
        answer = preflight(caller, f"/{site}", headers=b"X-Requested-With,, x-oss-meta-a")
        assert answer.status == 200
        allowed = {"access-control-allow-headers": "X-Requested-With, x-oss-meta-a"}
        assert cors_of(answer) == OF_THE_FIRST_RULE | allowed

    def test_is_allowed_by_a_later_rule(self, caller: Caller, site: str) -> None:
        for origin in (SITE, OTHER, b"null"):
            assert cors_of(preflight(caller, f"/{site}", origin, b"HEAD")) == OF_THE_SECOND_RULE

    @pytest.mark.parametrize(
        ("origin", "method", "headers"),
        [
            (OTHER, b"POST", None),
            (b"null", b"POST", None),
            (b"http://www.example.com", b"POST", None),
            (SITE, b"PUT", None),
            (SITE, b"PATCH", None),
            (SITE, b"OPTIONS", None),
            (SITE, b"POST", b"authorization"),
            (SITE, b"POST", b"x-requested-with, authorization"),
            (SITE, b"POST", b"x-oss-a b"),
        ],
    )
    def test_is_not_allowed(
        self, caller: Caller, site: str, origin: bytes, method: bytes, headers: bytes | None
    ) -> None:
        answer = preflight(caller, f"/{site}/key", origin, method, headers)
        assert (answer.status, answer.error["Code"]) == (403, "AccessForbidden")
        assert (answer.error["Message"], answer.error["EC"]) == (NOT_ALLOWED, "0003-00000602")
        assert not cors_of(answer)

    def test_without_rules(self, caller: Caller) -> None:
        answer = preflight(caller, f"/{caller.bucket('public-read-write')}")
        assert (answer.status, answer.error["EC"]) == (403, "0003-00000601")
        assert (answer.error["Code"], answer.error["Message"]) == ("AccessForbidden", NOT_ALLOWED)
        assert not cors_of(answer)

    @pytest.mark.parametrize(
        ("origin", "method", "ec"),
        [
            (None, b"POST", "0034-00000101"),
            (b"", b"POST", "0034-00000101"),
            (SITE, None, "0034-00000102"),
            (None, None, "0034-00000101"),
        ],
    )
    def test_that_asks_for_nothing(
        self, caller: Caller, site: str, origin: bytes | None, method: bytes | None, ec: str
    ) -> None:
        answer = preflight(caller, f"/{site}", origin, method)
        assert (answer.status, answer.error["Code"]) == (400, "BadRequest")
        assert answer.error["EC"] == ec
        assert not cors_of(answer)

    def test_needs_a_bucket(self, caller: Caller) -> None:
        answer = preflight(caller, "/nobody-made-it/key")
        assert (answer.status, answer.error["Code"]) == (404, "NoSuchBucket")


class TestEveryAnswer:
    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_a_form(self, caller: Caller, site: str, status: int) -> None:
        fields = {"key": "a", "success_action_status": str(status)}
        answer = post(caller, site, fields)
        assert (answer.status, cors_of(answer)) == (status, OF_THE_FIRST_RULE)

    def test_a_redirect(self, caller: Caller, site: str) -> None:
        fields = {"key": "a", "success_action_redirect": "https://www.example.com/done"}
        answer = post(caller, site, fields)
        assert (answer.status, cors_of(answer)) == (303, OF_THE_FIRST_RULE)

    def test_an_object(self, caller: Caller, site: str) -> None:
        post(caller, site, {"key": "a"})
        origin = [(b"Origin", SITE)]
        whole = caller.plain("GET", f"/{site}/a", origin)
        part = caller.plain("GET", f"/{site}/a", [*origin, (b"Range", b"bytes=0-1")])
        known = [*origin, (b"If-None-Match", (whole.header("etag") or "").encode())]
        unmodified = caller.plain("GET", f"/{site}/a", known)
        assert [answer.status for answer in (whole, part, unmodified)] == [200, 206, 304]
        for answer in (whole, part, unmodified):
            assert cors_of(answer) == OF_THE_FIRST_RULE
        head = caller.plain("HEAD", f"/{site}/a", origin)
        assert (head.status, cors_of(head)) == (200, OF_THE_SECOND_RULE)

    @pytest.mark.parametrize("query", ["versionId=null", "tagging&versionId=null"])
    def test_a_preflight_for_a_version(self, caller: Caller, site: str, query: str) -> None:
        asked = [(b"Origin", SITE), (b"Access-Control-Request-Method", b"GET")]
        answer = caller.plain("OPTIONS", f"/{site}/a?{query}", asked)
        assert (answer.status, answer.header("access-control-allow-origin")) == (
            200,
            SITE.decode(),
        )

    def test_refusals_before_and_after_the_bucket_is_looked_at(
        self, caller: Caller, site: str
    ) -> None:
        origin = [(b"Origin", SITE)]
        unknown_key = (b"Authorization", b"OSS nobody:c2lnbmF0dXJl")
        answers = {
            "NoSuchKey": caller.plain("GET", f"/{site}/none", origin),
            "AccessDenied": caller.plain("GET", f"/{site}", origin),
            "InvalidAccessKeyId": caller.plain("GET", f"/{site}/a", [*origin, unknown_key]),
            "NotImplemented": caller.plain("GET", f"/{site}?cname", origin),
            "InvalidObjectName": caller.plain("GET", f"/{site}/%ff", origin),
            "MethodNotAllowed": caller.plain("POST", f"/{site}/a", origin),
            "RequestIsNotMultiPartContent": caller.plain("POST", f"/{site}", origin),
            "InvalidArgument": post(caller, site, {}),
        }
        told = {code: answer.error["Code"] for code, answer in answers.items()}
        assert told == {code: code for code in answers}
        for answer in answers.values():
            assert cors_of(answer) == OF_THE_FIRST_RULE

    def test_a_refused_head(self, caller: Caller, site: str) -> None:
        answer = caller.plain("HEAD", f"/{site}/none", [(b"Origin", OTHER)])
        assert (answer.status, cors_of(answer)) == (404, OF_THE_SECOND_RULE)

    def test_a_file_that_is_refused_while_it_is_sent(self, caller: Caller, site: str) -> None:
        body = form({"key": "a", "policy": "e30="}, b"x" * 1_000_000)
        headers = [(b"Content-Type", FORM_TYPE), (b"Origin", SITE)]
        answer = request(caller.port, b"POST", f"/{site}".encode(), headers, body)
        assert answer.status == 400
        assert cors_of(answer) == OF_THE_FIRST_RULE

    @pytest.mark.parametrize("origin", [OTHER, b"null", b"https://www.example.com.evil.example"])
    def test_without_a_match_it_is_done_and_says_nothing(
        self, caller: Caller, site: str, origin: bytes
    ) -> None:
        answer = post(caller, site, {"key": "done"}, origin)
        assert (answer.status, cors_of(answer)) == (204, {})
        assert caller.exists(site, "done")

    def test_without_an_origin(self, caller: Caller, site: str) -> None:
        assert not cors_of(caller.plain("GET", f"/{site}/none"))

    def test_another_bucket_and_the_service(self, caller: Caller, site: str) -> None:
        """Rules are a bucket's own."""
        for target in (f"/{caller.bucket('public-read')}/a", "/nobody-made-it/a", "/A!/a", "/"):
            assert not cors_of(caller.plain("GET", target, [(b"Origin", SITE)]))

    def test_response_vary(self, caller: Caller, site: str) -> None:
        """For caches: asked for or not, allowed or not."""
        rules = RULES.replace(b"</CORSC", b"<ResponseVary>true</ResponseVary></CORSC")
        assert put_rules(caller, site, rules).status == 200
        assert b"<ResponseVary>true</ResponseVary>" in cors_rules(caller, site).body
        assert cors_of(caller.plain("GET", f"/{site}/none")) == {"vary": "Origin"}
        assert cors_of(post(caller, site, {"key": "a"}, OTHER)) == {"vary": "Origin"}
        assert cors_of(post(caller, site, {"key": "a"})) == OF_THE_FIRST_RULE
        head = caller.plain("HEAD", f"/{site}/a", [(b"Origin", OTHER)])
        assert cors_of(head) == OF_THE_SECOND_RULE | {"vary": "Origin"}


class TestOption:
    def test_rules_of_the_first_buckets(self, start_server: StartServer) -> None:
        server = start_server(
            *("--init-bucket", "one:public-read-write", "--init-bucket", "two:private"),
            *("--cors", "http://localhost:*", "--cors", SITE.decode()),
        )
        for bucket in ("one", "two"):
            asked = preflight(Caller(server), f"/{bucket}", SITE, b"PUT", b"x-any")
            assert asked.status == 200
            assert cors_of(asked) == {
                "access-control-allow-origin": SITE.decode(),
                "access-control-allow-methods": "GET, PUT, DELETE, POST, HEAD",
                "access-control-allow-headers": "x-any",
                "access-control-expose-headers": "ETag, x-oss-request-id, x-oss-version-id, "
                "x-oss-hash-crc64ecma, Location, Content-MD5, x-oss-ec",
                "access-control-max-age": "600",
                "vary": "Origin",
            }

    def test_holds_for_buckets_that_stand_and_for_no_others(
        self, start_server: StartServer
    ) -> None:
        before = start_server("--init-bucket", "one:public-read", "--init-bucket", "two:private")
        assert not cors_of(_read(before, "one"))
        before.stop()
        options = ("--init-bucket", "one:public-read", "--cors", "*")
        after = start_server(*options, data_dir=before.data_dir)
        assert cors_of(_read(after, "one"))["access-control-allow-origin"] == "*"
        assert not cors_of(_read(after, "two"))


def _read(server: ServerProcess, bucket: str) -> RawAnswer:
    return request(server.port, b"GET", f"/{bucket}/none".encode(), [(b"Origin", SITE)])
