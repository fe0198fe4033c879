"""Rights that are asked besides the plain ones: of an ACL, a source's page, an upload begun."""

from __future__ import annotations

import pytest

from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.identities import Signer, allow, identities_of, new_user
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
    upload_id = begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    query = f"uploadId={upload_id}"
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


RULES = (
    b"<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer>"
    b"<RefererList><Referer>http://www.example.com/</Referer></RefererList></RefererConfiguration>"
)


def test_a_copy_asks_the_referer_rules_of_its_source(caller: Caller, owner: Signer) -> None:
    source, target = caller.bucket("public-read"), caller.bucket("public-read-write")
    caller.put(source, "a", b"kept")
    assert owner.send("PUT", f"/{source}", "referer", body=RULES).status == 200
    anybody = Signer(owner.port)
    upload_id = (
        anybody.send("POST", f"/{target}/b", "uploads")
        .body.partition(b"<UploadId>")[2]
        .partition(b"<")[0]
        .decode()
    )
    copied = (b"x-oss-copy-source", f"/{source}/a".encode())
    page = (b"Referer", b"http://www.example.com/page")
    for query in ("", f"partNumber=1&uploadId={upload_id}"):
        answer = anybody.send("PUT", f"/{target}/b", query, [copied])
        assert answer.status == 403
        assert answer.error["Message"] == "You are denied by bucket referer policy."
        assert anybody.send("PUT", f"/{target}/b", query, [copied, page]).status == 200
        assert owner.send("PUT", f"/{target}/b", query, [copied]).status == 200
