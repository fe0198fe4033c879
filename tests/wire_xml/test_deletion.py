from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.s3_refusals import as_s3
from pillarbox.wire_xml.control_characters import read_document_with_controls
from pillarbox.wire_xml.deletion import (
    Deletion,
    DeletionOutcome,
    outcome_node,
    read_deletion,
)
from pillarbox.wire_xml.key_encoding import KeyEncoding
from pillarbox.wire_xml.tree import Node, is_xml_text, read_document, write_document
from tests.refusing import refused

ONE = b"<Object><Key>k</Key></Object>"


def deletion(inner: bytes) -> Deletion:
    return read_deletion(read_document(b"<Delete>" + inner + b"</Delete>"))


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (ONE, Deletion(("k",), versions=(None,), etags=(None,))),
        (
            b"<Quiet>true</Quiet>" + ONE,
            Deletion(("k",), quiet=True, versions=(None,), etags=(None,)),
        ),
        (ONE + b"<Quiet> False\n</Quiet>", Deletion(("k",), versions=(None,), etags=(None,))),
        (
            ONE * 2,
            Deletion(
                ("k", "k"),
                versions=(None, None),
                etags=(
                    None,
                    None,
                ),
            ),
        ),
        (b"<Object><Key> a\n</Key></Object>", Deletion((" a\n",), versions=(None,), etags=(None,))),
        (b"<Object><Key/></Object>", Deletion(("",), versions=(None,), etags=(None,))),
    ],
)
def test_what_is_asked_for(inner: bytes, expected: Deletion) -> None:
    assert deletion(inner) == expected


@pytest.mark.parametrize(
    "inner",
    [
        b"",
        b"<Quiet>true</Quiet>",
        b"<Quiet>perhaps</Quiet>" + ONE,
        b"<Quiet/>" + ONE,
        b"<Quiet>true</Quiet>" * 2 + ONE,
        b"<Other/>" + ONE,
        b"<Object><Key>k</Key><Key>l</Key></Object>",
        b"<Object><Key>k</Key><Other/></Object>",
    ],
)
def test_another_schema(inner: bytes) -> None:
    with refused("MalformedXML"):
        deletion(inner)


def test_a_thousand_keys_and_no_more() -> None:
    assert len(deletion(ONE * 1000).keys) == 1000
    with refused("MalformedXML"):
        deletion(ONE * 1001)


def test_an_object_without_a_key() -> None:
    with refused("MalformedXML", ec="0016-00000613"):
        deletion(ONE + b"<Object/>")


def test_a_version() -> None:
    named = deletion(b"<Object><Key>k</Key><VersionId>v</VersionId></Object>" + ONE)
    assert named == Deletion(
        ("k", "k"),
        versions=("v", None),
        etags=(
            None,
            None,
        ),
    )
    message = "Version id can not be the empty string."
    with refused("InvalidArgument", 400, message, ec="0016-00000612"):
        deletion(b"<Object><Key>k</Key><VersionId/></Object>")


def test_what_was_deleted() -> None:
    keys = ["é /".encode(), b"\x01"]
    outcomes = [DeletionOutcome(key) for key in keys]
    root = read_document(write_document(outcome_node(outcomes, KeyEncoding(), quiet=False)))
    assert [node.text for node in root.findall("Deleted/Key")] == ["é /", "\ufffd"]
    assert root.find("EncodingType") is None
    encoding = KeyEncoding(is_url=True)
    root = read_document(write_document(outcome_node(outcomes, encoding, quiet=False)))
    assert [node.text for node in root.findall("Deleted/Key")] == ["%C3%A9%20%2F", "%01"]
    assert root.findtext("EncodingType") == "url"


# --- S3 ------------------------------------------------------------------------------------------


def of_s3(inner: bytes) -> Deletion:
    return read_deletion(read_document(b"<Delete>" + inner + b"</Delete>"), S3)


