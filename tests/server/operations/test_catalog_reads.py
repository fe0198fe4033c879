"""What a form's access decision reads of the catalog: nothing, if nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pillarbox.forms import Credentials
from pillarbox.storage.catalog.readers import Readers
from pillarbox.storage.identities import Identities
from pillarbox.testing import running_store
from tests.server_process import TEST_KEY
from tests.wire.identities import Signer, allow, identities_of, new_role, new_user

BUCKET = "photos"
POLICY = allow("oss:PutObject", resource=f"acs:oss:*:*:{BUCKET}/incoming/*")
BUCKET_POLICY = allow(
    "oss:PutObject", resource=f"acs:oss:*:*:{BUCKET}/shared/*", Principal="*"
).encode()


@dataclass(frozen=True)
class Stage:
    door: Identities
    account: str
    owner: Signer
    user: Signer
    session: Signer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    data_dir: Path = tmp_path_factory.mktemp("reads")
    credentials = Credentials(TEST_KEY.id, TEST_KEY.secret)
    with (
        running_store(
            credentials=credentials, data_dir=data_dir, buckets={BUCKET: "private"}
        ) as store,
        identities_of(data_dir) as door,
    ):
        owner = Signer(store.port, TEST_KEY.id, TEST_KEY.secret)
        account = door.root_account_id()
        user = new_user(store.port, door, account, "webform", POLICY)
        role = new_role(door, account, "uploader", account, POLICY)
        assert owner.send("PUT", f"/{BUCKET}", "policy", body=BUCKET_POLICY).status == 200
        yield Stage(door, account, owner, user, owner.assume(role, POLICY))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each read of the catalog outside of the transaction that commits, by how it is read."""
    heard: list[str] = []

    def counted(name: str) -> Any:
        original = getattr(Readers, name)

        async def read(self: Readers, work: Any) -> Any:
            heard.append(name)
            return await original(self, work)

        return read

    for name in ("by_cursor", "by_cursor_in_transaction", "by_connection"):
        monkeypatch.setattr(Readers, name, counted(name))
    return heard


@pytest.mark.parametrize("who", ["owner", "user", "session"])
def test_a_form_reads_nothing_when_nothing_changed(
    stage: Stage, reads: list[str], who: str
) -> None:
    signer: Signer = getattr(stage, who)
    assert signer.post(BUCKET, {"key": "incoming/a"}).status == 204
    reads.clear()
    for key in ("incoming/a", "incoming/b"):
        assert signer.post(BUCKET, {"key": key}).status == 204
    assert reads == []


def test_a_change_of_anybody_is_read_once_by_the_next_form(stage: Stage, reads: list[str]) -> None:
    assert stage.user.post(BUCKET, {"key": "incoming/a"}).status == 204
    stage.door.create_user(stage.account, "somebody-else")
    reads.clear()
    for _ in range(3):
        assert stage.user.post(BUCKET, {"key": "incoming/a"}).status == 204
    assert reads == ["by_connection"] * 2  # the AccessKey with its policies, the bucket
    reads.clear()
    # Of a session the token tells all but the role.
    assert stage.session.post(BUCKET, {"key": "incoming/a"}).status == 204
    assert reads == ["by_connection"]


def test_nor_does_one_that_is_refused_or_that_the_bucket_policy_allows(
    stage: Stage, reads: list[str]
) -> None:
    anybody = Signer(stage.owner.port)
    assert anybody.post(BUCKET, {"key": "shared/a"}).status == 204
    assert stage.session.post(BUCKET, {"key": "outgoing/a"}).status == 403
    reads.clear()
    assert anybody.post(BUCKET, {"key": "shared/a"}).status == 204
    # The session's policy is silent on it, which no ACL can mend.
    assert stage.session.post(BUCKET, {"key": "outgoing/a"}).status == 403
    assert reads == []


def test_where_acls_decide_the_object_is_looked_up_once(stage: Stage, reads: list[str]) -> None:
    assert stage.user.post(BUCKET, {"key": "outgoing/a"}).status == 403
    reads.clear()
    assert stage.user.post(BUCKET, {"key": "outgoing/a"}).status == 403
    assert reads == ["by_cursor"]
