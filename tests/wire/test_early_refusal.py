"""Refusing while the client still sends, bodies that end too soon, and what they leave behind."""

from __future__ import annotations

import pytest

from pillarbox.model.limits import GIB, KIB, MAX_FILE_SIZE, MAX_FORM_SIZE, MIB
from tests.server_process import wait_until
from tests.wire.raw_http import Connection, RawAnswer, chunked, head, pieces_of
from tests.wire.signed_forms import v1
from tests.wire.store_client import BOUNDARY, FORM_TYPE, StoreClient, form

TOO_LARGE = "Your proposed upload exceeds the maximum allowed size."
TYPED = (b"Content-Type", FORM_TYPE)
CHUNKED = (b"Transfer-Encoding", b"chunked")


def post(*headers: tuple[bytes, bytes]) -> bytes:
    return head(b"POST", b"/example-bucket", [TYPED, *headers])


def length(size: int) -> tuple[bytes, bytes]:
    return (b"Content-Length", b"%d" % size)


def opening(fields: dict[str, str]) -> bytes:
    """A form up to the first byte of its file."""
    body = form(fields, b"")
    return body[: body.rindex(b"\r\n--" + BOUNDARY)]


def check_refused(answer: RawAnswer, code: str, status: int) -> dict[str, str]:
    assert (answer.status, answer.error["Code"]) == (status, code)
    assert answer.header("connection") == "close"
    return answer.error


class TestWhileTheClientSends:
    @pytest.mark.parametrize("framing", ["length", "chunked"])
    @pytest.mark.parametrize(
        ("fields", "code", "status"),
        [
            ({}, "AccessDenied", 403),
            (v1({"x": "y"}), "AccessDenied", 403),
            (v1(["content-length-range", 0, 1000]), "EntityTooLarge", 400),
            ({"x-oss-signature": "x"}, "InvalidArgument", 400),
        ],
        ids=["unsigned", "condition", "too large", "half signed"],
    )
    def test_who_reads_only_after_sending_32_mib_gets_the_answer(
        self,
        store: StoreClient,
        key: str,
        framing: str,
        fields: dict[str, str],
        code: str,
        status: int,
    ) -> None:
        body = form({"key": key, **fields}, b"x" * (32 * MIB))
        with Connection(store.port) as connection:
            if framing == "length":
                sent = connection.send(post(length(len(body))), *pieces_of(body, MIB))
            else:
                sent = connection.send(post(CHUNKED), *chunked(pieces_of(body, MIB)))
            assert sent
            check_refused(connection.answer(), code, status)
            assert connection.is_closed()
        assert store.read("example-bucket", key).status == 404
        assert store.files() == 0

    def test_a_head_that_is_refused_lets_the_body_come_too(self, store: StoreClient) -> None:
        body = form({"key": "k"}, b"x" * (32 * MIB))
        with Connection(store.port) as connection:
            second_host = (b"Host", b"another")
            assert connection.send(post(length(len(body)), second_host), *pieces_of(body, MIB))
            check_refused(connection.answer(), "InvalidArgument", 400)
        assert store.files() == 0

    def test_who_never_stops_is_left(self, store: StoreClient) -> None:
        with Connection(store.port) as connection:
            connection.send(post(CHUNKED), *list(chunked([opening({"key": "k"})]))[:-1])
            chunk = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
            while connection.send(chunk):
                pass
        assert store.files() == 0

    def test_a_refusal_of_a_whole_body_keeps_the_connection(
        self, store: StoreClient, key: str
    ) -> None:
        refused = form({"key": key})
        accepted = form({"key": key, **v1()})
        with Connection(store.port) as connection:
            connection.send(post(length(len(refused))), refused)
            assert connection.answer().status == 403
            connection.send(post(length(len(accepted))), accepted)
            assert connection.answer().status == 204


