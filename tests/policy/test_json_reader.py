"""The strict JSON reader."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.policy.json_reader import (
    MAX_DEPTH,
    JsonError,
    JsonValue,
    Number,
    read_json,
    spell,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("[]", []),
        (" \t\n\r{ \t\n\r} \t\n\r", {}),
        ("[ \t\n\r]", []),
        ('""', ""),
        ('"a"', "a"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("[true,false,null]", [True, False, None]),
        ("[1 , 2]", [Number("1"), Number("2")]),
        ('{"a" : 1 , "b":[{"a":2}]}', {"a": Number("1"), "b": [{"a": Number("2")}]}),
        ('"用户/é"', "用户/é"),
        ('"\x7f\u2028"', "\x7f\u2028"),
    ],
)
def test_a_document(text: str, value: JsonValue) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    "text", ["0", "-0", "1", "-1", "10", "1.0", "0.25", "1e3", "1E+3", "12.50e-03", "9" * 5000]
)
def test_a_number_keeps_its_spelling(text: str) -> None:
    assert read_json(text) == Number(text)
    assert read_json(f"[{text}]") == [Number(text)]


@pytest.mark.parametrize(
    ("text", "natural"),
    [
        ("0", 0),
        ("7", 7),
        ("10", 10),
        ("9" * 19, 10**19 - 1),
        ("1" + "0" * 19, None),
        ("-0", None),
        ("-1", None),
        ("1.0", None),
        ("1e2", None),
    ],
)
def test_only_a_plain_integer_is_natural(text: str, natural: int | None) -> None:
    assert Number(text).natural() == natural


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\""', '"'),
        (r'"\\"', "\\"),
        (r'"\/"', "/"),
        (r'"\b"', "\b"),
        (r'"\f"', "\f"),
        (r'"\n"', "\n"),
        (r'"\r"', "\r"),
        (r'"\t"', "\t"),
        (r'"\$"', "\\$"),
        (r'"\\$"', "\\$"),
        (r'"a\$b\$c"', "a\\$b\\$c"),
        (r'"user\/eric\/\\${filename}"', "user/eric/\\${filename}"),
        (r'"\u0041\u00e9\u00E9"', "Aéé"),
        (r'"\u0000"', "\0"),
        (r'"\ud7ff\ue000\uffff"', "\ud7ff\ue000\uffff"),
        (r'"\ud800\udc00"', "\U00010000"),
        (r'"\uD83D\uDE00!"', "😀!"),
        (r'"\udbff\udfff"', "\U0010ffff"),
    ],
)
def test_an_escape(text: str, value: str) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        # OSS's own words
        ("eyJleHBpcmF0aW9uIjo", "unknown char e"),
        ('["a" "b"]', ", or ] expected"),
        # by analogy
        ('{"a":1 "b":2}', ", or } expected"),
        ("", "found End-of-Input"),
        (" ", "found End-of-Input"),
        ("[", "found End-of-Input"),
        ("[1", ", or ] expected"),
        ("[1}", ", or ] expected"),
        ('{"a":1]', ", or } expected"),
        ("[1,", "found End-of-Input"),
        ("[1,]", "unknown char ]"),
        ("[,1]", "unknown char ,"),
        ("{", '" expected but found End-of-Input'),
        ("{a:1}", '" expected but found a'),
        ("{1:1}", '" expected but found 1'),
        ('{"a":1,}', '" expected but found }'),
        ('{"a"}', ": expected"),
        ('{"a"', ": expected"),
        ('{"a":}', "unknown char }"),
        ("{} x", "End-of-Input expected but found x"),
        ("{}{", "End-of-Input expected but found {"),
        ("{}\u00a0", "End-of-Input expected but found \\u00a0"),
        ("\ufeff{}", "unknown char \\ufeff"),
        ("\x00", "unknown char \\u0000"),
        ("'a'", "unknown char '"),
        ("NaN", "unknown char N"),
        ("Infinity", "unknown char I"),
        ("-Infinity", "unknown char -"),
        ("-", "unknown char -"),
        ("+1", "unknown char +"),
        (".5", "unknown char ."),
        ("True", "unknown char T"),
        ("nul", "unknown char n"),
        ("nulll", "End-of-Input expected but found l"),
        ("[truefalse]", ", or ] expected"),
        ("01", "End-of-Input expected but found 1"),
        ("[-01]", ", or ] expected"),
        ("[1.]", ", or ] expected"),
        ("[1e]", ", or ] expected"),
        ("[1_0]", ", or ] expected"),
        ("[٣]", "unknown char ٣"),
        ("// comment", "unknown char /"),
        ('"a', '" expected but found End-of-Input'),
        ('"a\n"', "control character \\u000a in a string"),
        ('"\x1f"', "control character \\u001f in a string"),
        ('"\x00"', "control character \\u0000 in a string"),
        (r'"\x41"', "invalid escape \\x"),
        (r'"\U0041"', "invalid escape \\U"),
        ('"\\', "invalid escape \\End-of-Input"),
        ('"\\\n"', "invalid escape \\\\u000a"),
        (r'"\u"', "four hex digits expected after \\u"),
        (r'"\u004"', "four hex digits expected after \\u"),
        (r'"\u 041"', "four hex digits expected after \\u"),
        (r'"\u+041"', "four hex digits expected after \\u"),
        (r'"\u00٣1"', "four hex digits expected after \\u"),
        (r'"\ud800"', "lone surrogate \\ud800"),
        (r'"\uDBFF."', "lone surrogate \\udbff"),
        (r'"\udc00"', "lone surrogate \\udc00"),
        (r'"\udfff"', "lone surrogate \\udfff"),
        (r'"\ud83d\n"', "lone surrogate \\ud83d"),
        (r'"\ud83d\u0041"', "lone surrogate \\ud83d"),
        (r'"\ud83d\ud83d\ude00"', "lone surrogate \\ud83d"),
        (r'"\ud83d\ue000"', "lone surrogate \\ud83d"),
        (r'"\ud83d\u12"', "four hex digits expected after \\u"),
        (r'"\udc00\ud800"', "lone surrogate \\udc00"),
    ],
)
def test_a_flaw(text: str, flaw: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_json(text)
    assert str(caught.value) == f"Invalid JSON: {flaw}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"a":1,"a":1}', "a"),
        ('{"a":1,"b":2,"a":3}', "a"),
        (r'{"a":1,"\u0061":1}', "a"),
        (r'{"\$a":1,"\\$a":1}', "\\$a"),
        ('[{"a":{"b":1,"b":2}}]', "b"),
        ('[[[{"":1,"":2}]]]', ""),
        ('{"x":[0,{"y":[{"z":null,"z":null}]}]}', "z"),
    ],
)
def test_a_member_stands_once_at_every_depth(text: str, name: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_json(text)
    assert str(caught.value) == f'Invalid JSON: duplicate member "{name}"'


def test_names_that_differ_in_case_are_different_members() -> None:
    assert read_json('{"a":"1","A":"2"}') == {"a": "1", "A": "2"}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_the_depth_is_bounded(opening: str, closing: str) -> None:
    assert read_json(opening * MAX_DEPTH + "0" + closing * MAX_DEPTH) is not None
    with pytest.raises(JsonError) as caught:
        read_json(opening * (MAX_DEPTH + 1) + "0" + closing * (MAX_DEPTH + 1))
    assert str(caught.value) == "Invalid JSON: nested deeper than 8 levels"


def test_siblings_do_not_add_up_to_depth() -> None:
    sibling = nested(MAX_DEPTH - 1)
    assert read_json(f"[{sibling},{sibling}]") == [read_json(sibling)] * 2
    assert read_json(f'{{"a":{sibling},"b":{sibling}}}') == dict.fromkeys("ab", read_json(sibling))


@pytest.mark.parametrize("text", ["[" * 2_000_000, '{"a":' * 400_000, nested(1_000_000)])
def test_floods_of_brackets_are_refused(text: str) -> None:
    with pytest.raises(JsonError, match="nested deeper than 8 levels"):
        read_json(text)


@pytest.mark.parametrize(
    ("body", "value"),
    [("a" * 2_000_000, "a" * 2_000_000), (r"\n" * 1_000_000, "\n" * 1_000_000)],
)
def test_long_strings_are_read(body: str, value: str) -> None:
    assert read_json(f'"{body}"') == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (Number("-1.50"), "-1.50"),
        ({"a": "b"}, "{...}"),
        (["a"], "[...]"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_how_a_value_is_spelled_in_messages(value: JsonValue, text: str) -> None:
    assert spell(value) == text


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"))


def documents() -> st.SearchStrategy[object]:
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts())
    finite = scalars.filter(lambda value: value == value and abs_or_zero(value) != float("inf"))
    shallow = st.one_of(finite, st.lists(finite, max_size=4))
    return st.one_of(shallow, st.dictionaries(texts(), st.lists(shallow, max_size=4), max_size=4))


def abs_or_zero(value: object) -> float:
    return abs(value) if isinstance(value, float) else 0.0


def without_numbers(value: JsonValue) -> object:
    """The value as `json.loads` would give it."""
    if isinstance(value, Number):
        return json.loads(value.text)
    if isinstance(value, list):
        return [without_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: without_numbers(item) for name, item in value.items()}
    return value


@given(documents(), st.booleans(), st.sampled_from([None, 1]))
def test_agrees_with_the_standard_reader(value: object, ascii_only: bool, indent: int) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert without_numbers(read_json(text)) == value


@given(st.text(st.sampled_from('[]{}",:\\u019aeE.-+ \ntrue$dc/'), max_size=40))
def test_whatever_is_read_the_standard_reader_reads_alike(text: str) -> None:
    try:
        value = read_json(text)
    except JsonError:
        return
    if "\\$" not in text:
        assert without_numbers(value) == json.loads(text)


@given(st.text())
def test_never_raises_anything_else(text: str) -> None:
    for candidate in (text, f'"{text}"', f"[{text}]", f'{{"{text}":{text}}}'):
        with contextlib.suppress(JsonError):
            read_json(candidate)
