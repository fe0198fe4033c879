"""One entry of `conditions`, read or refused."""

from __future__ import annotations

import json

import pytest

from pillarbox.model.refusals import Refusal
from pillarbox.policy import Condition, ContentLengthRange, Equals, In, NotIn, StartsWith
from pillarbox.policy.condition_reader import read_condition
from pillarbox.policy.json_reader import read_json
from tests.policy.documents import facts

MAX = 2**63 - 1


@pytest.mark.parametrize(
    ("entry", "condition"),
    [
        ('{"bucket":"photos"}', Equals("bucket", "photos")),
        ('{"$Bucket":""}', Equals("Bucket", "")),
        ('{"$$x":"y"}', Equals("$x", "y")),
        ('["eq","$key","a"]', Equals("key", "a")),
        ('["EQ","$Bucket","a"]', Equals("Bucket", "a")),
        ('["starts-with","$buckets","a"]', StartsWith("buckets", "a")),
        ('["EQ","Key","a"]', Equals("Key", "a")),
        (r'["eq","$key","\${filename}"]', Equals("key", r"\${filename}")),
        ('["StArTs-WiTh","$key",""]', StartsWith("key", "")),
        ('["starts-with","key","user/"]', StartsWith("key", "user/")),
        ('["in","$content-type",["a","b"]]', In("content-type", ("a", "b"))),
        ('["IN","content-type",[]]', In("content-type", ())),
        ('["not-in","$cache-control",["no-cache"]]', NotIn("cache-control", ("no-cache",))),
        ('["Not-In","x",["",""]]', NotIn("x", ("", ""))),
        ('["content-length-range",0,0]', ContentLengthRange(0, 0)),
        ('["Content-Length-Range",1,10]', ContentLengthRange(1, 10)),
        (f'["content-length-range",{MAX},{MAX}]', ContentLengthRange(MAX, MAX)),
    ],
)
def test_an_entry_is_read(entry: str, condition: Condition) -> None:
    assert read_condition(read_json(entry)) == condition


SIMPLE = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
STRING = "Invalid Simple-Condition: value must be a string."
MISSING = "Invalid Condition: missing operation identifier."
STRINGS = "value must be a List of strings."


def not_a_bound(found: str) -> str:
    return (
        f"Invalid content-length-range: '{found}' is not an integer from 0 to 9223372036854775807."
    )