class TestSize:
    def test_a_length_beyond_every_form_is_refused_before_the_body(
        self, store: StoreClient
    ) -> None:
        with Connection(store.port) as connection:
            connection.send(post(length(MAX_FORM_SIZE + 1)))
            error = check_refused(connection.answer(), "EntityTooLarge", 400)
        assert error["Message"] == TOO_LARGE
        assert error["EC"] == "0006-00000003"
        assert error["ProposedSize"] == str(MAX_FORM_SIZE + 1)
        assert error["MaxSizeAllowed"] == str(MAX_FORM_SIZE)

    def test_a_length_within_is_judged_by_its_fields(self, store: StoreClient) -> None:
        with Connection(store.port) as connection:
            connection.send(post(length(MAX_FORM_SIZE)), opening({"key": "k"}))
            check_refused(connection.answer(), "AccessDenied", 403)

    def test_a_length_that_proves_too_much_is_refused_before_the_file(
        self, store: StoreClient, key: str
    ) -> None:
        fields = {"key": key, **v1(["content-length-range", 0, 10])}
        with Connection(store.port) as connection:
            connection.send(post(length(2 * MIB)), opening(fields))
            error = check_refused(connection.answer(), "EntityTooLarge", 400)
        assert error["MaxSizeAllowed"] == "10"

    def test_a_file_over_5_gib_is_refused_before_it_is_read(
        self, store: StoreClient, key: str
    ) -> None:
        body = opening({"key": key, **v1()})
        with Connection(store.port) as connection:
            connection.send(post(length(MAX_FORM_SIZE)), body)
            error = check_refused(connection.answer(), "EntityTooLarge", 400)
        assert error["MaxSizeAllowed"] == str(MAX_FILE_SIZE)
        with Connection(store.port) as connection:
            connection.send(post(length(len(body) + MAX_FILE_SIZE)), body)
            connection.half_close()
            assert connection.answer().error["Code"] == "IncompleteBody"

    def test_chunked_it_is_refused_as_bytes_arrive(self, store: StoreClient, key: str) -> None:
        """The body never ends, yet the answer comes."""
        fields = {"key": key, **v1(["content-length-range", 0, MIB])}
        pieces = [opening(fields), *pieces_of(b"x" * (MIB + 1), 64 * KIB)]
        with Connection(store.port) as connection:
            connection.send(post(CHUNKED), *list(chunked(pieces))[:-1])
            error = check_refused(connection.answer(), "EntityTooLarge", 400)
        assert error["MaxSizeAllowed"] == str(MIB)
        assert store.files() == 0
        assert store.read("example-bucket", key).status == 404

    @pytest.mark.parametrize(
        ("announced", "code"), [(10 * GIB, "EntityTooLarge"), (5 * GIB, "AccessDenied")]
    )
    def test_a_huge_unsigned_body_is_answered_by_its_fields(
        self, store: StoreClient, announced: int, code: str
    ) -> None:
        with Connection(store.port) as connection:
            connection.send(post(length(announced)), opening({"key": "k"}))
            assert connection.answer().error["Code"] == code
        assert store.files() == 0

    @pytest.mark.parametrize(
        ("piece", "code"),
        [
            (b"x" * MIB, "FieldItemTooLong"),
            (
                b"\r\n--"
                + BOUNDARY
                + b'\r\nContent-Disposition: form-data; name="y"\r\n\r\n'
                + b"x" * MIB,
                "MaxPOSTPreDataLengthExceededError",
            ),
        ],
        ids=["one field", "many fields"],
    )
    def test_fields_without_end_are_answered_by_their_limits(
        self, store: StoreClient, piece: bytes, code: str
    ) -> None:
        start = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="x"\r\n\r\n'
        with Connection(store.port) as connection:
            connection.send(post(CHUNKED), *list(chunked([start, *[piece] * 10]))[:-1])
            check_refused(connection.answer(), code, 400)
        assert store.files() == 0


