import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.refusals import Refusal
from pillarbox.server.ranges import resolve_range


@pytest.mark.parametrize(
    ("header", "part", "standard"),
    [
        (None, None, None),
        ("", None, None),
        ("bytes=0-4", (0, 5), (0, 5)),
        ("bytes=0-9", (0, 10), (0, 10)),
        ("bytes=9-9", (9, 1), (9, 1)),
        ("bytes=5-", (5, 5), (5, 5)),
        ("bytes=-3", (7, 3), (7, 3)),
        ("bytes=-10", (0, 10), (0, 10)),
        (" bytes=0-0 ", (0, 1), (0, 1)),
        ("bytes=0-10", None, (0, 10)),
        ("bytes=8-99", None, (8, 2)),
        ("bytes=-11", None, (0, 10)),
        ("bytes=10-", None, 416),
        ("bytes=10-11", None, 416),
        ("bytes=-0", None, 416),
        ("bytes=4-2", None, None),
        ("bytes=0-1,3-4", None, None),
        ("bytes=-", None, None),
        ("bytes=a-b", None, None),
        ("bytes=\u0661-", None, None),
        ("bytes=0-18446744073709551616", None, (0, 10)),
        ("bytes=18446744073709551616-", None, 416),
        ("bytes=0-" + "9" * 100, None, None),
        ("items=0-1", None, None),
        ("bytes 0-1", None, None),
    ],
)
def test_of_ten_bytes(
    header: str | None, part: tuple[int, int] | None, standard: tuple[int, int] | int | None
) -> None:
    assert resolve_range(header, 10, standard=False) == part
    if standard != 416:
        assert resolve_range(header, 10, standard=True) == standard
        return
    with pytest.raises(Refusal) as caught:
        resolve_range(header, 10, standard=True)
    assert (caught.value.code, caught.value.status) == ("InvalidRange", 416)
    assert caught.value.headers == {"Content-Range": "bytes */10"}


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_of_nothing(header: str) -> None:
    assert resolve_range(header, 0, standard=False) is None
    with pytest.raises(Refusal, match="InvalidRange"):
        resolve_range(header, 0, standard=True)


@given(
    st.text() | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}", fullmatch=True), st.integers(0, 99)
)
def test_a_part_lies_within_the_object(header: str, size: int) -> None:
    for standard in (True, False):
        try:
            part = resolve_range(header, size, standard=standard)
        except Refusal:
            assert standard
            continue
        if part is not None:
            first, length = part
            assert 0 <= first < first + length <= size
