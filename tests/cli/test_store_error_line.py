from __future__ import annotations

import pytest

from pillarbox.cli.store_error_line import store_error_line
from pillarbox.client.errors import (
    ChangedError,
    DamagedError,
    ForeignAnswerError,
    RefusedError,
    StoreError,
    UnreachableError,
)


def skewed(sent: str, received: str) -> RefusedError:
    times = {"RequestTime": sent, "ServerTime": received}
    return RefusedError(403, "RequestTimeTooSkewed", "The difference is.", "ID", details=times)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            RefusedError(404, "NoSuchBucket", "Not there.", "ID", "0015-00000101"),
            "the store refused: 404 NoSuchBucket, EC 0015-00000101: Not there (request id ID); "
            "pillarbox bucket list shows those that are there",
        ),
        (
            RefusedError(403, "Odd", ""),
            "the store refused: 403 Odd; the store's documentation tells more under this code",
        ),
        (
            RefusedError(503, "Odd", "", "ID"),
            "the store refused: 503 Odd (request id ID); try again later; the store's log tells "
            "more under the request id",
        ),
        (
            RefusedError(
                400, "InvalidArgument", "", details={"ArgumentName": "a", "ArgumentValue": "b"}
            ),
            "the store refused: 400 InvalidArgument; it means a, 'b'",
        ),
        (
            RefusedError(403, "AccessDenied", "", details={"Endpoint": "oss-cn-a.example"}),
            "the store refused: 403 AccessDenied; the bucket is elsewhere: give --endpoint "
            "oss-cn-a.example",
        ),
        (
            skewed("2030-01-01T13:05:00Z", "2030-01-01T12:00:00Z"),
            "the store refused: 403 RequestTimeTooSkewed: The difference is (request id ID); this "
            "machine's clock is 1 hour 5 minutes ahead of the store's: set it right",
        ),
        (
            skewed("2030-01-01T12:00:00Z", "2030-01-03T12:00:00Z"),
            "the store refused: 403 RequestTimeTooSkewed: The difference is (request id ID); this "
            "machine's clock is 2 days behind the store's: set it right",
        ),
        (
            UnreachableError("http://a:1", "Connection refused"),
            "can't reach http://a:1: Connection refused; start the store there, or name another by "
            "--endpoint or PILLARBOX_ENDPOINT",
        ),
        (
            ForeignAnswerError("http://a:1", 502, "no XML document"),
            "http://a:1 gave no answer of a store but 502, no XML document; give the store's own "
            "URL by --endpoint or PILLARBOX_ENDPOINT",
        ),
        (StoreError("odd"), "odd"),
    ],
)
def test_lines(error: StoreError, line: str) -> None:
    assert store_error_line(error) == line


def test_a_store_can_not_fill_or_move_the_terminal() -> None:
    text = "\x1b[2J\r\n" + "x" * 100_000
    details = {"Endpoint": text}
    for error in (
        RefusedError(403, text, text, text, details=details),
        RefusedError(403, text, text, text, details={"ArgumentName": text, "ArgumentValue": text}),
        UnreachableError("http://a", text),
        ForeignAnswerError("http://a", 200, text),
    ):
        line = store_error_line(error)
        assert line.isprintable()
        assert len(line) < 5000


def test_what_was_moved() -> None:
    assert store_error_line(DamagedError("oss://a-bucket/b", "CRC")) == (
        "oss://a-bucket/b is damaged: CRC; run the command again, and keep what you have until it "
        "agrees"
    )
    assert store_error_line(ChangedError("a\n")) == (
        "a\\n changed while it was being moved; run the command again when nobody changes it"
    )
