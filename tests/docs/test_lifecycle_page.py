"""The examples and options of `docs/lifecycle.md`."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from pillarbox.model.acl import BucketAcl
from pillarbox.storage.preparation import ensure_bucket
from pillarbox.storage.store import Store
from tests.cli.here import CommandLine
from tests.docs.test_cli_page import options_of
from tests.storage.stores import OWNER, new_data_dir, put

PAGE = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text("utf-8")

_EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```sh\n(.*?)```\n\n```text\n(.*?)```", re.S)


def test_the_examples(tmp_path: Path) -> None:
    data_dir = new_data_dir(tmp_path)
    ensure_bucket(data_dir, "resumes", BucketAcl.PRIVATE, owner_id=OWNER, region="cn-hangzhou")

    async def fill() -> None:
        store = await Store.open(data_dir)
        try:
            bucket = await store.bucket("resumes")
            assert bucket is not None
            for key in (b"drafts/letter.txt", b"kept.txt"):
                await put(store, bucket, key, b"x")
        finally:
            await store.close()

    asyncio.run(fill())
    document = re.search(r"```xml\n(.*?)```", PAGE, re.S)
    assert document is not None
    rules = tmp_path / "rules.xml"
    rules.write_text(document[1])
    line = CommandLine(data_dir)
    examples = _EXAMPLE.findall(PAGE)
    assert [name for name, _, _ in examples] == ["set", "dry-run"]
    for _, commands, promised in examples:
        printed = ""
        for command in commands.splitlines():
            program, *words = command.replace("rules.xml", str(rules)).split()
            assert program == ".venv/bin/pillarbox"
            printed += line.done(*words)
        assert printed == promised


def test_the_options() -> None:
    listed = re.findall(r"^\| `(--[a-z-]+)` \|", PAGE, re.M)
    assert set(listed) == options_of("lifecycle")
