from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.lifecycle import AfterDays, CreatedBefore, Lifecycle, LifecycleRule
from pillarbox.model.lifecycle_document import lifecycle_document, read_lifecycle_document
from tests.model.test_lifecycle_actions import RULES


@given(st.lists(RULES, max_size=3))
def test_what_is_written_is_read(rules: list[LifecycleRule]) -> None:
    lifecycle = Lifecycle(tuple(rules))
    assert read_lifecycle_document(lifecycle_document(lifecycle)) == lifecycle


def test_the_document() -> None:
    """What catalogs hold must stay readable."""
    rule = LifecycleRule("r", "a/", expiration=AfterDays(3), abort=CreatedBefore(86400000))
    assert lifecycle_document(Lifecycle((rule,))) == (
        '[{"id":"r","prefix":"a/","enabled":true,"expiration":{"days":3},'
        '"abort":{"created_before":86400000}}]'
    )
