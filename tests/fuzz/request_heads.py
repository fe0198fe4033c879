"""Heads of requests: address, query, operation, and all that is read of headers and parameters.

Input: see `arrived_head`.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_from_bytes

from pillarbox.model.appending import read_position
from pillarbox.model.cors import CorsConfiguration, CorsRule
from pillarbox.model.dialects import S3
from pillarbox.model.limits import MAX_KEY_SIZE
from pillarbox.model.names import has_control_characters
from pillarbox.model.objects import ObjectSpec
from pillarbox.model.refusals import Refusal
from pillarbox.model.symbolic_links import TARGET, read_target, written_target
from pillarbox.server import copy_source, preconditions, query_values, ranges, requested_object
from pillarbox.server.operations.selection import find_operation
from pillarbox.server.request import Query, Request
from pillarbox.server.requested_grants import granted_acl
from pillarbox.server.signed_body import hold_form_body
from tests.fuzz.answered import check_answered
from tests.fuzz.arrived_head import read_request, written
from tests.server.requests import stored

_SIZE = 1000
_STORED = stored(size=_SIZE)
_RULE = CorsRule(("https://*.a.example", "*"), ("GET", "PUT"), ("*", "x-oss-*"), ("ETag",))
_CORS = CorsConfiguration((_RULE,))


def check(data: bytes) -> None:
    """Whatever is read of a head is within its bounds, or refused."""
    request = read_request(data)
    if request is None:
        return
    _check_query(request)
    for step in _STEPS:
        try:
            step(request)
        except Refusal as refusal:
            check_answered(refusal)


def _check_query(request: Request) -> None:
    again = "&".join(
        f"{quote_from_bytes(name, safe='')}={quote_from_bytes(value, safe='')}"
        for name, value in request.query.pairs
    )
    assert Query.parse(again.encode()) == request.query


def _key(request: Request) -> None:
    assert 1 <= len(request.key) <= MAX_KEY_SIZE
    assert len(request.new_key) == len(request.key)


def _range(request: Request) -> None:
    for standard in (False, True):
        part = ranges.resolve_range(request.headers.get("range"), _SIZE, standard=standard)
        if part is not None:
            first, length = part
            assert first >= 0
            assert length >= 1
            assert first + length <= _SIZE


def _copy_source(request: Request) -> None:
    value = request.own("copy-source")
    if value is not None:
        source = copy_source.read_copy_source(value.encode(), dialect=request.dialect)
        assert 1 <= len(source.key) <= MAX_KEY_SIZE


def _symlink_target(request: Request) -> None:
    target = read_target(request.headers.raw(TARGET))
    assert 1 <= len(target) <= MAX_KEY_SIZE
    assert read_target(written_target(target).encode("ascii")) == target


def _object(request: Request) -> None:
    spec = ObjectSpec(
        b"k",
        headers=requested_object.requested_headers(request),
        tags=requested_object.requested_tags(request),
        storage_class=requested_object.requested_storage_class(request, "Standard"),
        encryption=requested_object.requested_encryption(request, encrypted_at_rest=True),
    )
    kept = spec.headers
    for text in (kept.content_type, *kept.standard.values(), *kept.user_metadata.values()):
        assert not has_control_characters(text), text


def _page(request: Request) -> None:
    assert 0 <= query_values.page_size(request, "max-keys", 1000) <= 1000
    assert 1 <= query_values.bounded_number(request, "partNumber", 10000) <= 10000
    assert len(query_values.bounded_text(request, "prefix")) <= MAX_KEY_SIZE
    query_values.key_encoding(request).write(b"a\xff\r\n")


def _form_body(request: Request) -> None:
    if request.dialect is S3:
        hold_form_body(request)


def _cors(request: Request) -> None:
    origin = request.headers.get("origin") or ""
    method = request.headers.get("access-control-request-method") or request.method
    asked = (request.headers.get("access-control-request-headers") or "").split(",")
    _CORS.rule_for_request(origin, method)
    _CORS.rule_for_preflight(origin, method, asked)


_STEPS: tuple[Callable[[Request], object], ...] = (
    lambda request: request.bucket_name,
    find_operation,
    _form_body,
    _key,
    _range,
    _copy_source,
    _symlink_target,
    lambda request: read_position(request.query.get("position")),
    _object,
    _page,
    _cors,
    lambda request: granted_acl(request, "owner"),
    lambda request: preconditions.is_unmodified(request, _STORED),
    lambda request: preconditions.is_source_unmodified(request, _STORED),
    lambda request: preconditions.is_range_current(request, _STORED),
    requested_object.requested_condition,
    requested_object.refuse_other_conditions,
    requested_object.forbids_overwrite,
    Request.user_metadata,
)


def _seed(line: str, *headers: str) -> bytes:
    method, target = line.split(" ")
    pairs = [header.encode().split(b": ", 1) for header in headers]
    return written(method, target, [(name, value) for name, value in pairs], b"localhost")


_DATE = "Tue, 01 Jan 2030 00:00:00 GMT"
SEEDS = (
    _seed("GET /drop?prefix=a%2F&max-keys=10&encoding-type=url&list-type=2"),
    _seed(
        "GET /drop/a%20b", "range: bytes=-5", "x-oss-range-behavior: standard", f"if-range: {_DATE}"
    ),
    _seed("GET /drop/a", "range: bytes=900-2000", "x-oss-range-behavior: standard"),
    _seed("GET /drop/a?response-content-type=a", f"if-modified-since: {_DATE}", 'if-match: "a", *'),
    _seed("PUT /drop/a", "x-oss-copy-source: /drop/b%2Bc", 'x-oss-copy-source-if-match: "a"'),
    _seed(
        "PUT /drop/a", "x-amz-copy-source: drop/b?versionId=null", "x-amz-tagging-directive: COPY"
    ),
    _seed("PUT /drop/a", "x-oss-tagging: a=1&b=%20", "x-oss-meta-a: b", "expires: 5"),
    _seed(
        "PUT /drop/a", "x-amz-meta-a: b", "content-encoding: aws-chunked,gzip", "if-none-match: *"
    ),
    _seed(
        "PUT /drop",
        'x-amz-grant-read: id="owner", uri="http://acs.amazonaws.com/groups/global/AllUsers"',
    ),
    _seed("PUT /drop/a?partNumber=1&uploadId=b", "x-oss-server-side-encryption: AES256"),
    _seed("POST /drop", "content-type: multipart/form-data; boundary=a", "x-amz-date: b"),
    _seed("OPTIONS /drop/a", "origin: https://b.a.example", "access-control-request-method: PUT"),
    _seed("GET /-/upload.js"),
    _seed("POST /drop/a?append&position=7", "x-oss-meta-a: b"),
    _seed("PUT /drop/a?symlink", "x-oss-symlink-target: b%2Fc+d"),
    _seed("GET /drop?acl&X-Amz-Meta-a=b&X-Amz-Storage-Class=STANDARD"),
)
WORDS = (
    *(b"\nhost: ", b"\nrange: bytes=", b"\nx-amz-", b"\nx-oss-", b"copy-source", b"%2F", b"%00"),
    *(b"?versionId", b"&uploads", b"bytes=0-", b"\nif-none-match: ", b"\ncontent-length: ", b"%ff"),
    *(b"\nif-modified-since: ", b"storage-class: ", b"object-acl: ", b"grant-full-control: "),
    _DATE.encode(),
)
