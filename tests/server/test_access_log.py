import asyncio
import json
import os
import re
from collections.abc import Coroutine
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.server.access_log import STANDARD_OUTPUT, AccessLog, AccessRecord
from pillarbox.server.line_writer import LineWriter

RECORD = AccessRecord(
    "6A5B1C2D3E4F5A6B7C8D9E0F",
    remote="127.0.0.1",
    access_key_id="id",
    operation="PostObject",
    bucket="photos",
    key="文件 a.txt",
    status=403,
    code="AccessDenied",
    ec="0006-00000227",
    bytes_in=12,
    bytes_out=345,
    milliseconds=6.78,
)


def line(form: str, record: AccessRecord) -> str:
    return written(form, record)


def written(form: str, *records: AccessRecord) -> str:
    with TemporaryFile() as file:
        log = AccessLog(form, LineWriter(file.fileno()))

        async def write() -> None:
            for record in records:
                log.write(record)

        run(write())
        log.close()
        file.seek(0)
        return file.read().decode("utf-8")


def run(work: Coroutine[None, None, None]) -> None:
    """Run `work` and what it left for the loop's next round."""

    async def and_the_next_round() -> None:
        await work
        await asyncio.sleep(0)

    asyncio.run(and_the_next_round())


def test_text() -> None:
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 6A5B1C2D3E4F5A6B7C8D9E0F 127\.0\.0\.1 id "
        r'PostObject "photos" "文件 a\.txt" 403 AccessDenied 0006-00000227 in=12 out=345 6\.8ms\n',
        line("text", RECORD),
    )


def test_json() -> None:
    read = json.loads(line("json", RECORD))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", read.pop("time"))
    assert read == {
        "request_id": "6A5B1C2D3E4F5A6B7C8D9E0F",
        "remote": "127.0.0.1",
        "access_key_id": "id",
        "dialect": "oss",
        "operation": "PostObject",
        "bucket": "photos",
        "key": "文件 a.txt",
        "status": 403,
        "code": "AccessDenied",
        "ec": "0006-00000227",
        "bytes_in": 12,
        "bytes_out": 345,
        "milliseconds": 6.8,
    }


def test_what_is_not_known() -> None:
    assert " - - - - 0 - - in=0 out=0 0.0ms\n" in line("text", AccessRecord("ID"))


@pytest.mark.parametrize("form", ["text", "json"])
@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_no_name_forges_a_line_or_steers_a_terminal(form: str, bucket: str, key: str) -> None:
    written = line(form, AccessRecord("ID", bucket=bucket, key=key))
    assert written.endswith("\n")
    assert len(written.splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", written[:-1])
    if form == "json":
        read = json.loads(written)
        assert (read["bucket"], read["key"]) == (bucket, key)


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u200f", "\u061c"])
def test_no_name_turns_the_direction_of_a_line(control: str) -> None:
    assert f"a\\u{ord(control):04x}b" in line("text", AccessRecord("ID", key=f"a{control}b"))


def test_requests_that_end_together_are_lines_of_their_own() -> None:
    both = written("text", AccessRecord("FIRST"), AccessRecord("SECOND"))
    assert re.findall("FIRST|SECOND", both) == ["FIRST", "SECOND"]
    assert both.count("\n") == 2


def test_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("text", LineWriter(STANDARD_OUTPUT))

    async def write() -> None:
        log.write(RECORD)

    run(write())
    log.close()
    assert RECORD.request_id in capfd.readouterr().out


def test_what_utf_8_cannot_say_loses_no_line() -> None:
    both = written("text", AccessRecord("FIRST", key="\udc80"), AccessRecord("SECOND"))
    assert "\\udc80" in both
    assert "SECOND" in both


def test_a_pipe_that_nobody_reads_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing)
    log = AccessLog("text", writer)

    async def write() -> None:
        for _ in range(100):
            for _ in range(100):
                log.write(AccessRecord("ID", key="k" * 1023))
            await asyncio.sleep(0)

    run(write())
    log.close()  # returns although nothing can be written
    with os.fdopen(reading, "rb") as pipe:
        lines = 0
        while lines == 0 or not caplog.records:
            lines += pipe.read1(65536).count(b"\n")
    assert writer._thread is not None
    writer._thread.join()  # what it has left finds no reader; another pipe may get its number
    os.close(writing)
    assert "lines of the access log were dropped" in caplog.text
    assert 0 < lines < 10_000


def test_lines_of_two_workers_keep_apart_in_a_pipe() -> None:
    reading, writing = os.pipe()
    lines = {mark: [mark * 700 + "\n"] * 200 for mark in "ab"}
    writers = {mark: LineWriter(writing) for mark in lines}
    for mark, writer in writers.items():
        writer.write(lines[mark])  # more than the pipe takes: the writers' threads wait for us
    found = b""
    while found.count(b"\n") < 400:
        found += os.read(reading, 1000)
    for writer in writers.values():
        writer.close()
    assert {*found.decode().splitlines()} == {"a" * 700, "b" * 700}
    os.close(reading)
    os.close(writing)
