"""`pillarbox explain --request` tells which statement refused a form, and nothing secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pillarbox.forms.refused_form import RefusedForm
from pillarbox.storage.identities import Identities
from pillarbox.storage.layout import Layout
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.identities import Signer, allow, document, identities_of, new_role, new_user
from tests.wire.raw_http import RawAnswer
from tests.wire.store_client import StoreClient
from tests.wire.test_refused_forms import explain, id_of, kept, refusing_steps

BUCKET = "photos"
_UNDER = f"acs:oss:*:*:{BUCKET}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("store"), "--init-bucket", f"{BUCKET}:private")
    yield client
    client.end()


@pytest.fixture(scope="module")
def door(store: StoreClient) -> Iterator[Identities]:
    with identities_of(store.server.data_dir) as opened:
        yield opened


@pytest.fixture(scope="module")
def user(store: StoreClient, door: Identities) -> Signer:
    """Who may put, but nothing under `outgoing/`."""
    denial = {
        "Sid": "NothingOutgoing",
        "Effect": "Deny",
        "Action": "oss:*",
        "Resource": f"{_UNDER}/outgoing/*",
    }
    policies = (allow("oss:PutObject", resource=f"{_UNDER}/*"), document(denial))
    return new_user(store.port, door, door.root_account_id(), "webform", *policies)


@pytest.fixture(scope="module")
def session(store: StoreClient, door: Identities) -> Signer:
    """Which may put anything, narrowed to `incoming/`."""
    account = door.root_account_id()
    role = new_role(door, account, "uploader", account, allow("oss:*"))
    narrowed = allow("oss:PutObject", resource=f"{_UNDER}/incoming/*")
    return Signer(store.port, KEY_ID, SECRET).assume(role, narrowed)


def said(store: StoreClient, answer: RawAnswer, name: str) -> str:
    """What the one step that refused says; it is also told by the command."""
    found: RefusedForm = kept(store, answer)
    assert refusing_steps(found) == [name]
    (text,) = [step.text for step in found.report.steps if step.name == name]
    told = explain(store.server.data_dir, id_of(answer))
    assert told.returncode == 1
    assert text in " ".join(told.stdout.split())
    return text


def test_a_statement_of_a_user(store: StoreClient, user: Signer) -> None:
    assert user.post(BUCKET, {"key": "incoming/a"}).status == 204
    text = said(store, user.post(BUCKET, {"key": "outgoing/a"}), "rights")
    assert text.endswith(
        f"oss:PutObject on {BUCKET}/outgoing/a: denied by statement NothingOutgoing of "
        "'policy-1', a policy of the caller's own"
    )


def test_an_acl_that_nobody_allowed(store: StoreClient, user: Signer) -> None:
    answer = user.post(BUCKET, {"key": "incoming/a", "x-oss-object-acl": "public-read"})
    text = said(store, answer, "rights")
    assert text.endswith(f"oss:PutObjectAcl on {BUCKET}/incoming/a: denied by the bucket's ACL")


def test_a_statement_of_the_bucket(store: StoreClient, user: Signer) -> None:
    owner = Signer(store.port, KEY_ID, SECRET)
    policy = allow("oss:PutObject", resource=f"{_UNDER}/closed/*", Effect="Deny", Principal="*")
    assert owner.send("PUT", f"/{BUCKET}", "policy", body=policy.encode()).status == 200
    text = said(store, user.post(BUCKET, {"key": "closed/a"}), "rights")
    assert text.endswith("denied by statement number 1 of the bucket policy")


def test_a_session_that_was_narrowed(store: StoreClient, session: Signer) -> None:
    assert session.post(BUCKET, {"key": "incoming/a"}).status == 204
    answer = session.post(BUCKET, {"key": "outgoing/a"})
    text = said(store, answer, "rights")
    assert text.endswith("no statement of the session's policy allows it")
    steps = {step.name: step.text for step in kept(store, answer).report.steps}
    assert "right for the secret of STS." in steps["signature"]
    assert "only the store can tell" in steps["token"]


def test_a_token_that_is_none(store: StoreClient, session: Signer) -> None:
    assert session.token is not None
    forged = session.token[:-8] + "AAAAAAA="
    stranger = Signer(session.port, session.key_id, session.secret, forged)
    text = said(store, stranger.post(BUCKET, {"key": "incoming/a"}), "token")
    assert "The security token you provided is invalid." in text


def test_nothing_secret_is_kept(store: StoreClient, user: Signer, session: Signer) -> None:
    for signer in (user, session):
        note = {"x-oss-meta-note": f"{signer.secret} {signer.token}"}
        kept(store, signer.post(BUCKET, {"key": f"outgoing/{signer.secret}", **note}))
    root = Layout(store.server.data_dir).refused_forms
    text = "".join(path.read_text("utf-8") for path in root.rglob("*") if path.is_file())
    assert "outgoing/" in text
    for secret in (user.secret, session.secret, session.token, SECRET):
        assert secret is not None
        assert secret[:20] not in text
