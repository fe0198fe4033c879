"""CORS headers of answers, so that a page of another origin may read them.

Without them a browser hides an answer from the page that asked, an error document too. So every
answer gets them whose bucket has a rule for the request, refusals and 204 included
(OSS: "PutBucketCors", "OptionObject"). Access-Control-Allow-Credentials is never among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pillarbox.model.cors import ANY, CORS, CorsConfiguration, CorsRule, read_cors_document
from pillarbox.model.objects import Bucket
from pillarbox.server.request import Request

HeaderLines = list[tuple[str, str]]

_VARY = ("Vary", "Origin")

_read = lru_cache(maxsize=1000)(read_cors_document)


def cors_of(bucket: Bucket) -> CorsConfiguration | None:
    """A bucket's rules, None if it has none."""
    document = bucket.configs.get(CORS)
    return None if document is None else _read(document)


def cors_headers(request: Request, bucket: Bucket) -> HeaderLines:
    """What an answer from this bucket carries; nothing for the preflight, which has its own."""
    configuration = cors_of(bucket)
    if configuration is None or request.method == "OPTIONS":
        return []
    origin = request.headers.get("origin")
    if origin:
        rule = configuration.rule_for_request(origin, request.method)
        if rule is not None:
            return headers_of_rule(configuration, rule, origin)
    return [_VARY] if configuration.response_vary else []


def headers_of_rule(
    configuration: CorsConfiguration,
    rule: CorsRule,
    origin: str,
    asked_headers: Iterable[str] = (),
) -> HeaderLines:
    """The headers that a matching rule gives.

    Args:
        origin: of the request.
        asked_headers: names that a preflight asked for, all of them allowed.
    """
    headers = [
        ("Access-Control-Allow-Origin", ANY if rule.allows_any_origin else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule.methods)),
    ]
    if asked := ", ".join(asked_headers):
        headers.append(("Access-Control-Allow-Headers", asked))
    if rule.expose:
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule.expose)))
    if rule.max_age is not None:
        headers.append(("Access-Control-Max-Age", str(rule.max_age)))
    if configuration.response_vary or not rule.allows_any_origin:
        headers.append(_VARY)
    return headers
