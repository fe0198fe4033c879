from __future__ import annotations

import pytest

from pillarbox.model.quotas import (
    NO_QUOTA,
    Quota,
    Usage,
    check_quota,
    quota_document,
    read_quota_document,
)
from pillarbox.model.refusals import Refusal


@pytest.mark.parametrize(
    ("quota", "used", "more", "fits"),
    [
        (NO_QUOTA, Usage(10, 10), Usage(10, 1), True),
        (Quota(bytes=10), Usage(5, 1), Usage(5, 1), True),
        (Quota(bytes=10), Usage(5, 1), Usage(6, 1), False),
        (Quota(bytes=0), Usage(), Usage(0, 1), True),
        (Quota(bytes=0), Usage(), Usage(1, 1), False),
        (Quota(objects=2), Usage(5, 1), Usage(500, 1), True),
        (Quota(objects=2), Usage(5, 2), Usage(0, 1), False),
        # One that was set lower than what is there lets nothing grow, and anything else happen.
        (Quota(bytes=10), Usage(20, 1), Usage(0, 0), True),
        (Quota(bytes=10), Usage(20, 1), Usage(-1, 0), True),
        (Quota(bytes=10), Usage(20, 1), Usage(1, 0), False),
        (Quota(objects=1), Usage(20, 3), Usage(5, 0), True),
    ],
)
def test_what_fits(quota: Quota, used: Usage, more: Usage, fits: bool) -> None:
    if fits:
        check_quota(quota, used, more, "Bucket")
        return
    with pytest.raises(Refusal) as caught:
        check_quota(quota, used, more, "Bucket")
    assert (caught.value.code, caught.value.status) == ("QuotaExceeded", 403)


def test_the_refusal_says_whose_quota_and_hints_at_the_figures() -> None:
    with pytest.raises(Refusal) as caught:
        check_quota(Quota(bytes=10), Usage(5, 1), Usage(6, 1), "Bucket")
    assert caught.value.message == "Bucket storage exceed max storage capacity."
    assert caught.value.details == {}
    assert "holds 5 of 10 bytes and this adds 6" in caught.value.hint
    assert "`pillarbox bucket-quota`" in caught.value.hint
    with pytest.raises(Refusal) as caught:
        check_quota(Quota(bytes=10), Usage(5, 1, 3), Usage.of_parts(6), "Bucket")
    assert "holds 5 of 10 bytes, 3 of them in parts of unfinished uploads," in caught.value.hint
    with pytest.raises(Refusal, match="Account objects exceed max object count") as caught:
        check_quota(Quota(objects=1), Usage(5, 1), Usage(6, 1), "Account")
    assert "`pillarbox account quota`" in caught.value.hint


@pytest.mark.parametrize("quota", [NO_QUOTA, Quota(1), Quota(objects=0), Quota(2**63 - 1, 7)])
def test_a_document_comes_back(quota: Quota) -> None:
    assert read_quota_document(quota_document(quota)) == quota


def test_no_document_is_no_quota() -> None:
    assert read_quota_document(None) == NO_QUOTA
    assert not NO_QUOTA.is_bound


@pytest.mark.parametrize("bound", [-1, 2**63])
def test_a_bound_can_be_counted(bound: int) -> None:
    with pytest.raises(ValueError, match="is not between 0 and"):
        Quota(bytes=bound)
    with pytest.raises(ValueError, match="is not between 0 and"):
        Quota(objects=bound)
