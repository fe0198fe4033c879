"""What the site's key and the sessions of its role may do, and that it holds nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from examples.careers.http_visit import (
    Visit,
    VisitFailedError,
    expect_session_signed,
    expect_session_signs,
)
from examples.careers.running import BUCKET, Careers
from examples.careers.visitor import PREFIX
from pillarbox.cli.page_form import PageForm
from pillarbox.client.assumed_role import AssumedRole
from pillarbox.client.connection import Connection
from pillarbox.client.errors import RefusedError
from pillarbox.forms import Credentials, PostForm


@pytest.fixture(scope="module")
def key(careers: Careers) -> Credentials:
    """All that the site holds."""
    return Credentials(careers.role.access_key_id, careers.role.access_key_secret)


@pytest.fixture(scope="module")
def session(careers: Careers, key: Credentials) -> Iterator[AssumedRole]:
    with AssumedRole(careers.store.endpoint, careers.role.arn, "test", caller=key) as role:
        yield role


def refused(call: Callable[[], object]) -> bool:
    with pytest.raises(RefusedError) as refusal:
        call()
    return (refusal.value.status, refusal.value.code) == (403, "AccessDenied")


def test_forms_carry_a_session_s_token(careers: Careers, visit: Visit) -> None:
    expect_session_signs(careers.url)
    for form in (visit.forms()["straight"], visit.scripted_form()):
        fields = dict(form.fields)
        assert fields["OSSAccessKeyId"].startswith("STS.")
        assert len(fields["x-oss-security-token"]) > 100
        assert fields["key"].startswith(PREFIX)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("OSSAccessKeyId", "lasting"), ("x-oss-security-token", "token")],
        [("OSSAccessKeyId", "STS.a")],
    ],
)
def test_the_check_notices_another_key(fields: list[tuple[str, str]]) -> None:
    with pytest.raises(VisitFailedError, match="by no session"):
        expect_session_signed(PageForm("http://127.0.0.1:1", fields, "file"))


def test_the_site_s_key_may_only_assume_the_role(careers: Careers, key: Credentials) -> None:
    with Connection(careers.store.endpoint, key) as store:
        assert refused(lambda: store.send("GET", BUCKET, key=f"{PREFIX}a"))
        assert refused(lambda: store.send("PUT", BUCKET, key=f"{PREFIX}a"))
        assert refused(lambda: store.send("GET", BUCKET, {"prefix": PREFIX}))


def test_a_session_may_write_read_and_list_under_the_prefix(
    careers: Careers, session: AssumedRole
) -> None:
    with Connection(careers.store.endpoint, session) as store:
        store.send("PUT", BUCKET, key=f"{PREFIX}a")
        store.send("GET", BUCKET, key=f"{PREFIX}a")
        listed = store.send("GET", BUCKET, {"list-type": "2", "prefix": PREFIX})
        assert f"<Key>{PREFIX}a</Key>".encode() in listed.body


@pytest.mark.parametrize("elsewhere", ["a", "applications", "other/a", "Applications/a"])
def test_a_session_may_touch_no_other_key(
    careers: Careers, session: AssumedRole, elsewhere: str
) -> None:
    with Connection(careers.store.endpoint, session) as store:
        assert refused(lambda: store.send("PUT", BUCKET, key=elsewhere))
        assert refused(lambda: store.send("GET", BUCKET, key=elsewhere))


def test_a_session_may_do_nothing_else(careers: Careers, session: AssumedRole) -> None:
    with Connection(careers.store.endpoint, session) as store:
        store.send("PUT", BUCKET, key=f"{PREFIX}kept")
        assert refused(lambda: store.send("DELETE", BUCKET, key=f"{PREFIX}kept"))
        assert refused(lambda: store.send("PUT", BUCKET, {"acl": ""}, key=f"{PREFIX}kept"))
        assert refused(lambda: store.send("GET", BUCKET))
        assert refused(lambda: store.send("GET", BUCKET, {"prefix": ""}))
        assert refused(
            lambda: store.send("PUT", BUCKET, {"acl": ""}, headers={"x-oss-acl": "private"})
        )
        assert refused(lambda: store.send("GET", BUCKET, {"acl": ""}))
        assert refused(lambda: store.send("PUT", "another-bucket"))


def test_a_form_that_a_session_signs_for_another_key_is_refused(
    careers: Careers, session: AssumedRole
) -> None:
    for key, status in ((f"{PREFIX}form", 204), ("other/form", 403)):
        form = PostForm(endpoint=careers.store.endpoint, bucket=BUCKET, key=key, max_size=10)
        signed = form.sign_v1(session.credentials())
        answer = httpx.post(signed.action, data=dict(signed.fields), files={"file": b"x"})
        assert answer.status_code == status, answer.text


def test_the_site_s_process_never_had_the_root_key(careers: Careers) -> None:
    environment = Path(f"/proc/{careers.site_pid}/environ").read_bytes()
    assert careers.role.access_key_id.encode() in environment
    assert careers.store.access_key_id.encode() not in environment
    assert careers.store.secret.encode() not in environment
