import base64
import json
from typing import Any

import pytest

from pillarbox.callback.document import Callback
from pillarbox.callback.template import JSON_BODY

BODY = "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}"


def test_the_encoding_of_the_documented_parameters() -> None:
    callback = Callback(
        url="http://127.0.0.1:9000/cb",
        body=f"{BODY}&my_var=${{x:my_var}}",
        variables={"my_var": "v"},
    )
    assert callback.encode() == (
        "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly8xMjcuMC4wLjE6OTAwMC9jYiIsImNhbGxiYWNrQm9keSI6ImJ1Y2tl"
        "dD0ke2J1Y2tldH0mb2JqZWN0PSR7b2JqZWN0fSZldGFnPSR7ZXRhZ30mc2l6ZT0ke3NpemV9Jm1pbWVUeXBl"
        "PSR7bWltZVR5cGV9Jm15X3Zhcj0ke3g6bXlfdmFyfSIsImNhbGxiYWNrQm9keVR5cGUiOiJhcHBsaWNhdGlv"
        "bi94LXd3dy1mb3JtLXVybGVuY29kZWQifQ=="
    )
    assert callback.variable_fields() == {"x:my_var": "v"}
    assert list(callback.doubts()) == []


def test_every_member() -> None:
    callback = Callback(
        url="https://a.example/é?x=%20 y;b.example:8080/z",
        body='{"k":${object},"h":${imageInfo.height},"n":"ü"}',
        body_type=JSON_BODY,
        host="site.example",
        sni=True,
    )
    assert json.loads(base64.b64decode(callback.encode())) == {
        "callbackUrl": "https://a.example/%C3%A9?x=%20%20y;b.example:8080/z",
        "callbackBody": '{"k":${object},"h":${imageInfo.height},"n":"ü"}',
        "callbackHost": "site.example",
        "callbackBodyType": "application/json",
        "callbackSNI": True,
    }
    assert list(callback.doubts()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": ""}, "can't be called"),
        ({"url": "ftp://a.example/"}, "can't be called"),
        ({"url": "https://a.example/;"}, "can't be called"),
        ({"url": "http://a.example:port/"}, "can't be called"),
        ({"url": "http://a.example:0/"}, "can't be called"),
        ({"url": "http://[::1]:9000/"}, "can't be called"),
        ({"url": ";".join(["http://a.example/"] * 6)}, "6 URLs, 5 are the most"),
        ({"body": ""}, "body is empty"),
        ({"body": "a=${Bucket}"}, r"\$\{Bucket\}, which no store fills in"),
        ({"body": "a=${x:No}"}, "which no store fills in"),
        ({"body": "a=${}"}, "which no store fills in"),
        ({"body": "a" * 5000}, "bytes in base64, 5120 is the most"),
        ({"body_type": "text/plain"}, "is neither"),
        ({"variables": {"x:a": "b"}}, "without the x: in front"),
        ({"variables": {"Ab": "b"}}, "a-z, 0-9 and _ only"),
    ],
)
def test_refuses_what_a_store_would_refuse(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Callback(**({"url": "https://a.example/", "body": BODY} | changes))


def test_doubts() -> None:
    callback = Callback(
        url="https://a.example/",
        body='{"a":"${object}","b":${x:b},"c":${x:c}}',
        body_type=JSON_BODY,
        variables={"c": "1"},
    )
    first, second = callback.doubts()
    assert "${x:b}, but no variable has that name" in first
    assert second.endswith("write ${object}")
    form = Callback(url="https://a.example/", body='a="${object}"')
    assert list(form.doubts()) == []
