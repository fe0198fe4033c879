from pillarbox.model.plain_text import plain


def test_what_moves_a_cursor_is_spelled_out() -> None:
    assert plain("é \x1b[2J\r\n\u2028") == "é \\x1b[2J\\r\\n\\u2028"
