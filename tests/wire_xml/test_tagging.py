from __future__ import annotations

import pytest

from pillarbox.wire_xml.tagging import TAGGING, read_tags, tagging_node
from pillarbox.wire_xml.tree import local_name, read_document, write_document
from tests.refusing import refused


def tags_of(document: bytes) -> list[tuple[str, str]]:
    return read_tags(read_document(document))


def test_what_is_written_is_read() -> None:
    tags = {"a": " 1 ", "b": ""}
    root = read_document(write_document(tagging_node(tags)))
    assert local_name(root) == TAGGING
    assert read_tags(root) == list(tags.items())


def test_order_and_repetitions_are_kept() -> None:
    tag = b"<Tag><Value>1</Value><Key>k</Key></Tag>"
    assert tags_of(b"<Tagging><TagSet>" + tag * 2 + b"</TagSet></Tagging>") == [("k", "1")] * 2


@pytest.mark.parametrize("document", [b"<Tagging><TagSet/></Tagging>"])
def test_no_tags(document: bytes) -> None:
    assert tags_of(document) == []


@pytest.mark.parametrize(
    "inner",
    [
        b"",
        b"<TagSet/><TagSet/>",
        b"<Other/>",
        b"<TagSet><Other><Key>k</Key><Value/></Other></TagSet>",
        b"<TagSet><Tag/></TagSet>",
        b"<TagSet><Tag><Key>k</Key></Tag></TagSet>",
        b"<TagSet><Tag><Value>k</Value></Tag></TagSet>",
        b"<TagSet><Tag><Key>k</Key><Key>l</Key></Tag></TagSet>",
        b"<TagSet><Tag><Key>k</Key><Value/><Value/></Tag></TagSet>",
        b"<TagSet><Tag><Key>k</Key><Value/><More/></Tag></TagSet>",
    ],
)
def test_another_schema(inner: bytes) -> None:
    with refused("MalformedXML"):
        tags_of(b"<Tagging>" + inner + b"</Tagging>")
