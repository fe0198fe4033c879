"""Rights that are asked besides the plain ones: of an ACL, a source's page, an upload begun."""

from __future__ import annotations

import pytest

from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.identities import Signer, allow, identities_of, new_user
from tests.wire.raw_http import RawAnswer
from tests.wire.rest import Caller, bucket, caller

__all__ = ["bucket", "caller"]


@pytest.fixture
def owner(module_server: ServerProcess) -> Signer:
    return Signer(module_server.port, TEST_KEY.id, TEST_KEY.secret)


def test_an_acl_needs_a_right_of_its_own(
    module_server: ServerProcess, owner: Signer, bucket: str
) -> None:
    """PutBucket of a bucket that is there changes its ACL."""
    with identities_of(module_server.data_dir) as door:
        account = door.root_account_id()
        maker = new_user(owner.port, door, account, "maker", allow("oss:PutBucket"))
    public_acl = [(b"x-oss-acl", b"public-read-write")]
    for name in (bucket, f"{bucket}-new"):
        answer = maker.send("PUT", f"/{name}", headers=public_acl)
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert maker.send("PUT", f"/{name}").status == 200
    assert Signer(owner.port).send("PUT", f"/{bucket}/b").status == 403


def test_an_explicit_denial_binds_also_who_began_an_upload_in_parts(
    owner: Signer, bucket: str
) -> None:
    begun = owner.send("POST", f"/{bucket}/b", "uploads")
    query = f"uploadId={_upload_id(begun)}"
    assert owner.send("GET", f"/{bucket}/b", query).status == 200
    document = allow(
        "oss:ListParts",
        resource=f"acs:oss:*:*:{bucket}/*",
        Effect="Deny",
        Principal="*",
        Condition={"Bool": {"acs:SecureTransport": "false"}},  # so that it holds for the owner too
    ).encode()
    assert owner.send("PUT", f"/{bucket}", "policy", body=document).status == 200
    assert owner.send("GET", f"/{bucket}/b", query).status == 403
    assert owner.send("DELETE", f"/{bucket}/b", query).status == 204


@pytest.mark.parametrize(
    ("header", "action"),
    [
        ((b"x-oss-object-acl", b"public-read"), "oss:PutObjectAcl"),
        ((b"x-oss-tagging", b"a=b"), "oss:PutObjectTagging"),
    ],
)
def test_whoever_completes_an_upload_needs_the_right_to_its_acl_and_tags(
    module_server: ServerProcess,
    owner: Signer,
    bucket: str,
    header: tuple[bytes, bytes],
    action: str,
) -> None:
    """Another than who began it, or who has lost the right meanwhile."""
    name = f"completer-{bucket}-{action[-3:]}"
    with identities_of(module_server.data_dir) as door:
        account = door.root_account_id()
        completer = new_user(owner.port, door, account, name, allow("oss:PutObject"))
        begun = owner.send("POST", f"/{bucket}/b", "uploads", [header])
        query = f"uploadId={_upload_id(begun)}"
        assert owner.send("PUT", f"/{bucket}/b", f"partNumber=1&{query}", body=b"x").status == 200
        every_part = [(b"x-oss-complete-all", b"yes")]
        answer = completer.send("POST", f"/{bucket}/b", query, every_part)
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert owner.send("GET", f"/{bucket}/b").status == 404
        door.attach(account, "user", name, "extra", allow(action))
        assert completer.send("POST", f"/{bucket}/b", query, every_part).status == 200
    assert owner.send("GET", f"/{bucket}/b").body == b"x"


def _upload_id(begun: RawAnswer) -> str:
    return begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()


RULES = (
    b"<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer>"
    b"<RefererList><Referer>http://www.example.com/</Referer></RefererList></RefererConfiguration>"
)


def test_a_copy_asks_the_referer_rules_of_its_source(caller: Caller, owner: Signer) -> None:
    source, target = caller.bucket("public-read"), caller.bucket("public-read-write")
    caller.put(source, "a", b"kept")
    assert owner.send("PUT", f"/{source}", "referer", body=RULES).status == 200
    anybody = Signer(owner.port)
    upload_id = _upload_id(anybody.send("POST", f"/{target}/b", "uploads"))
    copied = (b"x-oss-copy-source", f"/{source}/a".encode())
    page = (b"Referer", b"http://www.example.com/page")
    for query in ("", f"partNumber=1&uploadId={upload_id}"):
        answer = anybody.send("PUT", f"/{target}/b", query, [copied])
        assert answer.status == 403
        assert answer.error["Message"] == "You are denied by bucket referer policy."
        assert anybody.send("PUT", f"/{target}/b", query, [copied, page]).status == 200
        assert owner.send("PUT", f"/{target}/b", query, [copied]).status == 200