@pytest.mark.parametrize(
    ("entry", "flaw", "ec"),
    [
        ("{}", SIMPLE, 215),
        ('{"a":"b","c":"d"}', SIMPLE, 215),
        ("[]", MISSING, 216),
        ('["$key"]', MISSING, 216),
        ('["$key","a"]', MISSING, 216),
        ('[1,"$key","a"]', MISSING, 216),
        ('[["eq"],"$key","a"]', MISSING, 216),
        ('["ends-with","$key","a"]', "Invalid Condition: unknown operation 'ends-with'.", 217),
        ('["Ends-With"]', "Invalid Condition: unknown operation 'Ends-With'.", 217),
        ('["","$key","a"]', "Invalid Condition: unknown operation ''.", 217),
        ('["ın","$key",["a"]]', "Invalid Condition: unknown operation 'ın'.", 217),
        ('["starts-with","$bucket","pr"]', "Invalid starts-with: bucket must match exactly.", 201),
        ('["Starts-With","Bucket",""]', "Invalid starts-with: bucket must match exactly.", 201),
        ('["in","$bucket",["a","b"]]', "Invalid in: bucket must match exactly.", 201),
        ('["not-in","$bucket",["a"]]', "Invalid not-in: bucket must match exactly.", 201),
        ('["starts-with"]', "Invalid starts-with: wrong number of arguments.", 218),
        ('["Starts-With","$key"]', "Invalid starts-with: wrong number of arguments.", 218),
        ('["eq","$key","a","b"]', "Invalid eq: wrong number of arguments.", 218),
        ('["in","$key"]', "Invalid in: wrong number of arguments.", 218),
        ('["not-in","$k","a","b"]', "Invalid not-in: wrong number of arguments.", 218),
        (
            '["content-length-range",1]',
            "Invalid content-length-range: wrong number of arguments.",
            218,
        ),
        (
            '["content-length-range",10,9]',
            "Invalid content-length-range: max 9 is less than min 10.",
            219,
        ),
        ('["content-length-range",10,"test"]', not_a_bound("test"), 221),
        ('["content-length-range","test",10]', not_a_bound("test"), 221),
        ('["content-length-range","1","10"]', not_a_bound("1"), 221),
        ('["content-length-range",-1,10]', not_a_bound("-1"), 221),
        ('["content-length-range",-0,10]', not_a_bound("-0"), 221),
        ('["content-length-range",0,1.0]', not_a_bound("1.0"), 221),
        ('["content-length-range",0,1e3]', not_a_bound("1e3"), 221),
        (f'["content-length-range",0,{MAX + 1}]', not_a_bound("9223372036854775808"), 221),
        ('["content-length-range",[1],"test"]', not_a_bound("[...]"), 223),
        ('["content-length-range",0,{"a":1}]', not_a_bound("{...}"), 223),
        ('["content-length-range",true,10]', not_a_bound("true"), 223),
        ('["content-length-range",0,null]', not_a_bound("null"), 223),
        ("123", "Invalid condition 123: must be a List or Object.", 222),
        ('"test"', "Invalid condition test: must be a List or Object.", 222),
        ("null", "Invalid condition null: must be a List or Object.", 222),
        ('{"bucket":1}', STRING, 224),
        ('{"bucket":["photos"]}', STRING, 224),
        ('{"bucket":null}', STRING, 224),
        (
            '{"Content-Length-Range":"1"}',
            "Invalid Simple-Condition: content-length-range must be a List.",
            224,
        ),
        (
            '{"content-length-range":[1,2]}',
            "Invalid Simple-Condition: content-length-range must be a List.",
            224,
        ),
        ('{"":"a"}', "Invalid Simple-Condition: '' is not the name of a field.", 224),
        ('{"$":"a"}', "Invalid Simple-Condition: '$' is not the name of a field.", 224),
        ('["eq","$","a"]', "Invalid eq: '$' is not the name of a field.", 224),
        ('["eq",1,"a"]', "Invalid eq: '1' is not the name of a field.", 224),
        ('["starts-with","","a"]', "Invalid starts-with: '' is not the name of a field.", 224),
        ('["in",["$a"],["a"]]', "Invalid in: '[...]' is not the name of a field.", 224),
        ('["not-in",null,["a"]]', "Invalid not-in: 'null' is not the name of a field.", 224),
        ('["eq","$a",1]', "Invalid eq: value must be a string.", 224),
        ('["eq","$a",["b"]]', "Invalid eq: value must be a string.", 224),
        ('["starts-with","$a",null]', "Invalid starts-with: value must be a string.", 224),
        ('["in","$a","b"]', f"Invalid in: {STRINGS}", 224),
        ('["in","$a",["b",1]]', f"Invalid in: {STRINGS}", 224),
        ('["in","$a",[null]]', f"Invalid in: {STRINGS}", 224),
        ('["not-in","$a","b"]', f"Invalid not-in: {STRINGS}", 224),
        ('["not-in","$a",{"b":"c"}]', f"Invalid not-in: {STRINGS}", 224),
    ],
)
def test_an_entry_is_refused(entry: str, flaw: str, ec: int) -> None:
    with pytest.raises(Refusal) as caught:
        read_condition(read_json(entry))
    assert facts(caught.value) == (
        "InvalidPolicyDocument",
        400,
        f"Invalid Policy: {flaw}",
        f"0006-00000{ec}",
    )
    assert caught.value.details == {}


@pytest.mark.parametrize("entry", [["x" * 5000], "x" * 5000, ["eq", "$" * 5000, 1]])
def test_a_long_flaw_is_cut(entry: object) -> None:
    with pytest.raises(Refusal) as caught:
        read_condition(read_json(json.dumps(entry)))
    assert len(caught.value.message) <= 600
