"""What can't be is said before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from pillarbox.forms import Credentials
from pillarbox.model.acl import BucketAcl
from pillarbox.server.settings import InitBucket
from pillarbox.testing import running_store
from pillarbox.testing.store_settings import init_buckets, init_cors

BUCKETS = {"resumes": "private"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"buckets": {"Resumes": "private"}}, "'Resumes' in buckets is not a bucket name"),
        ({"buckets": {"resumes": "secret"}}, r"buckets\['resumes'\] is 'secret': give private, "),
        ({"buckets": {"resumes": ""}}, r"buckets\['resumes'\] is ''"),
        ({"buckets": {"resumes": "private:lax"}}, "with :strict behind it"),
        ({"buckets": {"resumes": "private:"}}, "with :strict behind it"),
        ({"cors": ["*"]}, "cors is for the buckets"),
        ({"buckets": BUCKETS, "cors": ["example.com"]}, "'example.com' in cors is not an origin"),
        ({"buckets": BUCKETS, "cors": "www"}, "'www' in cors is not an origin"),
        ({"region": "oss/cn"}, "the region 'oss/cn' is none"),
        ({"credentials": Credentials("a b", "secret")}, "the AccessKey id 'a b'"),
        ({"credentials": Credentials("id", "")}, "the AccessKey secret is empty"),
        ({"credentials": Credentials("id", "secret", "token")}, "has no security token"),
    ],
)
def test_what_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says), running_store(**options):
        pass


def test_buckets() -> None:
    assert init_buckets({"one": "private", "two": "public-read:strict"}) == (
        InitBucket("one", BucketAcl.PRIVATE),
        InitBucket("two", BucketAcl.PUBLIC_READ, strict_forms=True),
    )


def test_one_origin_or_several() -> None:
    assert init_cors("*", BUCKETS) == init_cors(["*"], BUCKETS)
    assert init_cors(["http://a.example"] * 2, BUCKETS) == init_cors(["http://a.example"], BUCKETS)
    assert init_cors([], BUCKETS) is None
