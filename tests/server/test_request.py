import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.server.request import Headers, Query, text_of
from tests.refusing import refused
from tests.server.requests import request


class TestHeaders:
    HEADERS = Headers([(b"X-A", b"1"), (b"x-a", b"2"), (b"X-oss-meta-B", "é".encode())])

    def test_the_first_counts(self) -> None:
        assert self.HEADERS.raw("X-A") == b"1"
        assert self.HEADERS.get("x-a") == "1"
        assert self.HEADERS.get("x-b") is None
        assert self.HEADERS.count("X-a") == 2

    def test_by_prefix(self) -> None:
        assert self.HEADERS.with_prefix("x-oss-meta-") == [("b", "é")]

    @pytest.mark.parametrize(("raw", "text"), [("é".encode(), "é"), (b"\xe9", "é"), (b"a", "a")])
    def test_text(self, raw: bytes, text: str) -> None:
        assert text_of(raw) == text


class TestQuery:
    def test_names_and_values(self) -> None:
        query = Query.parse(b"a=1&b&a=2&&c=%2F+%2B&%64=")
        assert query.pairs == (
            (b"a", b"1"),
            (b"b", b""),
            (b"a", b"2"),
            (b"c", b"/ +"),
            (b"d", b""),
        )
        assert (query.get("a"), query.get("b"), query.get("z")) == ("1", "", None)
        assert (query.raw("c"), query.raw("z")) == (b"/ +", b"")
        assert "d" in query
        assert "z" not in query

    def test_none(self) -> None:
        assert Query.parse(b"") == Query((), {})

    @given(st.binary())
    def test_any_bytes(self, raw: bytes) -> None:
        query = Query.parse(raw)
        assert len(query.first) <= len(query.pairs)


class TestRequest:
    def test_names_are_checked_when_they_are_asked_for(self) -> None:
        good = request(path=b"/photos/a%2Fb")
        assert (good.bucket_name, good.key) == ("photos", b"a/b")
        assert (good.record.bucket, good.record.key) == ("photos", "a/b")
        bad = request(path=b"/Photos/%ff")
        with refused("InvalidBucketName", ec="0015-00000001", BucketName="Photos"):
            assert bad.bucket_name
        with refused("InvalidObjectName"):
            assert bad.key
        assert bad.record.key == "\ufffd"

    def test_the_service_has_neither(self) -> None:
        service = request(path=b"/")
        assert (service.record.bucket, service.record.key) == (None, None)
        with refused("InvalidBucketName", ec="0015-00000001", BucketName=""):
            assert service.bucket_name
        with refused("InvalidObjectName", 400, "The Object name can not be empty."):
            assert service.key

    @pytest.mark.parametrize(
        ("headers", "length", "finished"),
        [
            ([], None, True),
            ([(b"content-length", b"0")], 0, True),
            ([(b"content-length", b"7")], 7, False),
            ([(b"transfer-encoding", b"chunked")], None, False),
            ([(b"transfer-encoding", b" CHUNKED")], None, False),
            ([(b"content-length", b"7"), (b"transfer-encoding", b"chunked")], None, False),
        ],
    )
    def test_the_body_that_is_announced(
        self, headers: list[tuple[bytes, bytes]], length: int | None, finished: bool
    ) -> None:
        body = request(headers=headers).body
        assert (body.content_length, body.finished) == (length, finished)
