"""Text that came from elsewhere, as a terminal may show it."""


def plain(text: str) -> str:
    """`text` without what would move a terminal's cursor: all of it stays on its line."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
