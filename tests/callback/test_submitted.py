import base64
import json
from typing import Any

import pytest

from pillarbox.callback.submitted import (
    SubmittedCallback,
    check_variable_fields,
    read_callback,
    read_variables,
)
from pillarbox.callback.target import Target
from pillarbox.callback.template import FORM_BODY, JSON_BODY
from pillarbox.model.refusals import Refusal

GOOD = {"callbackUrl": "http://a.example/", "callbackBody": "k=${object}"}

#: "Callback", the sample of the parameter.
SAMPLE = (
    "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly8xMjcuMC4wLjE6OTAwMC9jYiIsImNhbGxiYWNrQm9keSI6ImJ1Y2tldD0ke2J1Y"
    "2tldH0mb2JqZWN0PSR7b2JqZWN0fSZldGFnPSR7ZXRhZ30mc2l6ZT0ke3NpemV9Jm1pbWVUeXBlPSR7bWltZVR5cGV9Jm"
    "15X3Zhcj0ke3g6bXlfdmFyfSIsImNhbGxiYWNrQm9keVR5cGUiOiJhcHBsaWNhdGlvbi94LXd3dy1mb3JtLXVybGVuY29"
    "kZWQifQ=="
)


def encoded(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def read(text: str, variables: dict[str, str] | None = None) -> SubmittedCallback:
    return read_callback(text, variables or {}, "text/plain")


def test_the_sample() -> None:
    found = read(SAMPLE)
    assert found.targets == (Target("http", "127.0.0.1", 9000, "/cb"),)
    assert (found.host, found.template.body_type) == (None, FORM_BODY)
    assert found.template.text.endswith("&my_var=${x:my_var}")
    assert read(f"\r\n{SAMPLE}\r\n").targets == found.targets


def test_all_members() -> None:
    document = {
        "callbackUrl": "https://a.example/x?y=1;b.example:81",
        "callbackHost": "c.example",
        "callbackBody": '{"é":${size}}',
        "callbackBodyType": JSON_BODY,
        "callbackSNI": True,
        "callbackOther": 1,
    }
    found = read(encoded(document), {"x:a": "1"})
    assert [str(target) for target in found.targets] == [
        "https://a.example/x?y=1",
        "http://b.example:81/",
    ]
    assert (found.host, found.template.body_type) == ("c.example", JSON_BODY)
    assert found.variables == {"x:a": "1"}


INVALID_URL = "The callback url configuration is invalid."
NO_JSON = "The callback configuration is not json format."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"callbackUrl": None}, INVALID_URL),
        ({"callbackUrl": ""}, INVALID_URL),
        ({"callbackUrl": 1}, INVALID_URL),
        ({"callbackUrl": "http://a.example:x/"}, INVALID_URL),
        ({"callbackUrl": "http://[::1]/"}, INVALID_URL),
        ({"callbackUrl": "gopher://a.example/"}, INVALID_URL),
        ({"callbackUrl": "http://a.example/;"}, INVALID_URL),
        ({"callbackUrl": ";".join("abcdef")}, "The number of callback url exceed max value."),
        ({"callbackHost": "a/b"}, "The callback host configuration is invalid."),
        ({"callbackHost": "a\r\nb"}, "The callback host configuration is invalid."),
        ({"callbackHost": 1}, "The callback host configuration is invalid."),
        ({"callbackBodyType": 1}, "The callback body type configuration is invalid."),
        ({"callbackBodyType": "text/plain"}, "The body type of callback is not supported."),
        ({"callbackSNI": "true"}, "The callback SNI configuration is invalid."),
        ({"callbackBody": ""}, "The callback body is empty."),
        ({"callbackBody": None}, "The callback body is empty."),
        ({"callbackBody": 1}, "The callback body is invalid."),
        ({"callbackBody": "${Size}"}, "The callback body is invalid."),
        ({"callbackBody": "${}"}, "The callback body is invalid."),
        ({"callbackBody": "${object}" * 100}, "The callback body is invalid."),
        ({"callbackBody": "a" * 5000}, "The length of callback exceed max value."),
    ],
)
def test_flaws_of_members(changes: dict[str, Any], message: str) -> None:
    text = encoded(GOOD | changes)
    with pytest.raises(Refusal) as refused:
        read(text)
    assert (refused.value.code, refused.value.status) == ("InvalidArgument", 400)
    assert refused.value.message == message
    assert refused.value.details == {"ArgumentName": "callback", "ArgumentValue": text[:1024]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("?", "The callback configuration is not base64 encoded."),
        ("e30", "The callback configuration is not base64 encoded."),
        ("é", "The callback configuration is not base64 encoded."),
        (encoded("{"), NO_JSON),
        (encoded("[]"), NO_JSON),
        (encoded('{"callbackUrl":"a","callbackUrl":"b"}'), NO_JSON),
        (encoded('{"callbackUrl":NaN}'), NO_JSON),
        (encoded('{"callbackBody":"\\ud800"}'), NO_JSON),
        (encoded("[" * 3000), NO_JSON),
        (base64.b64encode(b'{"a":"\xff"}').decode(), NO_JSON),
        (encoded("\ufeff{}"), NO_JSON),
        (encoded("{}"), INVALID_URL),
    ],
)
def test_flaws_of_the_whole(text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(text)
    assert refused.value.message == message


def test_a_long_value_named_often_is_refused_before_it_is_filled_in() -> None:
    text = encoded(GOOD | {"callbackBody": "${x:a}" * 100})
    assert read(text, {"x:a": "short"})
    with pytest.raises(Refusal):
        read(text, {"x:a": "x" * 5000})
    with pytest.raises(Refusal):
        read_callback(encoded(GOOD | {"callbackBody": "${mimeType}"}), {}, "x" * 100_000)


def test_variables_of_a_request() -> None:
    found = read_variables(encoded({"x:var1": "é", "x:2": ""}), "x-oss-callback-var")
    assert found == {"x:var1": "é", "x:2": ""}


@pytest.mark.parametrize(
    "document",
    ["{", "[]", '{"a":"b"}', '{"x:A":"b"}', '{"x:a":1}', '{"x:":""}', '{"x:a":"1","x:a":"2"}'],
)
def test_flaws_of_variables(document: str) -> None:
    text = encoded(document)
    with pytest.raises(Refusal) as refused:
        read_variables(text, "callback-var")
    assert refused.value.message == "The callback var is not expecten json."
    assert refused.value.details == {"ArgumentName": "callback-var", "ArgumentValue": text}


def test_variables_are_bounded() -> None:
    message = "The length of callback var exceed max value."
    with pytest.raises(Refusal, match=message):
        read_variables(encoded({"x:a": "b" * 5000}), "callback-var")
    assert check_variable_fields({"x:a": "b" * 5000}) == {"x:a": "b" * 5000}
    with pytest.raises(Refusal, match=message) as refused:
        check_variable_fields({"x:a": "b" * 5000, "x:b": "c" * 200})
    assert refused.value.details["ArgumentName"] == "x:a"
