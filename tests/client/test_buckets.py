from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.client.buckets import Buckets
from pillarbox.client.connection import Connection
from pillarbox.client.errors import ForeignAnswerError, RefusedError
from pillarbox.forms.signed_form import Credentials
from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CorsConfiguration, CorsRule, cors_for_uploads
from tests.client.web_server import web_server
from tests.server_process import TEST_KEY, ServerProcess

KEY = Credentials(TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture
def buckets(server: ServerProcess) -> Iterator[Buckets]:
    with Connection(server.base_url, KEY) as connection:
        yield Buckets(connection)


def test_buckets_are_made_and_listed(buckets: Buckets) -> None:
    assert list(buckets.list()) == []
    names = ["aaa", "bbb", "ccc"]
    for name in reversed(names):
        buckets.create(name)
    for size in (1000, 3, 2, 1):
        assert [bucket.name for bucket in buckets.list(page_size=size)] == names
    first = next(buckets.list())
    assert abs(datetime.now(UTC) - first.created) < timedelta(minutes=5)
    assert first.location.startswith("oss-")
    assert first.storage_class == "Standard"


def test_acl(buckets: Buckets) -> None:
    buckets.create("plain")
    assert buckets.acl("plain") is BucketAcl.PRIVATE
    buckets.create("public", BucketAcl.PUBLIC_READ)
    assert buckets.acl("public") is BucketAcl.PUBLIC_READ
    buckets.create("public")
    assert buckets.acl("public") is BucketAcl.PUBLIC_READ
    buckets.set_acl("public", BucketAcl.PUBLIC_READ_WRITE)
    assert buckets.acl("public") is BucketAcl.PUBLIC_READ_WRITE


def test_cors(buckets: Buckets) -> None:
    buckets.create("photos")
    assert buckets.cors("photos") is None
    first = cors_for_uploads(["https://www.example.com", "http://localhost:*"])
    buckets.set_cors("photos", first)
    assert buckets.cors("photos") == first
    second = CorsConfiguration(
        (CorsRule(("*",), ("GET",)), CorsRule(("*",), ("PUT",))), response_vary=True
    )
    buckets.set_cors("photos", second)
    assert buckets.cors("photos") == second
    for _ in range(2):
        buckets.remove_cors("photos")
        assert buckets.cors("photos") is None


def test_refusals_are_passed_on(buckets: Buckets) -> None:
    asked: list[Callable[[], object]] = [
        lambda: buckets.acl("not-there"),
        lambda: buckets.cors("not-there"),
        lambda: buckets.set_acl("not-there", BucketAcl.PRIVATE),
        lambda: buckets.set_cors("not-there", cors_for_uploads(["*"])),
        lambda: buckets.remove_cors("not-there"),
    ]
    for ask in asked:
        with pytest.raises(RefusedError, match="NoSuchBucket"):
            ask()


LISTING = (
    "<ListAllMyBucketsResult><IsTruncated>true</IsTruncated>{}<Buckets><Bucket><Name>aaa</Name>"
    "<CreationDate>{}</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"
)


@pytest.mark.parametrize(
    ("ask", "body", "flaw"),
    [
        (Buckets.acl, "<AccessControlPolicy/>", "no ACL of a bucket"),
        (
            Buckets.acl,
            "<AccessControlPolicy><AccessControlList><Grant>everybody</Grant></AccessControlList>"
            "</AccessControlPolicy>",
            "no ACL of a bucket: everybody",
        ),
        (Buckets.cors, "<CORSConfiguration><Rule/></CORSConfiguration>", "CORS rules that can't"),
        (
            lambda buckets, _: list(buckets.list()),
            LISTING.format("", "2030-01-01T12:00:00.000Z"),
            "does not go on",
        ),
        (
            lambda buckets, _: list(buckets.list()),
            LISTING.format("<NextMarker>aaa</NextMarker>", "2030-01-01T12:00:00.000Z"),
            "does not go on",
        ),
        (lambda buckets, _: list(buckets.list()), LISTING.format("", "soon"), "without name or"),
        (
            lambda buckets, _: list(buckets.list()),
            LISTING.format("", "2030-01-01T12:00:00"),
            "without name or",
        ),
    ],
)
def test_documents_that_no_store_writes(
    ask: Callable[[Buckets, str], object], body: str, flaw: str
) -> None:
    with (
        web_server(200, body.encode(), {"x-oss-request-id": "ID"}) as site,
        Connection(site.url, KEY) as connection,
        pytest.raises(ForeignAnswerError, match=flaw),
    ):
        ask(Buckets(connection), "photos")
