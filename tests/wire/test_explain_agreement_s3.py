"""`pillarbox explain` and the server give one answer to one S3 form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pillarbox.cli.form_source import read_source
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from tests.signing.vectors import SECRET
from tests.wire.s3_forms import BUCKET, full, policy, standard, v4
from tests.wire.store_client import FORM_TYPE, StoreClient, form

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "set", "add", "double"]),
        st.sampled_from(
            [
                "key",
                "policy",
                "signature",
                "AWSAccessKeyId",
                "x-amz-algorithm",
                "x-amz-credential",
                "x-amz-date",
                "x-amz-signature",
                "acl",
                "tagging",
                "x-amz-meta-a",
                "x-amz-storage-class",
                "redirect",
                "Content-Type",
                "x-amz-checksum-crc32",
                "x-amz-checksum-algorithm",
                "Content-MD5",
                "x-ignore-a",
                "bucket",
                "OSSAccessKeyId",
                "x-oss-object-acl",
                "x-amz-acl",
                "callback",
                "success_action_status",
                "x-amz-server-side-encryption",
            ]
        ),
        st.sampled_from(
            ["", "a", "foo${filename}", "/a", "public-read", "text/plain", "STANDARD_IA", "AES256"]
        ),
    ),
    max_size=3,
)
_OPEN = [["starts-with", f"${name}", ""] for name in ("tagging", "x-amz-meta-a", "Content-MD5")]


def edited(
    fields: list[tuple[str, str]], edits: list[tuple[str, str, str]]
) -> list[tuple[str, str]]:
    """The fields before the file."""
    for kind, name, value in edits:
        if kind == "set":
            fields = [(n, value if n == name else v) for n, v in fields]
        elif kind == "add":
            fields = [*fields, (name, value)]
        elif kind == "double":
            fields = [*fields, *(entry for entry in fields if entry[0] == name)]
        else:
            fields = [entry for entry in fields if entry[0] != name]
    return fields


@given(version=st.sampled_from(["v2", "v4"]), edits=EDITS, size=st.sampled_from([0, 3, 1025]))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_verdict(
    store: StoreClient, version: str, edits: list[tuple[str, str, str]], size: int
) -> None:
    conditions = [*standard(), *_OPEN]
    signed = full(policy(conditions))
    if version == "v4":
        rest = ("key", "acl", "Content-Type")
        signed = {**v4(conditions), **{name: signed[name] for name in rest}}
    fields = edited(list(signed.items()), edits)
    body = form(fields, b"x" * size)
    answer = store.post(BUCKET, body)
    head = f"POST /{BUCKET} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ".encode() + FORM_TYPE
    presented = read_source(head + b"\r\n\r\n" + body, None, None)
    assert isinstance(presented, PresentedForm)
    refusal = explain_form(presented, datetime.now(UTC), SECRET).answer
    said = ElementTree.fromstring(answer.body) if answer.status >= 400 else None
    code = None if said is None else said.findtext("Code")
    if code == "InvalidAccessKeyId":
        return  # explain can't know which keys there are
    if refusal is None and code == "AccessDenied":
        assert not presented.submitted().get("policy")
        return  # of a form that nobody signed explain says that it depends on the bucket
    if refusal is None:
        assert answer.status in (200, 201, 204, 303), answer.body
        return
    assert said is not None, refusal
    assert (refusal.status, refusal.code, refusal.message) == (
        answer.status,
        code,
        said.findtext("Message"),
    ), json.dumps(fields)
