import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import S3
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


AMZ_DATE = (b"X-Amz-Date", b"20300101T000000Z")
SIGNED = (b"Authorization", b"AWS id:signature")


class TestOwnHeaders:
    @pytest.mark.parametrize("name", [b"x-oss-acl", b"X-Oss-Acl"])
    def test_of_oss(self, name: bytes) -> None:
        assert request(headers=[(name, b"private")]).own("acl") == "private"
        assert request(query=name + b"=private").own("acl") is None

    @pytest.mark.parametrize("name", [b"x-amz-acl", b"X-Amz-Acl"])
    def test_of_s3_by_header_or_parameter(self, name: bytes) -> None:
        assert request(headers=[(name, b"private")]).own("acl") == "private"
        assert request(query=name + b"=private").own("acl") == "private"
        assert request(headers=[AMZ_DATE]).own("acl") is None

    def test_the_header_goes_first(self) -> None:
        both = request(headers=[(b"x-amz-acl", b"private")], query=b"X-Amz-Acl=public-read")
        assert both.own("acl") == "private"

    def test_of_two_parameters_the_first(self) -> None:
        assert request(query=b"X-Amz-Acl=private&x-amz-acl=public-read").own("acl") == "private"

    def test_a_parameter_is_no_header_beside_a_signature_that_may_not_cover_it(self) -> None:
        added = request(headers=[SIGNED], query=b"x-amz-acl=public-read&x-amz-meta-a=b")
        assert added.dialect is S3
        assert added.own("acl") is None
        assert added.user_metadata() == []
        assert list(added.hoisted()) == []


class TestUserMetadata:
    def test_of_each_dialect_by_header(self) -> None:
        of_oss = request(headers=[(b"X-Oss-Meta-A-B", "é".encode()), (b"x-oss-metal", b"")])
        assert of_oss.user_metadata() == [("a-b", "é")]
        of_s3 = request(headers=[(b"X-Amz-Meta-A-B", b"1"), (b"x-amz-metal", b"")])
        assert of_s3.user_metadata() == [("a-b", "1")]

    def test_parameters_of_s3_besides(self) -> None:
        found = request(
            headers=[(b"x-amz-meta-a", b"1")],
            query=b"X-Amz-Meta-A=2&x-amz-meta-B=%C3%A9&x-amz-metal=3&meta-c=4",
        )
        assert found.user_metadata() == [("a", "1"), ("B", "é")]
        assert request(query=b"x-oss-meta-a=1").user_metadata() == []


CODING = st.sampled_from(["gzip", "br", "aws-chunked", "AWS-Chunked"])


class TestStoredHeader:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (b"gzip", "gzip"),
            (b"aws-chunked", None),
            (b"AWS-Chunked", None),
            (b"aws-chunked,gzip", "gzip"),
            (b"gzip,aws-chunked", "gzip"),
            (b"gzip, aws-chunked , br", "gzip, br"),
            (b"aws-chunked,aws-chunked", None),
            (b"x-aws-chunked", "x-aws-chunked"),
        ],
    )
    def test_the_coding_of_the_way_is_none_of_the_object(
        self, sent: bytes, kept: str | None
    ) -> None:
        headers = [(b"Content-Encoding", sent), AMZ_DATE]
        assert request(headers=headers).stored_header("content-encoding") == kept
        assert request(headers=headers).stored_header("Content-Encoding") == kept
        # OSS has no such framing.
        assert request(headers=headers[:1]).stored_header("Content-Encoding") == sent.decode()

    def test_others_are_kept_as_they_are(self) -> None:
        headers = [(b"Content-Language", b"aws-chunked"), AMZ_DATE]
        assert request(headers=headers).stored_header("Content-Language") == "aws-chunked"
        assert request(headers=headers).stored_header("Content-Encoding") is None

    @given(st.lists(CODING, min_size=1, max_size=5))
    def test_whatever_else_is_listed_stays_in_its_order(self, codings: list[str]) -> None:
        headers = [(b"Content-Encoding", ",".join(codings).encode()), AMZ_DATE]
        kept = request(headers=headers).stored_header("Content-Encoding")
        rest = [coding for coding in codings if coding.lower() != "aws-chunked"]
        assert (kept or "") == ", ".join(rest)
