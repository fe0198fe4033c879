from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pillarbox.storage.catalog import identities
from pillarbox.storage.control import Control, existing_account, existing_bucket
from pillarbox.storage.generation import Generation
from pillarbox.storage.layout import Layout


@pytest.fixture
def control(data_dir: Path) -> Iterator[Control]:
    with closing(Control(data_dir)) as opened:
        yield opened


@pytest.fixture
def generation(data_dir: Path) -> Iterator[Generation]:
    """The counter as another process sees it."""
    with closing(Generation(Layout(data_dir).generation)) as opened:
        yield opened


def test_a_change_is_noticed(control: Control, generation: Generation) -> None:
    before = generation.current()
    with control.changing() as connection:
        identities.add_account(connection, "7", "Fabrikam")
    assert generation.current() != before
    with control.reading() as connection:
        assert existing_account(connection, "7").display_name == "Fabrikam"


def test_a_change_that_fails_leaves_nothing(control: Control) -> None:
    def fail() -> None:
        with control.changing() as connection:
            identities.add_account(connection, "7", "Fabrikam")
            raise KeyError("7")

    with pytest.raises(KeyError):
        fail()
    with control.changing() as connection, pytest.raises(ValueError, match="no account '7'"):
        existing_account(connection, "7")


def test_reading_is_no_change(control: Control, generation: Generation) -> None:
    before = generation.current()
    with control.reading() as connection:
        assert existing_bucket(connection, "photos").name == "photos"
        with pytest.raises(ValueError, match="no bucket 'elsewhere'"):
            existing_bucket(connection, "elsewhere")
    assert generation.current() == before
