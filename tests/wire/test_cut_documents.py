"""Documents about buckets that are cut or altered on their way: refused, and nothing changed.

Those about objects are cut where the other tests of their operations are.
"""

from __future__ import annotations

import pytest

from tests.wire.documents import bad_documents, cut_bodies, md5_header
from tests.wire.rest import Caller, caller, new_name

__all__ = ["caller"]

CREATION = b"<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>"
RULE = b"<CORSRule><AllowedOrigin>%s</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
OLD_RULES = b"<CORSConfiguration>%s</CORSConfiguration>" % (RULE % b"https://old.example")
RULES = b"<CORSConfiguration>%s</CORSConfiguration>" % (RULE % b"https://new.example")


def test_a_bucket_is_not_made(caller: Caller) -> None:
    name = new_name()
    for answer in cut_bodies(caller, "PUT", f"/{name}", CREATION, f"/{name}/"):
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    wrong = [md5_header(b"other")]
    answer = caller.signed("PUT", f"/{name}", wrong, CREATION, resource=f"/{name}/")
    assert answer.error["Code"] == "InvalidDigest"
    assert caller.signed("GET", f"/{name}/").error["Code"] == "NoSuchBucket"


@pytest.fixture
def ruled(caller: Caller) -> str:
    """A bucket with CORS rules that no refused request may change."""
    name = caller.bucket()
    target = f"/{name}/?cors"
    assert caller.signed("PUT", f"/{name}/", [], OLD_RULES, "cors", target).status == 200
    return name


def rules(caller: Caller, bucket: str) -> bytes:
    return caller.signed("GET", f"/{bucket}/", query="cors", resource=f"/{bucket}/?cors").body


def test_cors_rules_that_are_cut_or_altered(caller: Caller, ruled: str) -> None:
    target = f"/{ruled}/?cors"
    for answer in cut_bodies(caller, "PUT", target, RULES, target):
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
    for wrong in (md5_header(b"other"), (b"Content-MD5", b"no base64")):
        answer = caller.signed("PUT", f"/{ruled}/", [wrong], RULES, "cors", target)
        assert (answer.status, answer.error["Code"]) == (400, "InvalidDigest")
    assert b"https://old.example" in rules(caller, ruled)


@pytest.mark.parametrize(
    ("name", "body"),
    list(bad_documents(RULES, b"CORSConfiguration", 16 * 1024)),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cors_rules_that_are_none(caller: Caller, ruled: str, name: str, body: bytes) -> None:
    answer = caller.signed("PUT", f"/{ruled}/", [], body, "cors", f"/{ruled}/?cors")
    assert (answer.status, answer.error["Code"]) == (400, "MalformedXML"), name
    assert b"root:" not in answer.body
    assert b"https://old.example" in rules(caller, ruled)
