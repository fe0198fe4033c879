from __future__ import annotations

from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CORS, CorsConfiguration, CorsRule, cors_document, cors_for_uploads
from pillarbox.model.objects import Bucket
from pillarbox.server.cors_headers import cors_headers, cors_of, headers_of_rule
from tests.server.requests import request

SITE = "https://www.example.com"
RULE = CorsRule((SITE,), ("GET",))
ORIGIN = [(b"origin", SITE.encode())]


def bucket(configuration: CorsConfiguration | None) -> Bucket:
    configs = {} if configuration is None else {CORS: cors_document(configuration)}
    return Bucket(1, "photos", "owner", BucketAcl.PRIVATE, 0, "cn-hangzhou", configs=configs)


def test_the_rules_of_a_bucket_are_read_once() -> None:
    known = bucket(CorsConfiguration((RULE,)))
    assert cors_of(known) == CorsConfiguration((RULE,))
    assert cors_of(known) is cors_of(bucket(CorsConfiguration((RULE,))))
    assert cors_of(bucket(None)) is None


def test_what_needs_no_headers() -> None:
    known = bucket(CorsConfiguration((RULE,)))
    assert cors_headers(request(headers=ORIGIN), bucket(None)) == []
    assert cors_headers(request(), known) == []
    assert cors_headers(request(headers=[(b"origin", b"")]), known) == []
    assert cors_headers(request("PUT", headers=ORIGIN), known) == []
    preflight = [*ORIGIN, (b"access-control-request-method", b"GET")]
    assert cors_headers(request("OPTIONS", headers=preflight), known) == []


def test_what_a_rule_leaves_out_is_left_out() -> None:
    assert cors_headers(request(headers=ORIGIN), bucket(CorsConfiguration((RULE,)))) == [
        ("Access-Control-Allow-Origin", SITE),
        ("Access-Control-Allow-Methods", "GET"),
        ("Vary", "Origin"),
    ]


def test_the_origin_is_told_as_it_was_sent() -> None:
    shouting = [(b"origin", SITE.upper().encode())]
    told = dict(cors_headers(request(headers=shouting), bucket(CorsConfiguration((RULE,)))))
    assert told["Access-Control-Allow-Origin"] == SITE.upper()


def test_any_origin_among_others_is_a_star_that_varies_with_none() -> None:
    for origins in (("*",), (SITE, "*")):
        told = dict(cors_headers(request(headers=ORIGIN), bucket(cors_for_uploads(origins))))
        assert told["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in told


def test_credentials_are_never_allowed() -> None:
    configuration = cors_for_uploads([SITE])
    names = {
        name.lower()
        for name, _ in headers_of_rule(configuration, configuration.rules[0], SITE, ["x-a"])
    }
    assert "access-control-allow-headers" in names
    assert "access-control-allow-credentials" not in names
