import pytest

from pillarbox.callback.answer import (
    CallFailure,
    judge_body,
    judge_head,
    timed_out,
    too_many,
    unreachable,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("status", "length", "expected"),
    [
        (200, "2", 2),
        (200, str(MIB), MIB),
        (502, "2", "Error status : 502."),
        (301, "2", "Error status : 301."),
        (204, None, "Error status : 204."),
        (200, None, "Error Status : 400.User server missing content-length."),
        (200, "0", "Error Status : 400.User server return invalid conent-length value."),
        (200, "-1", "Error Status : 400.User server return invalid conent-length value."),
        (200, "two", "Error Status : 400.User server return invalid conent-length value."),
        (200, str(MIB + 1), "Error Status : 400.User server return too long content-length value."),
    ],
)
def test_heads(status: int, length: str | None, expected: int | str) -> None:
    found = judge_head(status, length)
    assert (found.message if isinstance(found, CallFailure) else found) == expected


@pytest.mark.parametrize("body", [b"{}", b'{"a":"\xc3\xa9"}', b"[]", b"1", b" null\n"])
def test_good_bodies(body: bytes) -> None:
    assert judge_body(body) is None


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"{", b"NaN", b'"\xff"', b"\xef\xbb\xbf{}", b"[" * 100_000]
)
def test_bad_bodies(body: bytes) -> None:
    failure = judge_body(body)
    assert failure is not None
    assert failure.message == "Response body is not valid json format."
    assert failure.was_taken


def test_what_may_pass_and_what_was_taken() -> None:
    def failure(status: int) -> CallFailure:
        found = judge_head(status, "2")
        assert isinstance(found, CallFailure)
        return found

    assert all(failure(status).may_pass for status in (429, 500, 502, 503, 599))
    assert not any(failure(status).may_pass for status in (201, 204, 301, 400, 401, 404, 410))
    assert all(failure(status).was_taken for status in (201, 204, 206))
    assert not any(failure(status).was_taken for status in (199, 301, 404, 500))
    for nobody in (unreachable(), timed_out("a.example:81", 5), too_many()):
        assert nobody.may_pass
        assert not nobody.was_taken
    assert timed_out("a.example:81", 5).message == (
        "Error status : -1 a.example:81 reply timeout, cost:5000ms, timeout:5000ms "
        "(err -4, errno115)"
    )
