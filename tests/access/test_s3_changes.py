"""What we sign for S3 verifies, and whatever is changed of it afterwards doesn't."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.access.caller import ANONYMOUS
from pillarbox.access.ram import Requester
from pillarbox.model.refusals import Refusal
from pillarbox.server.operations.operation import Level
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.signing import s3_header_v4, s3_url_v4, s3_v2
from pillarbox.signing.post_v4 import Scope
from tests.access.keys import GOOD
from tests.access.s3_requests import S3Request

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SCOPE = Scope(GOOD.id, "20300101", "home")
HOUR = timedelta(hours=1)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda key: not key.startswith("/")
)
METAS = st.dictionaries(
    st.from_regex(r"x-amz-meta-[a-z]{1,3}", fullmatch=True),
    st.text("aZ09:,;=/", min_size=1, max_size=5),
    max_size=3,
)
QUERIES = st.dictionaries(
    st.sampled_from(["versionId", "response-content-type", "acl", "uploadId"]), TEXT, max_size=3
)
HOSTS = st.sampled_from([b"s3.example.com", b"b.s3.example.com"])


@st.composite
def heads(draw: st.DrawFn) -> S3Request:
    """A request that nobody signed yet."""
    host = draw(HOSTS)
    bucket = "" if host.startswith(b"b.") else "/b"
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in draw(QUERIES).items())
    target = f"{bucket}/{quote(draw(KEYS))}" + (f"?{query}" if query else "")
    metas = [(name.encode(), value.encode()) for name, value in draw(METAS).items()]
    return S3Request(
        draw(st.sampled_from(["GET", "PUT", "DELETE"])), target, [(b"host", host), *metas]
    )


def v4_header(head: S3Request) -> S3Request:
    headers = [
        *head.headers,
        (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
        (b"x-amz-date", b"20300101T000000Z"),
    ]
    text = s3_header_v4.authorization(
        head.method, head.raw_path, head.query, headers, SCOPE, GOOD.secret
    )
    return S3Request(head.method, head.target, [*headers, (b"authorization", text.encode())])


def v4_url(head: S3Request) -> S3Request:
    query = s3_url_v4.signed_query(
        head.method,
        head.raw_path,
        HOUR,
        SCOPE,
        GOOD.secret,
        NOW,
        headers=head.headers,
        parameters=head.query,
    )
    return S3Request(head.method, f"{head.path}?{query}", head.headers)


def v2_header(head: S3Request) -> S3Request:
    headers = [*head.headers, (b"date", b"Tue, 01 Jan 2030 00:00:00 GMT")]
    text = s3_v2.authorization(
        head.method, head.raw_path, head.resource, head.query, headers, GOOD.id, GOOD.secret
    )
    return S3Request(head.method, head.target, [*headers, (b"authorization", text.encode())])


def v2_url(head: S3Request) -> S3Request:
    query = s3_v2.signed_query(
        head.method,
        head.raw_path,
        head.resource,
        NOW + HOUR,
        GOOD.id,
        GOOD.secret,
        headers=head.headers,
        parameters=head.query,
    )
    return S3Request(head.method, f"{head.path}?{query}", head.headers)


Way = Callable[[S3Request], S3Request]
WAYS: list[Way] = [v4_header, v4_url, v2_header, v2_url]
of_each_way = pytest.mark.parametrize("sign", WAYS)


def refused(request: S3Request) -> bool:
    """Whether nobody is taken for its signer."""
    try:
        return request.authenticate(NOW)[0] == ANONYMOUS
    except Refusal as refusal:
        return refusal.status in (400, 403)


@of_each_way
@settings(max_examples=40)
@given(head=heads())
def test_what_is_signed_verifies(sign: Way, head: S3Request) -> None:
    caller, _ = sign(head).authenticate(NOW)
    assert caller.requester == Requester("owner")


@of_each_way
@settings(max_examples=40)
@given(head=heads(), data=st.data())
def test_another_verb_path_or_parameter(sign: Way, head: S3Request, data: st.DataObject) -> None:
    request = sign(head)
    verb = data.draw(st.sampled_from(["GET", "PUT", "DELETE", "HEAD"]))
    if verb != request.method:
        assert refused(S3Request(verb, request.target, request.headers))
    mark = "&" if "?" in request.target else "?"
    for added in ("uploads", "tagging", "bucketInfo", "x-oss-process=image"):
        assert refused(S3Request(request.method, request.target + mark + added, request.headers))
    place = data.draw(st.integers(1, len(request.path)))
    path = request.path[:place] + "x" + request.path[place:]
    assert refused(
        S3Request(request.method, request.target.replace(request.path, path, 1), request.headers)
    )


@of_each_way
@settings(max_examples=40)
@given(head=heads(), data=st.data())
def test_other_headers(sign: Way, head: S3Request, data: st.DataObject) -> None:
    request = sign(head)
    added = [*request.headers, (b"x-amz-acl", b"public-read")]
    assert refused(S3Request(request.method, request.target, added))
    signed = [
        place
        for place, (name, _) in enumerate(request.headers)
        if name.startswith(b"x-amz-") or name in (b"date", b"authorization")
    ]
    if not signed:
        return
    place = data.draw(st.sampled_from(signed))
    name, value = request.headers[place]
    rest = request.headers[:place] + request.headers[place + 1 :]
    assert refused(S3Request(request.method, request.target, rest))
    assert refused(S3Request(request.method, request.target, [*rest, (name, value + b"1")]))


@of_each_way
@settings(max_examples=40)
@given(head=heads(), data=st.data())
def test_a_changed_parameter(sign: Way, head: S3Request, data: st.DataObject) -> None:
    request = sign(head)
    path, _, query = request.target.partition("?")
    if not query:
        return
    items = query.split("&")
    place = data.draw(st.integers(0, len(items) - 1))
    changed = [*items[:place], items[place] + "1", *items[place + 1 :]]
    assert refused(S3Request(request.method, f"{path}?{'&'.join(changed)}", request.headers))
    left = [*items[:place], *items[place + 1 :]]
    assert refused(S3Request(request.method, f"{path}?{'&'.join(left)}", request.headers))


@pytest.mark.parametrize("sign", [v4_header, v4_url])
@settings(max_examples=40)
@given(head=heads())
def test_v4_holds_for_one_host(sign: Way, head: S3Request) -> None:
    request = sign(head)
    (_, host), *rest = request.headers
    headers = [(b"host", host + b":8080"), *rest]
    assert refused(S3Request(request.method, request.target, headers))


def test_v2_signs_whatever_selects_an_operation() -> None:
    """V2 covers no other parameters, so that one of these could be added to a signed URL."""
    selecting = {op.sub_resource for op in OPERATIONS if op.sub_resource and op.level != Level.OWN}
    # A listing is a listing in either version; STS is called in a body; regions are no secret, nor
    # is what no bucket has, of which newer clients alone ask, with V4.
    harmless = {"list-type", "Action", "regions", "ownershipControls", "publicAccessBlock", "worm"}
    assert selecting - harmless <= {name.decode() for name in s3_v2.SUB_RESOURCES}
