"""What an operator lets a policy allow at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    NO_CEILINGS,
    Ceilings,
    check_policy_ceilings,
    check_upload_size,
    encode_policy,
    read_policy,
    upload_ceiling,
    write_policy,
)
from pillarbox.policy.document import PostPolicy

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def policy(*conditions: list[object], lives: timedelta = timedelta(hours=1)) -> PostPolicy:
    return read_policy(
        encode_policy(write_policy(NOW + lives, [["starts-with", "$key", ""], *conditions]))
    )


def refusal_of(found: PostPolicy, ceilings: Ceilings) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check_policy_ceilings(found, ceilings, NOW)
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)
    return caught.value


def test_without_ceilings_any_policy_passes() -> None:
    assert not NO_CEILINGS.is_bound
    check_policy_ceilings(policy(lives=timedelta(days=9999)), NO_CEILINGS, NOW)


def test_a_lifetime() -> None:
    ceilings = Ceilings(lifetime=timedelta(hours=1))
    check_policy_ceilings(policy(), ceilings, NOW)
    refusal = refusal_of(policy(lives=timedelta(hours=1, seconds=1)), ceilings)
    assert refusal.message.endswith("Policy lives longer than this store allows.")
    assert refusal.details == {
        "Expected": "an expiration within 3600 seconds",
        "Received": "one in 3601 seconds",
    }
    assert "this store takes 1 hour: sign one shortly before" in refusal.hint


@pytest.mark.parametrize(
    ("ranges", "received"),
    [
        ([], "none"),
        ([["content-length-range", 0, 101]], "one up to 101 bytes"),
        ([["content-length-range", 0, 100]], None),
        ([["content-length-range", 5, 1000], ["content-length-range", 0, 100]], None),
    ],
)
def test_a_size(ranges: list[list[object]], received: str | None) -> None:
    ceilings = Ceilings(size=100)
    if received is None:
        check_policy_ceilings(policy(*ranges), ceilings, NOW)
        return
    refusal = refusal_of(policy(*ranges), ceilings)
    assert refusal.message.endswith("Policy allows larger files than this store takes.")
    assert refusal.details["Received"] == received
    assert '["content-length-range", 1, 100]' in refusal.hint


@pytest.mark.parametrize(
    ("ceilings", "most", "allowed"),
    [
        (NO_CEILINGS, MAX_FILE_SIZE, MAX_FILE_SIZE),
        (Ceilings(size=100), MAX_FILE_SIZE, 100),
        (Ceilings(size=2 * MAX_FILE_SIZE), MAX_FILE_SIZE, MAX_FILE_SIZE),
        (Ceilings(size=2 * MAX_FILE_SIZE), 3 * MAX_FILE_SIZE, 2 * MAX_FILE_SIZE),
    ],
)
def test_an_upload(ceilings: Ceilings, most: int, allowed: int) -> None:
    assert upload_ceiling(ceilings, most) == allowed
    check_upload_size(allowed, ceilings, most)
    with pytest.raises(Refusal, match="EntityTooLarge") as caught:
        check_upload_size(allowed + 1, ceilings, most)
    assert caught.value.details["MaxSizeAllowed"] == str(allowed)
