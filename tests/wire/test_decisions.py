"""A sample of the decision table (`tests/access/decisions`) by requests to a real server.

What the table takes as given is made here: identities through the operator's door, sessions by
AssumeRole, ACLs and bucket policies by requests of the owner. A trusted proxy says where a request
came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from pillarbox.storage.identities import Identities
from tests.access import decision_table
from tests.access.decision_table import Row
from tests.access.ram import questions
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.identities import Signer, allow, new_user, served_identities, trust
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.s3_speaker import S3Speaker

_BUCKET = "photos"
_CORS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
    b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
)
_TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"

Send = Callable[[Signer, Row, Headers], RawAnswer]


def _object(method: str, query: str = "", body: bytes = b"", *own: tuple[bytes, bytes]) -> Send:
    def send(signer: Signer, row: Row, headers: Headers) -> RawAnswer:
        path = f"/{_BUCKET}/{row.question.key}"
        return signer.send(method, path, query, [*own, *headers], body)

    return send


def _bucket(method: str, query: str, body: bytes = b"") -> Send:
    def send(signer: Signer, row: Row, headers: Headers) -> RawAnswer:
        return signer.send(method, f"/{_BUCKET}", query, headers, body)

    return send


def _put(signer: Signer, row: Row, headers: Headers) -> RawAnswer:
    if row.question.context.form:
        return signer.post(_BUCKET, {"key": row.question.key or ""}, headers=headers)
    return _object("PUT", "", b"bytes")(signer, row, headers)


def _list(signer: Signer, row: Row, headers: Headers) -> RawAnswer:
    prefix = row.question.context.prefix
    query = "" if prefix is None else f"prefix={prefix}"
    return signer.send("GET", f"/{_BUCKET}", query, headers)


_POLICY = allow("oss:GetObject", resource=f"acs:oss:*:*:{_BUCKET}/*", Principal="*").encode()

_SENDS: Mapping[str, Send] = {
    "oss:GetObject": _object("GET"),
    "oss:PutObject": _put,
    "oss:DeleteObject": _object("DELETE"),
    "oss:GetObjectAcl": _object("GET", "acl"),
    "oss:PutObjectAcl": _object("PUT", "acl", b"", (b"x-oss-object-acl", b"private")),
    "oss:PutObjectTagging": _object("PUT", "tagging", _TAGS),
    "oss:ListObjects": _list,
    "oss:GetBucketInfo": _bucket("GET", "bucketInfo"),
    "oss:PutBucketCors": _bucket("PUT", "cors", _CORS),
    "oss:PutBucketPolicy": _bucket("PUT", "policy", _POLICY),
    # It has an object in it: who may delete it is told so.
    "oss:DeleteBucket": _bucket("DELETE", ""),
}


_HOLDERS = {"user": ("user", "webform"), "role": ("role", "uploader"), "guest": ("user", "guest")}


def _is_askable(row: Row) -> bool:
    """Whether a request can be such: no account has policies of its own, and the time is now."""
    if row.own and row.caller not in _HOLDERS:
        return False
    by_time = any("acs:CurrentTime" in text for text in (*row.own, row.bucket or ""))
    return row.question.action in _SENDS and not by_time and not row.grants.anonymous_list


def _sample() -> list[Row]:
    """One row of each kind: who asks, what decides, the verdict, and whether a policy is there."""
    found: dict[tuple[object, ...], Row] = {}
    for row in filter(_is_askable, decision_table.rows()):
        context = row.question.context
        kind = (row.caller, row.ground, row.is_allowed, context.secure, context.form, row.source)
        found.setdefault(kind, row)
    return list(found.values())


ROWS = _sample()


@dataclass(frozen=True)
class Stage:
    """A server with the identities of the table."""

    door: Identities
    owner: Signer
    signers: Mapping[str, Signer]
    account: str
    stranger: str

    def text(self, document: str) -> str:
        """A document of the table, with the numbers of this server's accounts."""
        return document.replace(questions.OWNER, self.account).replace(
            questions.STRANGER, self.stranger
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    options = ["--init-bucket", f"{_BUCKET}:private", "--trusted-proxy", "127.0.0.1"]
    with served_identities(tmp_path_factory.mktemp("decisions"), options) as (port, door):
        yield _stage(port, door)


def _stage(port: int, door: Identities) -> Stage:
    account = door.root_account_id()
    stranger = door.create_account("stranger").id
    door.put_role(account, "uploader", trust(account), 3600)
    key = door.create_key(stranger, None)
    owner = Signer(port, KEY_ID, SECRET)
    signers = {
        "anybody": Signer(port),
        "owner": owner,
        "user": new_user(port, door, account, "webform"),
        "stranger": Signer(port, key.id, key.secret),
        "guest": new_user(port, door, stranger, "guest"),
    }
    return Stage(door, owner, signers, account, stranger)


@pytest.fixture
def signer(stage: Stage, row: Row) -> Iterator[Signer]:
    """Who asks, with the policies of the row."""
    attached = []
    for number, text in enumerate(row.own):
        kind, name = _HOLDERS[row.caller]
        account = stage.stranger if row.caller == "guest" else stage.account
        holder = (account, kind, name, f"policy-{number}")
        stage.door.attach(*holder, stage.text(text))  # type: ignore[arg-type]
        attached.append(holder)
    if row.caller == "role":
        session = None if row.session is None else stage.text(row.session)
        yield stage.owner.assume(f"acs:ram::{stage.account}:role/uploader", session)
    else:
        yield stage.signers[row.caller]
    for holder in attached:
        stage.door.detach(*holder)  # type: ignore[arg-type]


def _arrange(stage: Stage, row: Row) -> None:
    """ACLs and bucket policy of the row; the policy last, for it may bind the owner too."""
    grants = row.grants
    answers = [stage.owner.send("DELETE", f"/{_BUCKET}", "policy")]
    acl = [(b"x-oss-acl", grants.bucket_acl.value.encode())]
    answers.append(stage.owner.send("PUT", f"/{_BUCKET}", "acl", acl))
    object_acl = [(b"x-oss-object-acl", grants.object_acl.value.encode())]
    key = row.question.key or "incoming/a"
    answers.append(stage.owner.send("PUT", f"/{_BUCKET}/{key}", "", object_acl, b"bytes"))
    if row.bucket is not None:
        policy = stage.text(row.bucket).encode()
        answers.append(stage.owner.send("PUT", f"/{_BUCKET}", "policy", body=policy))
    assert all(answer.status in (200, 204) for answer in answers), answers


def _origin(row: Row) -> Headers:
    context = row.question.context
    scheme = b"https" if context.secure else b"http"
    address = str(context.source_ip).encode()
    return [(b"X-Forwarded-For", address), (b"X-Forwarded-Proto", scheme)]


@pytest.mark.parametrize("row", ROWS, ids=[row.place for row in ROWS])
def test_the_same_verdict(stage: Stage, row: Row, signer: Signer) -> None:
    _arrange(stage, row)
    answer = _SENDS[row.question.action](signer, row, _origin(row))
    is_denied = answer.status == 403 and answer.error["Code"] == "AccessDenied"
    assert is_denied is not row.is_allowed, answer.body
    assert is_denied or answer.status in (200, 204, 409)


S3_ROWS = [row for row in ROWS if row.question.action != "oss:GetBucketInfo"]


@pytest.mark.parametrize("row", S3_ROWS, ids=[row.place for row in S3_ROWS])
def test_the_same_verdict_by_s3(stage: Stage, row: Row, signer: Signer) -> None:
    _arrange(stage, row)
    speaker = S3Speaker.of(signer)
    answer = _SENDS[row.question.action](speaker, row, _origin(row))
    is_denied = answer.status == 403 and answer.error["Code"] == "AccessDenied"
    assert is_denied is not row.is_allowed, answer.body
    assert is_denied or answer.status in (200, 204, 409)
    # A form that nobody signed is OSS's.
    spoken = speaker.key_id is not None or not row.question.context.form
    assert (answer.header("x-amz-request-id") is not None) is spoken


def test_the_sample_is_large_and_of_every_kind() -> None:
    rows = decision_table.rows()
    assert len(ROWS) >= 30
    assert len(S3_ROWS) >= 25
    assert {row.caller for row in ROWS} == {row.caller for row in rows}
    assert {(row.ground, row.is_allowed) for row in ROWS} == {
        (row.ground, row.is_allowed) for row in rows
    }
