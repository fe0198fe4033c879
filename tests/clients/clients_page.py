"""The settings that `docs/clients.md` tells users of S3 clients to write."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.s3_store import S3Store

_PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text("utf-8")

_EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```\n", _PAGE, re.S))


def example(name: str, store: S3Store) -> str:
    """An example of the page, with the endpoint and the AccessKey of this store."""
    text: str = _EXAMPLES[name]
    for shown, meant in (
        ("http://127.0.0.1:9000", store.url),
        ("files.example:9000", store.host.replace("127.0.0.1", "localhost")),
        ("127.0.0.1:9000", store.host),
        ("example-secret", store.key.access_key_secret),
        ("example-id", store.key.access_key_id),
    ):
        text = text.replace(shown, meant)
    return text


def write_settings(name: str, store: S3Store, home: Path) -> None:
    """Write an example to where its name says, `~` being `home`."""
    path = home / name.removeprefix("~/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example(name, store), "utf-8")
