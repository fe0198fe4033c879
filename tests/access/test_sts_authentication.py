"""Who calls STS: moments, nonces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pillarbox.access.assume_role import StsRefusal
from pillarbox.access.nonces import Nonces
from pillarbox.access.sts_authentication import authenticate_rpc
from pillarbox.signing import rpc
from pillarbox.storage.nonces import UsedNonces
from tests.access.keys import GOOD, SIGNERS

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def nonces(tmp_path: Path) -> Iterator[Nonces]:
    used = UsedNonces(tmp_path)
    yield Nonces(used)
    used.close()


def called_at(timestamp: str, nonces: Nonces, now: datetime = NOW, nonce: str = "n") -> str:
    """The AccessKey id of a call that was signed at `timestamp`."""
    call = {
        "AccessKeyId": GOOD.id,
        "SignatureMethod": rpc.METHOD,
        "SignatureVersion": rpc.VERSION,
        "SignatureNonce": nonce,
        "Timestamp": timestamp,
    }
    call["Signature"] = rpc.sign(GOOD.secret, rpc.string_to_sign("POST", call))
    caller = asyncio.run(authenticate_rpc("POST", call, SIGNERS, nonces, now))
    return caller.access_key_id or ""


@pytest.mark.parametrize(
    "timestamp",
    [
        "2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00.123Z",  # as ali-oss writes it
        "2029-12-31T23:45:00Z",
        "2030-01-01T00:15:00Z",
    ],
)
def test_takes_the_present(timestamp: str, nonces: Nonces) -> None:
    assert called_at(timestamp, nonces) == GOOD.id


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("2029-12-31T23:44:59Z", "InvalidTimeStamp.Expired"),
        ("2030-01-01T00:15:01Z", "InvalidTimeStamp.Expired"),
        ("", "InvalidTimeStamp.Format"),
        ("2030-01-01 00:00:00", "InvalidTimeStamp.Format"),
        ("2030-01-01T00:00:00+00:00", "InvalidTimeStamp.Format"),
        ("Tue, 01 Jan 2030 00:00:00 GMT", "InvalidTimeStamp.Format"),
    ],
)
def test_refuses_another_time(timestamp: str, code: str, nonces: Nonces) -> None:
    with pytest.raises(StsRefusal) as refused:
        called_at(timestamp, nonces)
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_a_nonce_is_remembered_as_long_as_its_time_may_hold(nonces: Nonces) -> None:
    """A time may be a quarter of an hour ahead, and is heard as long afterwards."""
    assert called_at("2030-01-01T00:15:00Z", nonces) == GOOD.id
    with pytest.raises(StsRefusal, match="SignatureNonceUsed"):
        called_at("2030-01-01T00:15:00Z", nonces, NOW + timedelta(minutes=30))
    with pytest.raises(StsRefusal, match=r"InvalidTimeStamp\.Expired"):
        called_at("2030-01-01T00:15:00Z", nonces, NOW + timedelta(minutes=30, seconds=1))


@pytest.mark.parametrize(("length", "code"), [(128, ""), (129, "InvalidParameter.SignatureNonce")])
def test_a_nonce_has_so_many_characters(length: int, code: str, nonces: Nonces) -> None:
    if not code:
        assert called_at("2030-01-01T00:00:00Z", nonces, nonce="n" * length) == GOOD.id
        return
    with pytest.raises(StsRefusal) as refused:
        called_at("2030-01-01T00:00:00Z", nonces, nonce="n" * length)
    assert (refused.value.code, refused.value.status) == (code, 400)
