import base64
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model import refusals
from pillarbox.server import answers

HOST = "photos.localhost:9000"


def test_a_refusal_in_the_order_of_samples() -> None:
    refusal = refusals.NO_SUCH_BUCKET(BucketName="ph<o>t&os")
    answer = answers.refusal(refusal, "6A5B1C2D3E4F5A6B7C8D9E0F", HOST)
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<Error>\n"
        "  <Code>NoSuchBucket</Code>\n"
        "  <Message>The specified bucket does not exist.</Message>\n"
        "  <RequestId>6A5B1C2D3E4F5A6B7C8D9E0F</RequestId>\n"
        "  <HostId>photos.localhost:9000</HostId>\n"
        "  <BucketName>ph&lt;o&gt;t&amp;os</BucketName>\n"
        "  <EC>0015-00000101</EC>\n"
        "  <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0015-00000101</RecommendDoc>\n"
        "</Error>\n"
    )
    assert (answer.status, answer.code, answer.ec) == (404, "NoSuchBucket", "0015-00000101")
    assert answer.headers == [("Content-Type", "application/xml"), ("x-oss-ec", "0015-00000101")]


def test_without_a_number() -> None:
    answer = answers.refusal(refusals.INVALID_ARGUMENT(), "ID", HOST)
    assert b"<EC>" not in answer.body
    assert b"RecommendDoc" not in answer.body
    assert answer.headers == [("Content-Type", "application/xml")]
    assert answer.ec == ""


def test_headers_of_a_refusal() -> None:
    answer = answers.refusal(refusals.SERVICE_UNAVAILABLE(), "ID", HOST)
    assert ("Retry-After", "1") in answer.headers


TEXTS = st.text(max_size=9000) | st.sampled_from(["&" * 9000, "\x00" * 9000, "\U0001f600" * 5000])


@given(TEXTS, TEXTS, TEXTS, st.text(max_size=1000))
def test_an_error_document_is_xml_of_at_most_4_kb(
    message: str, condition: str, received: str, host: str
) -> None:
    refusal = refusals.ACCESS_DENIED(message, Condition=condition, Received=received)
    answer = answers.refusal(refusal, "6A5B1C2D3E4F5A6B7C8D9E0F", host)
    assert len(answer.body) <= 4096
    root = fromstring(answer.body)
    assert root.findtext("Code") == "AccessDenied"
    assert root.findtext("RequestId") == "6A5B1C2D3E4F5A6B7C8D9E0F"
    assert root.findtext("EC") == "0003-00000001"


def test_what_fits_is_not_cut() -> None:
    answer = answers.refusal(refusals.ACCESS_DENIED(Condition="c" * 2500), "ID", HOST)
    assert fromstring(answer.body).findtext("Condition") == "c" * 2500


def test_a_document() -> None:
    answer = answers.document(201, ("A", [("B", "<x>"), ("C", [("D", "\x0b\r\n")])]), [("X", "y")])
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<A>\n  <B>&lt;x&gt;</B>\n  <C>\n    <D>\ufffd&#13;\n</D>\n  </C>\n</A>\n"
    )
    assert answer.headers == [("Content-Type", "application/xml"), ("X", "y")]


def test_a_head_request_gets_the_error_in_a_header() -> None:
    answer = answers.refusal(refusals.NO_SUCH_KEY(Key="a"), "ID", HOST)
    bare = answers.without_body(answer)
    assert bare.body == b""
    assert bare.length == len(answer.body)
    assert base64.b64decode(dict(bare.headers)["x-oss-err"]) == answer.body
    assert (bare.status, bare.code, bare.ec) == (404, "NoSuchKey", "0026-00000001")


@pytest.mark.parametrize("kind", refusals.catalogue(), ids=lambda kind: kind.code)
def test_every_refusal_says_who_what_and_where_to_head_too(kind: refusals.RefusalKind) -> None:
    answer = answers.refusal(kind(), "6A5B1C2D3E4F5A6B7C8D9E0F", HOST)
    bare = answers.without_body(answer)
    told = fromstring(base64.b64decode(dict(bare.headers)["x-oss-err"]))
    assert (told.tag, told.findtext("Code"), told.findtext("Message")) == (
        "Error",
        kind.code,
        kind.message,
    )
    assert told.findtext("RequestId") == "6A5B1C2D3E4F5A6B7C8D9E0F"
    assert told.findtext("HostId") == HOST
    assert told.findtext("EC") == dict(bare.headers).get("x-oss-ec") == kind.ec
    assert (bare.status, bare.body) == (kind.status, b"")


def test_a_head_request_gets_no_error_where_there_is_none() -> None:
    bare = answers.without_body(answers.Answer(200, [("A", "b")], length=7))
    assert (bare.headers, bare.length, bare.body) == ([("A", "b")], 7, b"")


@pytest.mark.parametrize(
    ("status", "allowed"), [(200, True), (204, False), (304, False), (303, True)]
)
def test_which_answers_have_bodies(status: int, allowed: bool) -> None:
    assert answers.allows_body(status) is allowed


def test_empty() -> None:
    assert answers.empty(204, [("A", "b")]) == answers.Answer(204, [("A", "b")])
