"""What versions may be found follows from what was answered; all else is a flaw."""

from __future__ import annotations

import pytest

from pillarbox.model.versioning import NULL_VERSION, Versioning
from tests.crash.ledger import Content
from tests.crash.version_ledger import Removal, Stack, Version, VersionLedger, Write

ENABLED, SUSPENDED = Versioning.ENABLED, Versioning.SUSPENDED

A, B, C = (Content.of(data) for data in (b"a", b"b", b"c"))
V1, V2, MARKER = Version("1", A), Version("2", B), Version("3", None)
NULL_A, NULL_B = Version(NULL_VERSION, A), Version(NULL_VERSION, B)


@pytest.fixture
def ledger() -> VersionLedger:
    """Of a bucket that keeps versions; two of a key, and a delete marker."""
    ledger = VersionLedger()
    set_to(ledger, ENABLED)
    for version in (V1, V2, MARKER):
        written(ledger, version)
    return ledger


def set_to(ledger: VersionLedger, mode: Versioning) -> None:
    ledger.begin_switch(mode)
    ledger.end_switch(mode)


def written(ledger: VersionLedger, version: Version) -> None:
    assert version.id is not None
    ledger.begin("key", Write(version.content))
    ledger.end("key", version.id)


def removed(ledger: VersionLedger, version: Version) -> None:
    assert version.id is not None
    ledger.begin("key", Removal(version.id))
    ledger.end("key", version.id)


def flaws(ledger: VersionLedger, *found: Version) -> list[str]:
    return [str(flaw) for flaw in ledger.expectations()["key"].flaws("key", found)]


def losses(ledger: VersionLedger, *found: Version) -> list[bool]:
    return [flaw.is_loss for flaw in ledger.expectations()["key"].flaws("key", found)]


def is_one_of(ledger: VersionLedger, *stacks: Stack) -> bool:
    return all(flaws(ledger, *stack) == [] for stack in stacks)


def test_what_was_acknowledged_is_there_the_youngest_first(ledger: VersionLedger) -> None:
    assert flaws(ledger, MARKER, V2, V1) == []
    assert ledger.acknowledged == 3


def test_a_lost_version(ledger: VersionLedger) -> None:
    (flaw,) = flaws(ledger, MARKER, V2)
    assert flaw == f"the version {V1} of key is gone"
    assert losses(ledger, MARKER, V2) == [True]
    assert losses(ledger) == [False, True, True]


def test_a_lost_marker(ledger: VersionLedger) -> None:
    (flaw,) = flaws(ledger, V2, V1)
    assert flaw == "the version 3 (a delete marker) of key is gone"


def test_a_torn_content(ledger: VersionLedger) -> None:
    torn = Version("1", C)
    (flaw,) = flaws(ledger, MARKER, V2, torn)
    assert flaw == f"a version of key is {torn}, not {V1}"
    assert losses(ledger, MARKER, V2, torn) == [True]
    assert losses(ledger, MARKER, Version("2", None), V1) == [True]


def test_a_wrong_current_version(ledger: VersionLedger) -> None:
    (flaw,) = flaws(ledger, V2, MARKER, V1)
    assert flaw == f"the versions of key are {V2}, {MARKER}, {V1}, not {MARKER}, {V2}, {V1}"


def test_a_version_that_is_both_current_and_noncurrent(ledger: VersionLedger) -> None:
    (flaw,) = flaws(ledger, MARKER, MARKER, V2, V1)
    assert flaw.endswith("is there 2 times")


def test_a_version_that_came_back(ledger: VersionLedger) -> None:
    removed(ledger, V1)
    assert flaws(ledger, MARKER, V2) == []
    (flaw,) = flaws(ledger, MARKER, V2, V1)
    assert flaw == f"the version {V1} of key came back"


def test_a_version_that_nobody_sent(ledger: VersionLedger) -> None:
    (flaw,) = flaws(ledger, Version("4", C), MARKER, V2, V1)
    assert flaw.endswith("was never sent")