class TestCutBodies:
    BODY_SIZE = 600_000

    @pytest.fixture
    def body(self, store: StoreClient, key: str) -> bytes:
        """A form over an object that is there already."""
        old = form({"key": key, **v1()}, b"old")
        assert store.post("example-bucket", old).status == 204
        return form({"key": key, **v1()}, b"n" * self.BODY_SIZE)

    #: Where a body is cut, as a share of it; the last is within the closing delimiter.
    POINTS = pytest.mark.parametrize("share", [0.0, 0.0005, 0.01, 0.5, 0.99999])

    def cut(self, body: bytes, share: float) -> bytes:
        return body[: int(len(body) * share)]

    @POINTS
    def test_after_half_a_close_the_refusal_arrives(
        self, store: StoreClient, key: str, body: bytes, share: float
    ) -> None:
        with Connection(store.port) as connection:
            connection.send(post(length(len(body))), self.cut(body, share))
            connection.half_close()
            answer = connection.answer()
        assert (answer.status, answer.error["Code"]) == (400, "IncompleteBody")
        self.check_old(store, key)

    @POINTS
    def test_chunked(self, store: StoreClient, key: str, body: bytes, share: float) -> None:
        pieces = [piece for piece in [self.cut(body, share)] if piece]
        with Connection(store.port) as connection:
            connection.send(post(CHUNKED), *list(chunked(pieces))[:-1])
            connection.half_close()
            assert connection.answer().error["Code"] == "IncompleteBody"
        self.check_old(store, key)

    @POINTS
    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_a_close(
        self, store: StoreClient, key: str, body: bytes, share: float, how: str
    ) -> None:
        before = store.server.output.count("IncompleteBody")
        with Connection(store.port) as connection:
            connection.send(post(length(len(body))), self.cut(body, share))
            if how == "reset":
                connection.reset()
        wait_until(
            lambda: store.server.output.count("IncompleteBody") > before, "the line of the log"
        )
        self.check_old(store, key)

    def test_the_epilogue_is_a_part_of_the_body(
        self, store: StoreClient, key: str, body: bytes
    ) -> None:
        """Every byte of the form was there, but not every byte that was announced."""
        with Connection(store.port) as connection:
            connection.send(post(length(len(body) + 1)), body)
            connection.half_close()
            assert connection.answer().error["Code"] == "IncompleteBody"
        self.check_old(store, key)

    @pytest.mark.parametrize(
        "chunk", [b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n\r\n", b"5\r\nabcdefg\r\n"]
    )
    def test_a_malformed_chunk_is_no_end(
        self, store: StoreClient, key: str, body: bytes, chunk: bytes
    ) -> None:
        with Connection(store.port) as connection:
            connection.send(post(CHUNKED), *list(chunked([body[:-2]]))[:-1], chunk)
            assert connection.answer().error["Code"] == "IncompleteBody"
        self.check_old(store, key)

    def test_a_form_without_its_closing_delimiter(
        self, store: StoreClient, key: str, body: bytes
    ) -> None:
        answer = store.post("example-bucket", body[: body.rindex(b"\r\n--")])
        error = answer.error
        assert (error["Code"], error["EC"]) == ("MalformedPOSTRequest", "0006-00000104")
        self.check_old(store, key)

    def test_an_upload_whose_answer_is_cut_off_is_whole_or_absent(
        self, store: StoreClient, key: str, body: bytes
    ) -> None:
        before = store.server.output.count(f'"{key}"')
        with Connection(store.port) as connection:
            connection.send(post(length(len(body))), body)
            connection.reset()
        wait_until(lambda: store.server.output.count(f'"{key}"') > before, "the line of the log")
        assert store.read("example-bucket", key).body in (b"old", b"n" * self.BODY_SIZE)

    def check_old(self, store: StoreClient, key: str) -> None:
        assert store.read("example-bucket", key).body == b"old"
        assert store.files() == 0
        assert store.unfinished() == 0


def test_a_stalled_upload_holds_nobody_up(store: StoreClient, key: str) -> None:
    """20 uploads stand still in the middle; others are served, and all of them can go on."""
    body = form({"key": key, **v1()}, b"x" * 2_000_000)
    half = len(body) // 2
    stalled = [Connection(store.port) for _ in range(20)]
    for connection in stalled:
        connection.send(post(length(len(body))), body[:half])
    wait_until(lambda: store.unfinished() == 20, "20 uploads under way")
    assert store.post("example-bucket", form({"key": f"{key}-2", **v1()})).status == 204
    for connection in stalled:
        connection.send(body[half:])
    assert [connection.answer().status for connection in stalled] == [204] * 20
    for connection in stalled:
        with connection:
            pass
    assert store.read("example-bucket", key).body == b"x" * 2_000_000
