"""What all forms of a worker may hold together."""

from __future__ import annotations

import pytest

from pillarbox.server.field_memory import FieldMemory
from tests.refusing import refused

FULL = (
    "ServiceUnavailable",
    503,
    "The server is stopping or cannot take more at the moment. Please retry later.",
)


def test_forms_share_one_bound_and_give_back_what_they_held() -> None:
    memory = FieldMemory(limit=100)
    with memory.share() as first:
        first.arrive(b"x" * 60)
        with memory.share() as second:
            second.keep(40)
            assert memory.held == 100
            with refused(*FULL):
                second.arrive(b"x")
        assert memory.held == 60
    assert memory.held == 0


def test_the_file_is_not_counted() -> None:
    memory = FieldMemory(limit=10)
    with memory.share() as share:
        share.arrive(b"x" * 10)
        share.file_begins()
        share.arrive(b"x" * 1000)
        assert memory.held == 10


def test_a_form_that_fails_gives_back_too() -> None:
    memory = FieldMemory(limit=10)

    def fail() -> None:
        with memory.share() as share:
            share.keep(10)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert memory.held == 0
