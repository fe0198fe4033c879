"""Every operation asks the one decision what the table says, each question once.

One real request of each operation goes through a store in this process. A question counts once
however often it is decided: where ACLs decide, the object's is read and it is asked again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pillarbox.access import assume_role, inquiry
from pillarbox.access.decision import decide
from pillarbox.access.ram import Question, evaluate
from pillarbox.forms import Credentials
from pillarbox.model.dialects import OSS
from pillarbox.server.operations.actions import Action, Resource
from pillarbox.server.operations.never_configured import get_never_configured
from pillarbox.server.operations.operation import Level, Operation
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.testing import running_store
from tests.server_process import TEST_KEY
from tests.wire.documents import md5_header
from tests.wire.identities import Signer, allow, identities_of, new_role, new_user
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.s3_speaker import S3Speaker

_SOURCE = "source"
_KEY = "key"
_OTHER_KEY = "other"
_ALL = (b"x-oss-complete-all", b"yes")

_RESTORE = b"<RestoreRequest><Days>1</Days></RestoreRequest>"

SPOKEN = [operation for operation in OPERATIONS if OSS in operation.dialects]

_numbers = count()


@dataclass(frozen=True)
class Stage:
    """A store, who asks it, and the owner who prepares what is asked for."""

    owner: Signer
    caller: Signer
    role: str


@dataclass
class Questions:
    """What was asked since `clear`; questions are told apart as objects."""

    heard: dict[int, Question] = field(default_factory=dict)

    def hear(self, question: Question) -> None:
        self.heard[id(question)] = question

    def asked(self) -> Counter[tuple[str, Resource]]:
        return Counter((question.action, _resource(question)) for question in self.heard.values())


def _resource(question: Question) -> Resource:
    if question.role is not None:
        return Resource.ROLE
    if question.bucket is None:
        return Resource.SERVICE
    if question.key is None:
        return Resource.BUCKET
    if question.key == _SOURCE:
        return Resource.SOURCE
    assert question.key in (_KEY, _OTHER_KEY)
    return Resource.KEY


@pytest.fixture(scope="module", params=["account", "user"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with stage_of(tmp_path_factory.mktemp("questions")) as (owner, user, role):
        yield Stage(owner, owner if request.param == "account" else user, role)


@contextmanager
def stage_of(data_dir: Path) -> Iterator[tuple[Signer, Signer, str]]:
    """A running store's owner, a user who may do everything, and a role."""
    credentials = Credentials(TEST_KEY.id, TEST_KEY.secret)
    with (
        running_store(credentials=credentials, data_dir=data_dir) as store,
        identities_of(data_dir) as door,
    ):
        account = door.root_account_id()
        role = new_role(door, account, "uploader", account)
        everything = allow("oss:*", "sts:AssumeRole", resource="*")
        user = new_user(store.port, door, account, "webform", everything)
        yield Signer(store.port, TEST_KEY.id, TEST_KEY.secret), user, role


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> Questions:
    heard = Questions()

    def deciding(question: Question, grants: Any) -> Any:
        heard.hear(question)
        return decide(question, grants)

    def evaluating(policies: Any, question: Question) -> Any:
        heard.hear(question)
        return evaluate(policies, question)

    monkeypatch.setattr(inquiry, "decide", deciding)
    monkeypatch.setattr(assume_role, "evaluate", evaluating)
    return heard


# --- one request of each operation ---------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """How an operation is called, besides its verb and sub-resource."""

    query: str = ""
    headers: Headers = ()
    body: bytes = b""


def _upload(stage: Stage, bucket: str, headers: Headers = ()) -> str:
    """A new upload in parts that has one; its id."""
    answer = stage.caller.send("POST", f"/{bucket}/{_KEY}", "uploads", headers)
    found = re.search(rb"<UploadId>(.+)</UploadId>", answer.body)
    assert found is not None, answer.body
    upload_id = quote(found[1].decode(), safe="")
    query = f"partNumber=1&uploadId={upload_id}"
    assert stage.caller.send("PUT", f"/{bucket}/{_KEY}", query, body=b"part").status == 200
    return upload_id


_VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
_CORS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
    b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
)
_REFERER = (
    b"<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>"
    b"<RefererList/></RefererConfiguration>"
)
_LIFECYCLE = (
    b"<LifecycleConfiguration><Rule><Prefix>a</Prefix><Status>Enabled</Status><Expiration>"
    b"<Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
)
_TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
_KEYS = b"<Delete><Object><Key>key</Key></Object><Object><Key>other</Key></Object></Delete>"


def _copy(bucket: str) -> tuple[bytes, bytes]:
    return (b"x-oss-copy-source", f"/{bucket}/{_SOURCE}".encode())


def _policy(bucket: str) -> bytes:
    return allow("oss:GetObject", resource=f"acs:oss:*:*:{bucket}/*", Principal="*").encode()


_CALLS: Mapping[str, Callable[[Stage, str], Call]] = {
    "PutBucketAcl": lambda _, b: Call(headers=[(b"x-oss-acl", b"private")]),
    "PutBucketCors": lambda _, b: Call(body=_CORS),
    "PutBucketVersioning": lambda _, b: Call(body=_VERSIONING),
    "PutBucketLifecycle": lambda _, b: Call(body=_LIFECYCLE),
    "PutBucketTags": lambda _, b: Call(body=_TAGS),
    "PutBucketReferer": lambda _, b: Call(body=_REFERER),
    "PutBucketPolicy": lambda _, b: Call(body=_policy(b)),
    "ListObjectsV2": lambda _, b: Call("list-type=2"),
    "DeleteMultipleObjects": lambda _, b: Call(headers=[md5_header(_KEYS)], body=_KEYS),
    "PutObject": lambda _, b: Call(body=b"bytes"),
    "AppendObject": lambda _, b: Call("append&position=0", body=b"bytes"),
    "PutSymlink": lambda _, b: Call(headers=[(b"x-oss-symlink-target", b"source")]),
    "CopyObject": lambda _, b: Call(headers=[_copy(b)]),
    "PutObjectACL": lambda _, b: Call(headers=[(b"x-oss-object-acl", b"private")]),
    "PutObjectTagging": lambda _, b: Call(body=_TAGS),
    "RestoreObject": lambda _, b: Call(body=_RESTORE),
    "UploadPart": lambda s, b: Call(f"partNumber=2&uploadId={_upload(s, b)}", body=b"part"),
    "UploadPartCopy": lambda s, b: Call(
        f"partNumber=2&uploadId={_upload(s, b)}", headers=[_copy(b)]
    ),
    "AbortMultipartUpload": lambda s, b: Call(f"uploadId={_upload(s, b)}"),
    "ListParts": lambda s, b: Call(f"uploadId={_upload(s, b)}"),
}

_ACL_AND_TAGS = ((b"x-oss-object-acl", b"public-read"), (b"x-oss-tagging", b"a=b"))
_PREFLIGHT = ((b"Origin", b"http://a.example"), (b"Access-Control-Request-Method", b"PUT"))


def _prepared(stage: Stage, operation: Operation, *, tags: bool) -> str:
    """A bucket of the caller's account with what an operation needs; its name."""
    bucket = f"photos-{next(_numbers)}"
    if operation.name == "PutBucket" and not operation.header:
        return bucket
    headers = [(b"x-oss-tagging", b"a=b")] if tags else []
    if operation.name == "RestoreObject":
        name = b"GLACIER" if isinstance(stage.owner, S3Speaker) else b"ColdArchive"
        headers.append((b"x-oss-storage-class", name))
    assert stage.owner.send("PUT", f"/{bucket}").status == 200
    if operation.name == "DeleteBucket":
        return bucket
    # What is appended to begins as such.
    for key in (_SOURCE,) if operation.name == "AppendObject" else (_SOURCE, _KEY):
        assert stage.owner.send("PUT", f"/{bucket}/{key}", "", headers, b"bytes").status == 200
    if operation.name == "GetSymlink":
        link = [*headers, (b"x-oss-symlink-target", _SOURCE.encode())]
        assert stage.owner.send("PUT", f"/{bucket}/{_KEY}", "symlink", link).status == 200
    settings = (
        ("policy", _policy(bucket)),
        ("cors", _CORS),
        ("lifecycle", _LIFECYCLE),
        ("tagging", _TAGS),
    )
    for kind, body in settings:
        assert stage.owner.send("PUT", f"/{bucket}", kind, body=body).status in (200, 204)
    return bucket


