import pytest

from pillarbox.model.bucket_tags import (
    check_bucket_tags,
    read_tags_document,
    tags_document,
    without_tags,
)
from pillarbox.model.refusals import Refusal


def test_as_many_and_as_long_as_may_be() -> None:
    pairs = [(f"{number:02}" + "ü" * 31, "ü" * 64) for number in range(20)]
    assert check_bucket_tags(pairs) == dict(pairs)
    assert check_bucket_tags([]) == {}
    assert check_bucket_tags([("a", "")]) == {"a": ""}


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([(str(number), "") for number in range(21)], "TooManyTags"),
        ([("a", "1"), ("a", "2")], "RepeatedTags"),
        ([("", "1")], "InvalidTaggingKey"),
        ([("ü" * 32 + "a", "")], "InvalidTaggingKey"),
        ([("a", "ü" * 64 + "a")], "InvalidTaggingKey"),
        ([("a\n", "")], "InvalidTaggingKey"),
        ([("a", "\x7f")], "InvalidTaggingKey"),
    ],
)
def test_what_no_bucket_takes(pairs: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        check_bucket_tags(pairs)


def test_the_document_and_what_is_left_of_it() -> None:
    text = tags_document({"a": "1", "ü": "2"})
    assert read_tags_document(text) == {"a": "1", "ü": "2"}
    assert read_tags_document(None) == {}
    left = without_tags(text, {"a", "none"})
    assert left is not None
    assert read_tags_document(left) == {"ü": "2"}
    assert without_tags(left, {"ü"}) is None
    assert without_tags(None, {"a"}) is None
