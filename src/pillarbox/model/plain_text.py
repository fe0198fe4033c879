"""Text that came from elsewhere, as a terminal or a line of a log may show it."""


def plain(text: str) -> str:
    """`text` without what ends a line, moves a terminal's cursor or turns the direction of text."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
