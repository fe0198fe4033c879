"""`pillarbox explain` and the server give one answer to one form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pillarbox.cli.form_source import read_source
from pillarbox.forms import Credentials, PostForm, SignedForm
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.store_rules import StoreRules
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.store_client import FORM_TYPE, StoreClient, form

pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.DoubtfulForm")

_BUCKETS = ("lenient", "strict")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    options = ["--init-bucket", "lenient:private", "--init-bucket", "strict:private:strict"]
    client = StoreClient(tmp_path_factory.mktemp("store"), *options)
    try:
        yield client
    finally:
        client.end()


def signed(bucket: str, version: str) -> SignedForm:
    unsigned = PostForm(
        endpoint="http://127.0.0.1:9000",
        bucket=bucket,
        key="a/${filename}",
        min_size=2,
        max_size=8,
        content_types=("text/plain", "application/pdf"),
        success_status=201,
        metadata={"team": "a"},
        conditions=[["not-in", "$cache-control", ["no-cache"]]],
    )
    credentials = Credentials(KEY_ID, SECRET)
    if version == "v1":
        return unsigned.sign_v1(credentials)
    return unsigned.sign_v4(credentials, "cn-hangzhou")


NAMES = (
    "key",
    "KEY",
    "policy",
    "Signature",
    "OSSAccessKeyId",
    "x-oss-signature-version",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-signature",
    "x-oss-object-acl",
    "x-oss-meta-team",
    "x-oss-meta-",
    "x-oss-content-type",
    "x-oss-storage-class",
    "x-oss-tagging",
    "x-oss-server-side-encryption",
    "x-oss-security-token",
    "x-oss-forbid-overwrite",
    "x-amz-date",
    "callback",
    "Cache-Control",
    "Content-Type",
    "success_action_status",
    "success_action_redirect",
    "x:var",
    "other",
)
VALUES = ("", "a", "a/b", "/a", "public-read", "text/plain", "no-cache", "IA", "a=b", "e30=", "x\n")

#: What becomes of a form: a field is left out, changed, added, doubled, or moved behind the file.
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "set", "add", "double", "late"]),
        st.sampled_from(NAMES),
        st.sampled_from(VALUES),
    ),
    max_size=3,
)


def edited(
    fields: list[tuple[str, str]], edits: list[tuple[str, str, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The fields before the file, and those behind it."""
    late: list[tuple[str, str]] = []
    for kind, name, value in edits:
        there = [entry for entry in fields if entry[0] == name]
        if kind == "set":
            fields = [(n, value if n == name else v) for n, v in fields]
        elif kind == "add":
            fields = [*fields, (name, value)]
        elif kind == "double":
            fields = [*fields, *there]
        else:
            fields = [entry for entry in fields if entry[0] != name]
            late += there if kind == "late" else []
    return fields, late


def unsigned(fields: list[tuple[str, str]]) -> bool:
    """Whether nothing in front of the file signs."""
    signing = ("policy", "Signature", "OSSAccessKeyId", "x-oss-signature")
    return not any(value for name, value in fields if name in signing)


@given(
    bucket=st.sampled_from(_BUCKETS),
    version=st.sampled_from(["v1", "v4"]),
    edits=EDITS,
    content=st.sampled_from([b"", b"1", b"12", b"12345678", b"123456789"]),
    part_type=st.sampled_from([None, "text/plain", "text/html"]),
    cut=st.sampled_from([0, 0, 0, 1, 4]),
)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_answer(
    store: StoreClient,
    bucket: str,
    version: str,
    edits: list[tuple[str, str, str]],
    content: bytes,
    part_type: str | None,
    cut: int,
) -> None:
    fields, late = edited(list(signed(bucket, version).fields.items()), edits)
    body = form(fields, content, part_type=part_type, late=late)
    body = body[: len(body) - cut]
    answer = store.post(bucket, body)
    head = f"POST /{bucket} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ".encode() + FORM_TYPE
    capture = head + b"\r\n\r\n" + body
    presented = read_source(capture, None, None)
    assert isinstance(presented, PresentedForm)
    now = datetime.now(UTC)
    rules = StoreRules(strict_forms=bucket == "strict")
    refusal = explain_form(presented, now, SECRET, rules).refusal
    said = ElementTree.fromstring(answer.body) if answer.status >= 400 else None
    code = None if said is None else said.findtext("Code")
    if code == "InvalidAccessKeyId" and "OSSAccessKeyId" in [name for _, name, _ in edits]:
        return  # explain can't know which keys there are
    if code == "InvalidSecurityToken":
        return  # nor whose tokens they are
    if refusal is None and code == "AccessDenied" and unsigned(fields):
        return  # explain says that it depends on the bucket
    if refusal is None:
        assert answer.status in (200, 201, 204, 303), answer.body
    else:
        assert said is not None, refusal
        assert (refusal.status, refusal.code, refusal.message, refusal.ec) == (
            answer.status,
            said.findtext("Code"),
            said.findtext("Message"),
            said.findtext("EC"),
        ), json.dumps(fields)
