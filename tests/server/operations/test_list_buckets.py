"""The buckets of an account, page by page, in each dialect."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

import pytest

from pillarbox.forms import Credentials
from pillarbox.testing import running_store
from tests.server_process import TEST_KEY
from tests.wire.identities import Signer
from tests.wire.s3_refusal import s3_refusal
from tests.wire.s3_signer import S3Signer

NAMES = ["able", "baker-1", "baker-2", "charlie", "dog"]
SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@pytest.fixture(scope="module")
def owner() -> Iterator[S3Signer]:
    with running_store(credentials=Credentials(TEST_KEY.id, TEST_KEY.secret)) as store:
        signer = S3Signer(store.port, TEST_KEY.id, TEST_KEY.secret)
        for name in NAMES:
            assert signer.send("PUT", f"/{name}").status == 200
        yield signer


def listing(owner: S3Signer, query: str = "") -> Element:
    answer = owner.send("GET", "/", query)
    assert answer.status == 200, answer.body
    return fromstring(answer.body)


def names(root: Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SPACE}Name")]


def test_all_of_them(owner: S3Signer) -> None:
    root = listing(owner)
    assert names(root) == NAMES
    assert root.find(f"{SPACE}ContinuationToken") is None
    assert root.find(f"{SPACE}Prefix") is None
    regions = {node.text for node in root.iter(f"{SPACE}BucketRegion")}
    assert regions == {"us-east-1"}
    assert root.findtext(f"{SPACE}Owner/{SPACE}ID")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 10_000])
@pytest.mark.parametrize("prefix", ["", "baker"])
def test_page_by_page(owner: S3Signer, size: int, prefix: str) -> None:
    found: list[str] = []
    query = f"max-buckets={size}" + (f"&prefix={prefix}" if prefix else "")
    token: str | None = ""
    while token is not None:
        root = listing(owner, query + (f"&continuation-token={token}" if token else ""))
        assert root.findtext(f"{SPACE}Prefix", "") == prefix
        page = names(root)
        assert 1 <= len(page) <= size
        found += page
        token = root.findtext(f"{SPACE}ContinuationToken")
    assert found == [name for name in NAMES if name.startswith(prefix)]


def test_oss_lists_the_same(owner: S3Signer) -> None:
    answer = Signer(owner.port, TEST_KEY.id, TEST_KEY.secret).send("GET", "/")
    assert [node.text for node in fromstring(answer.body).iter("Name")] == NAMES


def test_tokens_and_prefixes_that_name_nothing(owner: S3Signer) -> None:
    for query in ("continuation-token=zzz", "prefix=none", "prefix=%27%25_", "prefix=able/"):
        assert names(listing(owner, query)) == []
    assert names(listing(owner, "continuation-token=able%00")) == NAMES[1:]


@pytest.mark.parametrize("size", ["0", "-1", "10001", "1e3", "many", "%C2%B2"])
def test_sizes_that_are_none(owner: S3Signer, size: str) -> None:
    answer = owner.send("GET", "/", f"max-buckets={size}")
    error = s3_refusal(answer, "InvalidArgument", 400)
    assert error["ArgumentName"] == "max-buckets"


def test_a_filter_that_is_not_served_is_not_dropped(owner: S3Signer) -> None:
    s3_refusal(owner.send("GET", "/", "bucket-region=us-east-1"), "NotImplemented", 501)
    assert names(listing(owner, "bucket-region=")) == NAMES


def test_nobody_has_buckets(owner: S3Signer) -> None:
    s3_refusal(owner.anybody().send("GET", "/"), "AccessDenied", 403)