def send(
    stage: Stage, operation: Operation, questions: Questions, extra: Headers, *, tags: bool
) -> RawAnswer:
    """The answer to one request of an operation; hears only what that asks."""
    bucket = _prepared(stage, operation, tags=tags)
    call = _CALLS[operation.name](stage, bucket) if operation.name in _CALLS else Call()
    if operation.name == "CompleteMultipartUpload":
        # The upload was begun with its ACL and tags.
        call = Call(f"uploadId={_upload(stage, bucket, extra)}", headers=[_ALL])
        extra = ()
    path = {
        Level.SERVICE: "/",
        Level.BUCKET: f"/{bucket}",
        Level.OBJECT: f"/{bucket}/{_KEY}",
        Level.OWN: f"/-/{operation.sub_resource}",
    }[operation.level]
    questions.heard.clear()
    if operation.name == "AssumeRole":
        in_query = operation.sub_resource == "Action"
        return stage.caller.call_sts(stage.role, method=operation.method, in_query=in_query)
    if operation.name == "PostObject":
        fields = {name.decode(): value.decode() for name, value in extra}
        return stage.caller.post(bucket, {"key": _KEY, **fields})
    if operation.name == "OptionObject":
        return Signer(stage.caller.port).send("OPTIONS", path, headers=_PREFLIGHT)
    query = "" if operation.level is Level.OWN else call.query or operation.sub_resource
    if query == "partNumber":
        query = "partNumber=1"
    return stage.caller.send(operation.method, path, query, [*call.headers, *extra], call.body)


def expected(operation: Operation, actions: tuple[Action, ...]) -> Counter[Action]:
    # A list of keys asks for each of them.
    times = 2 if operation.name == "DeleteMultipleObjects" else 1
    return Counter(dict.fromkeys(actions, times))


def extras_of(operation: Operation) -> Headers:
    """The headers for which an operation asks more."""
    if operation.name == "PutBucket":
        return [(b"x-oss-acl", b"public-read")]
    if operation.method in ("GET", "HEAD"):
        return ()
    # The tags of a copy are those of its source.
    return _ACL_AND_TAGS[:1] if operation.name == "CopyObject" else _ACL_AND_TAGS


def operation_id(operation: Operation) -> str:
    return f"{operation.method} {operation.name} {operation.sub_resource}"


@pytest.mark.parametrize("operation", SPOKEN, ids=operation_id)
def test_each_question_is_asked_once(
    stage: Stage, questions: Questions, operation: Operation
) -> None:
    answer = send(stage, operation, questions, (), tags=False)
    if operation.handler is get_never_configured:
        assert answer.status in (200, 404), answer.body
    else:
        assert answer.status < 300, answer.body
    assert questions.asked() == expected(operation, operation.actions)


@pytest.mark.parametrize("operation", [op for op in SPOKEN if op.extras], ids=operation_id)
def test_what_is_asked_besides(stage: Stage, questions: Questions, operation: Operation) -> None:
    answer = send(stage, operation, questions, extras_of(operation), tags=True)
    assert answer.status < 300, answer.body
    assert questions.asked() == expected(operation, operation.actions + operation.extras)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_reads_through_a_link_is_asked_of_both_keys(
    stage: Stage, questions: Questions, method: str
) -> None:
    (link,) = (operation for operation in OPERATIONS if operation.name == "GetSymlink")
    bucket = _prepared(stage, link, tags=False)
    questions.heard.clear()
    assert stage.caller.send(method, f"/{bucket}/{_KEY}").status == 200
    read = "oss:GetObject"
    assert questions.asked() == Counter([(read, Resource.KEY), (read, Resource.SOURCE)])


def test_a_bucket_made_anew_asks_for_the_acl_that_it_changes(
    stage: Stage, questions: Questions
) -> None:
    bucket = f"photos-{next(_numbers)}"
    for acl, asked in ((b"private", 1), (b"public-read", 2), (b"public-read", 1), (b"private", 2)):
        questions.heard.clear()
        answer = stage.caller.send("PUT", f"/{bucket}", headers=[(b"x-oss-acl", acl)])
        assert answer.status == 200
        assert len(questions.heard) == asked
