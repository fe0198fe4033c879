"""What changes of identities and policies do to requests that run and to those that come next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from pillarbox.storage.identities import Identities
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.identities import Signer, allow, identities_of, new_role, new_user
from tests.wire.raw_http import head
from tests.wire.store_client import FORM_TYPE, StoreClient
from tests.wire.test_rights_at_commit import CONTENT, Stalled

_numbers = count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(tmp_path_factory.mktemp("identities"))
    yield client
    client.end()


@pytest.fixture(scope="module")
def door(store: StoreClient) -> Iterator[Identities]:
    with identities_of(store.server.data_dir) as opened:
        yield opened


@pytest.fixture(scope="module")
def owner(store: StoreClient) -> Signer:
    return Signer(store.port, KEY_ID, SECRET)


@pytest.fixture
def bucket(owner: Signer) -> str:
    name = f"changes-{next(_numbers)}"
    assert owner.send("PUT", f"/{name}").status == 200
    return name


@pytest.fixture
def account(door: Identities) -> str:
    return door.root_account_id()


def _put_policy(bucket: str) -> str:
    return allow("oss:PutObject", resource=f"acs:oss:*:*:{bucket}/*")


def _begun(store: StoreClient, signer: Signer, bucket: str, key: str) -> Stalled:
    """A form of `CONTENT` that was let in and lacks its last bytes."""
    body = signer.form({"key": key}, CONTENT)
    headers = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
    return Stalled(store, head(b"POST", f"/{bucket}".encode(), headers), body)


# --- a key rotated while uploads run -----------------------------------------------------------


def test_a_key_is_rotated_while_uploads_run(
    store: StoreClient, door: Identities, owner: Signer, account: str, bucket: str
) -> None:
    old = new_user(store.port, door, account, f"rotated-{bucket}", _put_policy(bucket))
    assert old.key_id is not None
    running = [_begun(store, old, bucket, f"running-{number}") for number in range(3)]

    key = door.rotate_key(old.key_id)
    new = Signer(store.port, key.id, key.secret)
    for number, signer in enumerate((old, new)):  # both sign until the old one is disabled
        assert signer.post(bucket, {"key": f"both-{number}"}).status == 204

    door.enable_key(old.key_id, enabled=False)
    for answer in (old.post(bucket, {"key": "late"}), old.send("PUT", f"/{bucket}/late")):
        assert (answer.status, answer.error["Code"]) == (403, "InvalidAccessKeyId")
        assert answer.error["EC"] == "0002-00000904"
    door.delete_key(old.key_id)
    answer = old.post(bucket, {"key": "late"})
    assert (answer.status, answer.error["Code"]) == (403, "InvalidAccessKeyId")

    assert [upload.finish().status for upload in running] == [204] * 3
    for number in range(3):
        assert owner.send("GET", f"/{bucket}/running-{number}").body == CONTENT
    assert owner.send("GET", f"/{bucket}/late").status == 404
    assert new.post(bucket, {"key": "after"}).status == 204


def test_nobody_who_takes_the_new_key_is_refused(
    store: StoreClient, door: Identities, account: str, bucket: str
) -> None:
    """Senders that upload without a pause, each form by the newest key."""
    newest = new_user(store.port, door, account, f"busy-{bucket}", _put_policy(bucket))
    signers, statuses = [newest], []
    done = threading.Event()

    def send(sender: int) -> None:
        for number in count():
            statuses.append(signers[-1].post(bucket, {"key": f"{sender}-{number}"}).status)
            if done.is_set():
                return

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        before = signers[-1]
        assert before.key_id is not None
        key = door.rotate_key(before.key_id)
        signers.append(Signer(store.port, key.id, key.secret))
    done.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {204}
    for signer in signers[:-1]:
        assert signer.key_id is not None
        door.delete_key(signer.key_id)
        assert signer.post(bucket, {"key": "late"}).status == 403
    assert signers[-1].post(bucket, {"key": "late"}).status == 204


# --- the very next request ------------------------------------------------------------------------

Change = Callable[[Identities, str, Signer, str], None]


def _disable_key(door: Identities, account: str, user: Signer, name: str) -> None:
    door.enable_key(user.key_id or "", enabled=False)


def _delete_key(door: Identities, account: str, user: Signer, name: str) -> None:
    door.delete_key(user.key_id or "")


def _delete_user(door: Identities, account: str, user: Signer, name: str) -> None:
    door.delete_user(account, name)


def _detach(door: Identities, account: str, user: Signer, name: str) -> None:
    door.detach(account, "user", name, "policy-0")


def _replace(door: Identities, account: str, user: Signer, name: str) -> None:
    door.attach(account, "user", name, "policy-0", allow("oss:GetObject"))


def _deny(door: Identities, account: str, user: Signer, name: str) -> None:
    door.attach(account, "user", name, "another", allow("oss:PutObject", Effect="Deny"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_disable_key, "InvalidAccessKeyId"),
        (_delete_key, "InvalidAccessKeyId"),
        (_delete_user, "InvalidAccessKeyId"),
        (_detach, "AccessDenied"),
        (_replace, "AccessDenied"),
        (_deny, "AccessDenied"),
    ],
)
def test_the_next_form_of_a_user_is_refused(
    store: StoreClient, door: Identities, account: str, bucket: str, change: Change, code: str
) -> None:
    name = f"user-{bucket}"
    user = new_user(store.port, door, account, name, _put_policy(bucket))
    assert [user.post(bucket, {"key": "a"}).status for _ in range(3)] == [204] * 3
    change(door, account, user, name)
    answer = user.post(bucket, {"key": "a"})
    assert (answer.status, answer.error["Code"]) == (403, code)


def test_the_next_request_of_a_disabled_account_is_refused(
    store: StoreClient, door: Identities, owner: Signer, bucket: str
) -> None:
    account = door.create_account("guests").id
    guest = new_user(store.port, door, account, "guest")
    role = new_role(door, account, "uploader", account)
    key = door.create_key(account, None)
    session = Signer(store.port, key.id, key.secret).assume(role)
    policy = allow("oss:PutObject", resource=f"acs:oss:*:*:{bucket}/*", Principal=account)
    assert owner.send("PUT", f"/{bucket}", "policy", body=policy.encode()).status == 200
    for signer in (guest, session):
        assert signer.post(bucket, {"key": "a"}).status == 204
    door.enable_account(account, enabled=False)
    for signer in (guest, session):
        answer = signer.post(bucket, {"key": "a"})
        assert (answer.status, answer.error["Code"]) == (403, "UserDisable")
    door.enable_account(account, enabled=True)
    assert guest.post(bucket, {"key": "a"}).status == 204
    assert owner.send("DELETE", f"/{bucket}", "policy").status == 204
    for signer in (guest, session):
        assert signer.post(bucket, {"key": "a"}).error["Code"] == "AccessDenied"


@pytest.mark.parametrize("names", ["account", "role", "everybody"])
@pytest.mark.parametrize("what", ["role", "account"])
def test_no_bucket_policy_lets_a_session_in_whose_role_is_gone(
    store: StoreClient, door: Identities, owner: Signer, bucket: str, names: str, what: str
) -> None:
    account = door.create_account("guests").id
    role = new_role(door, account, "uploader", account)
    key = door.create_key(account, None)
    session = Signer(store.port, key.id, key.secret).assume(role)
    principal = {"account": account, "role": f"{account}:role/uploader", "everybody": "*"}[names]
    policy = allow("oss:PutObject", resource=f"acs:oss:*:*:{bucket}/*", Principal=principal)
    assert owner.send("PUT", f"/{bucket}", "policy", body=policy.encode()).status == 200
    assert session.post(bucket, {"key": "a"}).status == 204
    assert session.send("PUT", f"/{bucket}/a", body=b"x").status == 200
    door.delete_role(account, "uploader")
    if what == "account":
        door.delete_key(key.id)
        door.delete_account(account)
    for answer in (
        session.post(bucket, {"key": "b"}),
        session.send("PUT", f"/{bucket}/b", body=b"x"),
        session.send("GET", f"/{bucket}/a"),
    ):
        assert (answer.status, answer.error["Code"]) == (403, "InvalidSecurityToken")
    assert owner.send("GET", f"/{bucket}/b").status == 404


def test_no_acl_lets_a_session_in_whose_role_is_gone(
    store: StoreClient, door: Identities, owner: Signer, bucket: str
) -> None:
    """Nor one of a disabled account, whose role went as well."""
    guests = door.create_account("guests").id
    role = new_role(door, guests, "uploader", guests)
    key = door.create_key(guests, None)
    session = Signer(store.port, key.id, key.secret).assume(role)
    acl = [(b"x-oss-acl", b"public-read-write")]
    assert owner.send("PUT", f"/{bucket}", "acl", acl).status == 200
    assert session.post(bucket, {"key": "a"}).status == 204
    door.enable_account(guests, enabled=False)
    assert session.post(bucket, {"key": "a"}).error["Code"] == "UserDisable"
    door.delete_role(guests, "uploader")
    assert session.post(bucket, {"key": "a"}).error["Code"] == "InvalidSecurityToken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("delete", "InvalidSecurityToken"),
        ("detach", "AccessDenied"),
        ("narrow", "AccessDenied"),
    ],
)
def test_the_next_form_of_a_session_is_refused(
    store: StoreClient,
    door: Identities,
    owner: Signer,
    account: str,
    bucket: str,
    change: str,
    code: str,
) -> None:
    name = f"role-{bucket}"
    arn = new_role(door, account, name, account, _put_policy(bucket))
    session = owner.assume(arn)
    assert [session.post(bucket, {"key": "a"}).status for _ in range(2)] == [204] * 2
    if change == "delete":
        door.delete_role(account, name)
    elif change == "detach":
        door.detach(account, "role", name, "policy-0")
    else:
        door.attach(account, "role", name, "policy-0", allow("oss:GetObject"))
    answer = session.post(bucket, {"key": "a"})
    assert (answer.status, answer.error["Code"]) == (403, code)


@pytest.mark.parametrize("as_session", [False, True])
def test_an_upload_whose_bucket_went_meanwhile_is_refused_by_its_commit(
    store: StoreClient,
    door: Identities,
    owner: Signer,
    account: str,
    bucket: str,
    as_session: bool,
) -> None:
    if as_session:
        arn = new_role(door, account, f"role-{bucket}", account, _put_policy(bucket))
        signer = owner.assume(arn)
    else:
        signer = new_user(store.port, door, account, f"user-{bucket}", _put_policy(bucket))
    upload = _begun(store, signer, bucket, "a")
    assert owner.send("DELETE", f"/{bucket}").status == 204
    assert owner.send("PUT", f"/{bucket}").status == 200  # another of this name is not the same
    answer = upload.finish()
    assert (answer.status, answer.error["Code"]) == (404, "NoSuchBucket")
    assert owner.send("GET", f"/{bucket}/a").status == 404
