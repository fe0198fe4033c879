from __future__ import annotations

from pathlib import Path

import pytest

from pillarbox.client.address import Address
from pillarbox.client.copy_plan import Job, Place, Stream, plan_single

HERE = Path("dir/a.txt")
THERE = Address("photos", "x/a.txt")


@pytest.mark.parametrize(
    ("source", "target", "becomes"),
    [
        (HERE, Address("photos"), Address("photos", "a.txt")),
        (HERE, Address("photos", "y/"), Address("photos", "y/a.txt")),
        (HERE, Address("photos", "y"), Address("photos", "y")),
        (Stream(), THERE, THERE),
        (THERE, Stream(), Stream()),
        (THERE, Path("b"), Path("b")),
        (THERE, Address("other"), Address("other", "a.txt")),
        (THERE, Address("other", "z"), Address("other", "z")),
    ],
)
def test_single(source: Place, target: Place, becomes: Place) -> None:
    assert plan_single(source, target) == Job(source, becomes)


def test_into_a_directory(tmp_path: Path) -> None:
    assert plan_single(THERE, tmp_path).target == tmp_path / "a.txt"
    for key in ("x/..", "x/.", "x/"):
        with pytest.raises(ValueError, match="no file can be named"):
            plan_single(Address("photos", key), tmp_path)


def test_the_size_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    assert plan_single(tmp_path / "a", THERE).size == 3
