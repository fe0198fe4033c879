"""The settings and examples that `docs/clients.md` shows to users of S3 clients."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.s3_store import S3Store

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.S)
_EXAMPLES = {found[1]: found for found in _EXAMPLE.finditer(PAGE)}


def example(name: str, store: S3Store) -> str:
    """An example of the page, with the endpoint and the AccessKey of this store."""
    text = _EXAMPLES[name][2]
    for shown, meant in (
        ("http://127.0.0.1:9000", store.url),
        ("files.example:9000", store.host.replace("127.0.0.1", "localhost")),
        ("127.0.0.1:9000", store.host),
        ("example-secret", store.key.access_key_secret),
        ("example", store.key.access_key_id),
    ):
        text = text.replace(shown, meant)
    return text


def promised(name: str) -> str:
    """What the page says that an example prints."""
    return _EXAMPLES[name][3]


def write_example(name: str, store: S3Store, home: Path) -> None:
    """Write an example to where its name says, `~` being `home`."""
    path = home / name.removeprefix("~/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example(name, store), "utf-8")
