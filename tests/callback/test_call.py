from dataclasses import replace

from pillarbox.callback.call import call_document, call_of, read_call_document
from pillarbox.callback.submitted import read_callback
from tests.callback.test_submitted import encoded
from tests.callback.uploads import FACTS

CALLBACK = read_callback(
    encoded({"callbackUrl": "http://a.example:81/x?y;b.example", "callbackBody": "é=${object}"}),
    {},
    "image/png",
)


def test_a_call_tells_of_the_upload() -> None:
    call = call_of(CALLBACK, FACTS, "id-1")
    assert call.body == "é=a%2F%C3%A9%20%22b%22.png"
    headers = call.headers(call.targets[0])
    assert headers["Host"] == "a.example:81"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["x-oss-request-id"] == "6" * 24
    assert headers["x-pillarbox-callback-id"] == "id-1"
    assert headers["x-pillarbox-etag"] == '"25F9E794323B453885F5181F1B624D0B"'
    assert "x-pillarbox-version-id" not in headers
    later = replace(call, host="site.example", version_id="v1")
    assert later.headers(call.targets[1])["Host"] == "site.example"
    assert later.headers(call.targets[1])["x-pillarbox-version-id"] == "v1"


def test_a_call_is_kept_whole() -> None:
    call = call_of(CALLBACK, FACTS, "id-1")
    assert read_call_document(call_document(call)) == call
