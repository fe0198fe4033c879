from __future__ import annotations

from collections.abc import Mapping

import pytest

from pillarbox.client.answer import Answer
from pillarbox.client.errors import ForeignAnswerError, RefusedError
from pillarbox.model import refusals
from pillarbox.server import answers

ORIGIN = "http://127.0.0.1:9000"


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(ORIGIN, status, headers or {}, body)


def test_a_refusal_as_the_server_writes_it() -> None:
    refusal = refusals.NO_SUCH_BUCKET(BucketName="ph<o>tos")
    body = answers.refusal(refusal, "6A5B1C2D", "photos.localhost").body
    with pytest.raises(RefusedError) as caught:
        answer(404, body).check()
    assert vars(caught.value) == {
        "status": 404,
        "code": "NoSuchBucket",
        "message": "The specified bucket does not exist.",
        "request_id": "6A5B1C2D",
        "ec": "0015-00000101",
        "details": {"BucketName": "ph<o>tos"},
    }


def test_a_refusal_whose_headers_say_more_than_its_document() -> None:
    headers = {"x-oss-request-id": "ID", "x-oss-ec": "0003-00000001"}
    with pytest.raises(RefusedError) as caught:
        answer(403, b"<Error><Code>AccessDenied</Code></Error>", headers).check()
    refused = caught.value
    assert (refused.message, refused.request_id, refused.ec) == ("", "ID", "0003-00000001")


@pytest.mark.parametrize("status", [200, 204])
def test_success_has_a_request_id(status: int) -> None:
    answer(status, headers={"x-oss-request-id": "ID"}).check()
    with pytest.raises(ForeignAnswerError, match="no header x-oss-request-id"):
        answer(status).check()


@pytest.mark.parametrize(
    ("status", "body", "headers", "flaw"),
    [
        (502, b"<html><p>Bad Gateway</html>", {}, "no XML document"),
        (404, b"", {}, "no XML document"),
        (404, b"<html/>", {}, "a document html in place of Error"),
        (400, b"<Error/>", {}, "an error document without Code"),
        (301, b"", {"location": "https://a.example/"}, "it sends to https://a.example/"),
    ],
)
def test_what_no_store_says(
    status: int, body: bytes, headers: Mapping[str, str], flaw: str
) -> None:
    with pytest.raises(ForeignAnswerError, match=flaw) as caught:
        answer(status, body, headers).check()
    assert (caught.value.origin, caught.value.status) == (ORIGIN, status)


def test_a_redirect_of_a_store_is_its_refusal() -> None:
    body = b"<Error><Code>AccessDenied</Code><Endpoint>oss.example</Endpoint></Error>"
    with pytest.raises(RefusedError) as caught:
        answer(307, body, {"location": "https://oss.example/"}).check()
    assert caught.value.details == {"Endpoint": "oss.example"}


def test_a_document_has_its_name() -> None:
    assert answer(200, b"<Rules/>").document("Rules").tag == "Rules"
    with pytest.raises(ForeignAnswerError, match="a document Rules in place of Buckets"):
        answer(200, b"<Rules/>").document("Buckets")
