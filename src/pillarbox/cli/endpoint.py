"""The endpoint of a store as a command line spells it."""


def endpoint_url(text: str) -> str:
    """The URL that `text` means: http where it names no scheme."""
    return text if "://" in text else f"http://{text}"