def test_versions_of_s3_are_told_as_they_are() -> None:
    named = b"<Object><Key>a</Key><VersionId>%s</VersionId></Object>"
    found = of_s3(named % b"null" + named % b"3" + named % b"" + ONE)
    assert found == Deletion(
        ("a", "a", "a", "k"),
        versions=("null", "3", None, None),
        etags=(
            None,
            None,
            None,
            None,
        ),
    )


def test_an_etag_that_it_must_have() -> None:
    found = of_s3(b"<Object><Key>a</Key><ETag>&quot;x&quot;</ETag></Object>" + ONE)
    assert found == Deletion(("a", "k"), versions=(None, None), etags=('"x"', None))
    with refused("MalformedXML"):
        deletion(b"<Object><Key>a</Key><ETag>x</ETag></Object>")


@pytest.mark.parametrize("condition", ["LastModifiedTime", "Size"])
def test_a_condition_is_not_dropped(condition: str) -> None:
    inner = f"<Object><Key>k</Key><{condition}>1</{condition}></Object>".encode()
    with refused("NotImplemented", 501):
        of_s3(ONE + inner)
    with refused("MalformedXML"):
        deletion(inner)


@pytest.mark.parametrize(
    "inner",
    [
        b"",
        b"<Object><Key>k</Key><Key>l</Key></Object>",
        b"<Object><Key>k</Key><VersionId>1</VersionId><VersionId>2</VersionId></Object>",
        b"<Object><Key>k</Key><Other/></Object>",
        ONE + b"<Quiet>1</Quiet>",
        ONE * 1001,
    ],
)
def test_another_schema_than_s3_s(inner: bytes) -> None:
    with refused("MalformedXML"):
        of_s3(inner)


KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: is_xml_text(text) and "\r" not in text
)
VERSIONS = st.none() | st.sampled_from(["null", "3"])


@given(st.lists(st.tuples(KEYS, VERSIONS), min_size=1, max_size=20), st.booleans())
def test_what_is_written_is_read(keys: list[tuple[str, str | None]], quiet: bool) -> None:
    lines: list[Node] = [("Quiet", "true" if quiet else "false")]
    for key, version in keys:
        named: list[Node] = [("Key", key)]
        lines.append(("Object", [*named, ("VersionId", version)] if version else named))
    text = write_document(("Delete", lines))
    for read in (read_document, read_document_with_controls):
        found = read_deletion(read(text), S3)
        assert found.quiet is quiet
        assert list(zip(found.keys, found.versions, strict=True)) == keys


DENIED = as_s3(refusals.ACCESS_DENIED())
OUTCOMES = [
    DeletionOutcome(b"a/b", None),
    DeletionOutcome(b"c", "null"),
    DeletionOutcome(b"d", None, DENIED),
    DeletionOutcome(b"e", "3", DENIED),
]


@pytest.mark.parametrize("quiet", [False, True])
def test_what_became_of_each(quiet: bool) -> None:
    root = read_document(write_document(outcome_node(OUTCOMES, KeyEncoding(), quiet=quiet)))
    removed = [(one.findtext("Key"), one.findtext("VersionId")) for one in root.iter("Deleted")]
    assert removed == ([] if quiet else [("a/b", None), ("c", "null")])
    told = [
        (one.findtext("Key"), one.findtext("VersionId"), one.findtext("Code"), one[-1].text)
        for one in root.iter("Error")
    ]
    assert told == [
        ("d", None, "AccessDenied", "Access Denied"),
        ("e", "3", "AccessDenied", "Access Denied"),
    ]


def test_keys_of_outcomes_are_encoded_where_it_is_asked_for() -> None:
    encoding = KeyEncoding(is_url=True)
    root = read_document(
        write_document(outcome_node([DeletionOutcome(b"\x01 +")], encoding, quiet=False))
    )
    assert root.findtext("Deleted/Key") == "%01%20%2B"
    assert root.findtext("EncodingType") == "url"
