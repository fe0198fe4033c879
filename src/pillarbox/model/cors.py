"""CORS rules of a bucket: which pages of other origins a browser lets read its answers.

Rules are tried in order and the first that matches decides (OSS: "PutBucketCors", "OptionObject").
Credentials play no part: nothing here ever allows a browser to send them along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pillarbox.model import refusals

#: Under which kind the catalog keeps a bucket's rules.
CORS = "cors"

#: OSS: "CORS" guide; the API pages say 10.
MAX_RULES = 20

#: OSS: "PutBucketCors": what a rule may allow; OPTIONS is not among them.
METHODS = ("GET", "PUT", "DELETE", "POST", "HEAD")

ANY = "*"

#: `Origin` of a page without one: opened from a file, or in a sandboxed frame.
NO_ORIGIN = "null"

_EXPOSED_TO_UPLOADS = (
    "ETag",
    "x-oss-request-id",
    "x-oss-version-id",
    "x-oss-hash-crc64ecma",
    "Location",
    "Content-MD5",
    "x-oss-ec",
)

#: No documented limit; nine digits of seconds are 31 years.
_MAX_AGE = re.compile(r"[0-9]{1,9}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_ORIGIN = re.compile(r"[\x21-\x7e]{1,1024}")
_SCHEME_ALONE = re.compile(r"[a-z][a-z0-9+.-]*://\*", re.IGNORECASE)
_WHOLE_ORIGIN = re.compile(r"[a-z*][a-z0-9+.*-]*://[^/?#@\\]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CorsRule:
    """One rule.

    Attributes:
        origins: `scheme://host[:port]`, each with at most one `*`.
        methods: of `METHODS`.
        headers: request headers that a preflight may ask for, each with at most one `*`.
        expose: response headers that scripts may read, no `*`.
        max_age: seconds that a browser may remember a preflight, None for its own default.
        id: name that a client of S3 gave to the rule; empty for none.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int | None = None
    id: str = ""

    @property
    def allows_any_origin(self) -> bool:
        """Whether it makes no difference which origin asks."""
        return ANY in self.origins

    def allows(self, origin: str, method: str) -> bool:
        """Whether the rule holds for an actual request."""
        return method in self.methods and self._allows_origin(origin)

    def allows_header(self, name: str) -> bool:
        """Whether a preflight may ask for a request header."""
        if not _TOKEN.fullmatch(name):
            return False
        return any(_matches(pattern.lower(), name.lower()) for pattern in self.headers)

    def _allows_origin(self, origin: str) -> bool:
        if self.allows_any_origin:
            return True
        wanted = origin.lower()
        if wanted == NO_ORIGIN or not _ORIGIN.fullmatch(origin):
            return False
        return any(_matches(pattern.lower(), wanted) for pattern in self.origins)


@dataclass(frozen=True, slots=True)
class CorsConfiguration:
    """All rules of a bucket, in order.

    Attributes:
        response_vary: whether every answer says `Vary: Origin`, for caches on the way.
    """

    rules: tuple[CorsRule, ...]
    response_vary: bool = False

    def rule_for_request(self, origin: str, method: str) -> CorsRule | None:
        """The first rule that holds for an actual request."""
        return next((rule for rule in self.rules if rule.allows(origin, method)), None)

    def rule_for_preflight(
        self, origin: str, method: str, headers: Sequence[str]
    ) -> CorsRule | None:
        """The first rule that holds for what a browser asks beforehand.

        Args:
            method: that the actual request will have.
            headers: names that it will have beyond the usual ones.
        """
        for rule in self.rules:
            if rule.allows(origin, method) and all(map(rule.allows_header, headers)):
                return rule
        return None


def cors_for_uploads(origins: Sequence[str]) -> CorsConfiguration:
    """The one rule that scripts on pages of `origins` need to upload and to read every answer.

    ali-oss in a browser insists on ETag.
    """
    rule = CorsRule(tuple(origins), METHODS, (ANY,), _EXPOSED_TO_UPLOADS, max_age=600)
    return CorsConfiguration((rule,))


def check_cors(configuration: CorsConfiguration) -> None:
    """Raise a refusal unless these rules can be kept (OSS: "PutBucketCors").

    `MalformedXML` without rules, origins or methods; `CORSRuleBeyondLimit`; `InvalidArgument` for
    a value that can't be.
    """
    if not configuration.rules:
        raise refusals.MALFORMED_XML()
    if len(configuration.rules) > MAX_RULES:
        raise refusals.CORS_RULE_BEYOND_LIMIT()
    for rule in configuration.rules:
        if not rule.origins or not rule.methods:
            raise refusals.MALFORMED_XML()
        _check_each("AllowedOrigin", rule.origins, is_origin_pattern, "0034-00000009")
        _check_each("AllowedMethod", rule.methods, METHODS.__contains__)
        _check_each("AllowedHeader", rule.headers, _is_header_pattern)
        _check_each("ExposeHeader", rule.expose, _is_exposable, "0034-00000013")


def is_origin_pattern(text: str) -> bool:
    """Whether OSS takes a text as AllowedOrigin: one `*` at most, and not right behind a scheme."""
    return (
        _ORIGIN.fullmatch(text) is not None
        and text.count(ANY) <= 1
        and not _SCHEME_ALONE.fullmatch(text)
    )


def is_whole_origin(text: str) -> bool:
    """Whether a text is `*`, or an origin pattern that some browser's Origin can match.

    Narrower than `is_origin_pattern`: a path or a missing scheme never matches anything.
    """
    if text == ANY:
        return True
    return is_origin_pattern(text) and _WHOLE_ORIGIN.fullmatch(text) is not None


def read_max_age(text: str) -> int:
    """The seconds of MaxAgeSeconds; refusal `InvalidArgument`."""
    if not _MAX_AGE.fullmatch(text):
        raise refusals.INVALID_ARGUMENT(ArgumentName="MaxAgeSeconds", ArgumentValue=text[:128])
    return int(text)


def cors_document(configuration: CorsConfiguration) -> str:
    """The configuration as the JSON that the catalog keeps."""
    return json.dumps(asdict(configuration), separators=(",", ":"), ensure_ascii=False)


def read_cors_document(text: str) -> CorsConfiguration:
    """The inverse of `cors_document`."""
    document = json.loads(text)
    rules = tuple(_rule(item) for item in document["rules"])
    return CorsConfiguration(rules, document["response_vary"])


def _rule(item: Mapping[str, Any]) -> CorsRule:
    return CorsRule(
        origins=tuple(item["origins"]),
        methods=tuple(item["methods"]),
        headers=tuple(item["headers"]),
        expose=tuple(item["expose"]),
        max_age=item["max_age"],
        id=item.get("id", ""),
    )


def _check_each(
    name: str, values: Sequence[str], is_good: Callable[[str], bool], ec: str | None = None
) -> None:
    for value in values:
        if not is_good(value):
            raise refusals.INVALID_ARGUMENT(ec=ec, ArgumentName=name, ArgumentValue=value[:128])


def _is_header_pattern(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None and text.count(ANY) <= 1


def _is_exposable(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None and ANY not in text


def _matches(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern`, whose one `*` stands for anything."""
    before, star, after = pattern.partition(ANY)
    if not star:
        return text == pattern
    return (
        len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
    )