def test_a_write_without_an_answer_is_whole_or_not_at_all(ledger: VersionLedger) -> None:
    ledger.begin("key", Write(C))
    before = (MARKER, V2, V1)
    assert is_one_of(ledger, before, (Version("9", C), *before))
    assert flaws(ledger, Version("9", A), *before) != []
    assert flaws(ledger, Version("9", C), V2, V1) == [f"the version {MARKER} of key is gone"]
    assert flaws(ledger, MARKER, Version("9", C), V2, V1) != [], "not below the current one"
    assert flaws(ledger, Version(NULL_VERSION, C), *before) != [], "nobody let it rest"


def test_a_write_without_an_answer_takes_no_id_that_was_there_before(
    ledger: VersionLedger,
) -> None:
    removed(ledger, V2)
    ledger.begin("key", Write(B))
    assert flaws(ledger, V2, MARKER, V1) == [f"the version {V2} of key came back"]


def test_a_marker_without_an_answer(ledger: VersionLedger) -> None:
    ledger.begin("key", Write(None))
    before = (MARKER, V2, V1)
    assert is_one_of(ledger, before, (Version("9", None), *before))


def test_a_removal_without_an_answer_is_done_or_not(ledger: VersionLedger) -> None:
    ledger.begin("key", Removal("2"))
    assert is_one_of(ledger, (MARKER, V2, V1), (MARKER, V1))
    assert flaws(ledger, MARKER, V2) == [f"the version {V1} of key is gone"]
    assert flaws(ledger, MARKER, Version("2", C), V1) != []


def test_the_null_version_takes_the_place_of_the_one_before(ledger: VersionLedger) -> None:
    set_to(ledger, SUSPENDED)
    written(ledger, NULL_A)
    assert ledger.stack("key") == (NULL_A, MARKER, V2, V1)
    set_to(ledger, ENABLED)
    written(ledger, Version("4", C))
    set_to(ledger, SUSPENDED)
    ledger.begin("key", Write(B))
    before = (Version("4", C), NULL_A, MARKER, V2, V1)
    after = (NULL_B, Version("4", C), MARKER, V2, V1)
    assert is_one_of(ledger, before, after)
    assert flaws(ledger, NULL_B, *before) != [], "both null versions"
    assert flaws(ledger, Version("4", C), MARKER, V2, V1) != [], "neither"
    ledger.end("key", NULL_VERSION)
    assert is_one_of(ledger, after)
    assert flaws(ledger, *before) == [f"a version of key is {NULL_A}, not {NULL_B}"]


def test_while_it_is_switched_a_write_may_be_of_either_kind(ledger: VersionLedger) -> None:
    ledger.begin("key", Write(C))
    ledger.begin_switch(SUSPENDED)
    before = (MARKER, V2, V1)
    null = Version(NULL_VERSION, C)
    assert is_one_of(ledger, before, (null, *before), (Version("9", C), *before))
    assert ledger.modes == {ENABLED, SUSPENDED}


def test_an_id_that_can_not_be(ledger: VersionLedger) -> None:
    ledger.begin("key", Write(C))
    with pytest.raises(AssertionError, match="got null while"):
        ledger.end("key", NULL_VERSION)
    with pytest.raises(AssertionError, match="got 2 again"):
        ledger.end("key", "2")
    ledger.begin("key", Removal("2"))
    with pytest.raises(AssertionError, match="not 2"):
        ledger.end("key", "1")
    set_to(ledger, SUSPENDED)
    ledger.begin("key", Write(C))
    with pytest.raises(AssertionError, match="got 9 while"):
        ledger.end("key", "9")


def test_what_was_found_after_one_crash_must_be_there_after_the_next(
    ledger: VersionLedger,
) -> None:
    ledger.begin("key", Write(C))
    ledger.begin_switch(SUSPENDED)
    found = (Version("9", C), MARKER, V2, V1)
    ledger.settle({"key": found}, SUSPENDED)
    assert ledger.modes == {SUSPENDED}
    assert ledger.stack("key") == found
    assert flaws(ledger, *found) == []
    assert flaws(ledger, MARKER, V2, V1) == [f"the version {found[0]} of key is gone"]
    removed(ledger, found[0])
    assert flaws(ledger, *found) == [f"the version {found[0]} of key came back"]
