from pillarbox.cli.table import table


def test_columns_are_as_wide_as_their_widest_text() -> None:
    assert table([("a", "b"), ("long", "c")]) == "a     b\nlong  c"


def test_no_text_forges_a_row_or_steers_a_terminal() -> None:
    assert table([("a\x1b[2J", "b\nc")]) == "a\\x1b[2J  b\\nc"
