"""Properties of the form reader; single bodies stand in the table of `tests/bodies`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from multipart import PushMultipartParser

from pillarbox.forms.fields import FilePart
from pillarbox.model.limits import MAX_TRAILER_SIZE
from pillarbox.model.refusals import Refusal
from pillarbox.server.form_reader import (
    Event,
    FileEnd,
    FormField,
    FormReader,
    TrailingField,
    boundary_of,
)
from tests.bodies.cases import CASES
from tests.bodies.reading import read_form
from tests.refusing import refused

BOUNDARY = b"xYzZY"

#: Bytes that mean something to a parser, and some that don't.
FRAGMENTS = st.sampled_from(
    [
        b"\r\n",
        b"\r",
        b"\n",
        b"-",
        b"--",
        b"--xYzZY",
        b"--xYzZY\r\n",
        b"--xYzZY--",
        b"xYzZY",
        b"Content-Disposition: form-data; name=",
        b'"file"',
        b'"key"',
        b"a",
        b"\r\n\r\n",
        b"\x00",
        b"\xff",
        b": ",
        b";",
        b" ",
    ]
)
CONTENTS = st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS, max_size=8).map(b"".join)).filter(
    lambda content: b"\r\n--xYzZY" not in b"\r\n" + content
)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters='"\\%'),
    min_size=1,
    max_size=20,
).filter(lambda name: name.lower() != "file")


def cuts(body: bytes) -> st.SearchStrategy[list[bytes]]:
    """Ways to cut a body into pieces."""
    places = st.lists(st.integers(0, len(body)), max_size=12).map(sorted)
    return places.map(lambda at: [body[a:b] for a, b in pairwise([0, *at, len(body)])])


def events(pieces: Iterable[bytes]) -> list[Event]:
    """What a whole body says; pieces of the file are joined."""
    reader = FormReader(BOUNDARY)
    found: list[Event] = []
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
                found[-1] += event
            else:
                found.append(event)
    reader.close()
    return found


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    parameter = b"" if filename is None else b'; filename="%s"' % filename.encode()
    head = b'Content-Disposition: form-data; name="%s"' % name.encode()
    return b"--" + BOUNDARY + b"\r\n" + head + parameter + b"\r\n\r\n" + content + b"\r\n"


def test_what_a_form_says() -> None:
    body = part("key", b"k") + part("file", b"bytes", "/home/a.txt") + part("submit", b"Go")
    assert events([body + b"--xYzZY--\r\n"]) == [
        FormField("key", "k"),
        FilePart("a.txt", None),
        b"bytes",
        FileEnd(),
        TrailingField("submit"),
    ]


@given(st.data())
def test_every_form_reads_back_however_it_is_cut(data: st.DataObject) -> None:
    fields = data.draw(
        st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8"))), max_size=6)
    )
    fields = [(n, v) for n, v in fields if b"\r\n--xYzZY" not in b"\r\n" + v.encode()]
    content = data.draw(CONTENTS)
    body = b"".join(part(name, value.encode()) for name, value in fields)
    body += part("file", content, "f") + b"--xYzZY--"
    read = events(data.draw(cuts(body)))
    expected: list[Event] = [FormField(*item) for item in fields]
    expected += [FilePart("f", None), *([content] if content else []), FileEnd()]
    assert read == expected


@given(st.data())
def test_any_bytes_mean_the_same_however_they_are_cut(data: st.DataObject) -> None:
    middle = b"".join(data.draw(st.lists(FRAGMENTS, max_size=14)))
    body = part("key", b"k") + middle + part("file", b"bytes") + b"--xYzZY--"
    content_type = b"multipart/form-data; boundary=xYzZY"
    whole = read_form(content_type, [body])
    assert read_form(content_type, data.draw(cuts(body))) == whole
    assert read_form(content_type, [bytes([byte]) for byte in body]) == whole


@given(st.data())
def test_damage_means_the_same_however_it_is_cut(data: st.DataObject) -> None:
    body = bytearray(part("key", b"k") + part("file", b"by\r\ntes", "f") + b"--xYzZY--\r\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(FRAGMENTS | st.binary(max_size=2))
    content_type = b"multipart/form-data; boundary=xYzZY"
    whole = read_form(content_type, [bytes(body)])
    assert read_form(content_type, data.draw(cuts(bytes(body)))) == whole


@given(st.lists(st.tuples(NAMES, CONTENTS), max_size=5), CONTENTS)
def test_another_parser_finds_the_same_parts(
    fields: list[tuple[str, bytes]], content: bytes
) -> None:
    """Where the library that others use accepts a plain form, it reads what we read."""
    body = b"".join(part(name, value) for name, value in fields)
    body += part("file", content, "f") + b"--xYzZY--\r\n"
    theirs: list[tuple[str | None, bytes]] = []
    parser = PushMultipartParser(BOUNDARY)
    for item in parser.parse(body):
        if isinstance(item, bytes):
            theirs[-1] = (theirs[-1][0], theirs[-1][1] + item)
        elif item is not None:
            theirs.append((item.name, b""))
    try:
        read = events([body])
    except Refusal as refusal:
        assert refusal.message == "The fields of a form must be UTF-8."  # noqa: PT017
        return
    ours = [(e.name, e.value.encode()) for e in read if isinstance(e, FormField)]
    ours.append(("file", b"".join(e for e in read if isinstance(e, bytes))))
    assert ours == theirs


@given(st.binary(max_size=300))
@example(b"--xYzZY--")
def test_any_bytes_are_a_form_or_a_refusal(body: bytes) -> None:
    try:
        events([body])
    except Refusal as refusal:
        assert refusal.status == 400  # noqa: PT017


def test_the_trailer_is_counted_while_it_comes() -> None:
    """Its bound ends an endless body, it does not wait for the end."""
    reader = FormReader(BOUNDARY)
    list(reader.feed(part("file", b"x") + b"--xYzZY--"))
    with refused("MalformedPOSTRequest"):
        for _ in range(2 * MAX_TRAILER_SIZE // 65536):
            list(reader.feed(b"\r\n" * 32768))


def test_the_reason_is_for_the_log_alone() -> None:
    reader = FormReader(BOUNDARY)
    with pytest.raises(Refusal) as caught:
        reader.close()
    assert caught.value.hint == "the body ends before the closing delimiter"
    assert caught.value.hint not in caught.value.message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_boundaries_of_the_table(case: object) -> None:
    content_type = getattr(case, "content_type", None)
    verdict = getattr(case, "verdict", None)
    if getattr(verdict, "code", "") == "RequestIsNotMultiPartContent":
        message = "Bucket POST must be of the enclosure-type multipart/form-data."
        with refused("RequestIsNotMultiPartContent", 400, message):
            boundary_of(content_type)
    else:
        assert boundary_of(content_type)


@settings(max_examples=50)
@given(st.binary(max_size=100))
def test_any_content_type_is_a_boundary_or_a_refusal(tail: bytes) -> None:
    try:
        boundary = boundary_of(b"multipart/form-data; " + tail)
    except Refusal as refusal:
        assert refusal.code == "RequestIsNotMultiPartContent"  # noqa: PT017
        return
    assert 1 <= len(boundary) <= 200
    assert boundary.isascii()


def test_a_long_content_type_ends() -> None:
    """CVE-2024-24762: an expression that tries again and again would not come to its end here."""
    for text in (b"; a=" * 25_000, b";" * 100_000, b" " * 100_000, b'; a="' + b"\\" * 100_000):
        with refused("RequestIsNotMultiPartContent"):
            boundary_of(b"multipart/form-data" + text)
