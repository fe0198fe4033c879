"""Which actions there are: what the table of operations asks, and what OSS's pages list."""

from __future__ import annotations

import pytest

from pillarbox.access.ram.actions import ASSUME_ROLE, OSS_ACTIONS, is_known_action
from pillarbox.server.operations.table import OPERATIONS

ASKED = {action for operation in OPERATIONS for action, _ in operation.actions + operation.extras}


def test_whatever_is_asked_can_be_named() -> None:
    assert not ASKED - OSS_ACTIONS - {ASSUME_ROLE}


@pytest.mark.parametrize("name", sorted({operation.name for operation in OPERATIONS}))
def test_the_name_of_an_operation_is_one_only_if_it_is_asked(name: str) -> None:
    """So that no statement speaks of what nobody is ever asked for."""
    service = "sts" if name == "AssumeRole" else "oss"
    is_asked = f"{service}:{name}".lower() in {action.lower() for action in ASKED}
    assert is_known_action(f"{service}:{name}") is is_asked


@pytest.mark.parametrize(
    "name",
    # Of operations that aren't served; they ask PutObject, GetObject and GetBucketInventory.
    ["AppendObject", "PutSymlink", "GetSymlink", "SelectObject", "ListBucketInventory"],
)
def test_operations_that_ask_for_others(name: str) -> None:
    assert not is_known_action(f"oss:{name}")
    assert not is_known_action(f"oss:{name}*")


@pytest.mark.parametrize("name", ["GetObjectVersion", "PutBucketOverwriteConfig", "ProcessImm"])
def test_actions_of_operations_that_are_not_served(name: str) -> None:
    assert is_known_action(f"oss:{name}")
