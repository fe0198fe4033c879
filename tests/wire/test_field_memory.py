"""Fields that nobody has signed yet fill memory only so far, whatever they are written in."""

from __future__ import annotations

from pathlib import Path

from pillarbox.model.limits import MIB
from pillarbox.server.field_memory import MAX_FIELD_MEMORY
from tests.server_process import wait_until
from tests.wire.raw_http import Connection, head
from tests.wire.store_client import BOUNDARY, FORM_TYPE, StoreClient, form

#: Each holds 7 MiB of fields in 28 MiB of text, for one character makes all of a text wide.
FORMS = 30
WIDE = "\N{PILE OF POO}".encode() + b"v" * (MIB - 4)


def resident(store: StoreClient) -> int:
    """Bytes of memory that the worker has at the moment."""
    pages = Path(f"/proc/{store.server.worker_pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def part(name: str, value: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"'.encode()
    return b"--" + BOUNDARY + b"\r\n" + disposition + b"\r\n\r\n" + value + b"\r\n"


def test_all_forms_together_are_bounded(tmp_path: Path) -> None:
    store = StoreClient(tmp_path, "--init-bucket", "open:public-read-write")
    try:
        before = resident(store)
        fields = b"".join(part(f"f{n}", WIDE) for n in range(7))
        opening = head(
            b"POST", b"/open", [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"99999999")]
        )
        connections = [Connection(store.port) for _ in range(FORMS)]
        for connection in connections:
            connection.send(opening, fields)
        held = resident(store) - before
        codes = []
        for connection in connections:
            connection.half_close()
            codes.append(connection.answer().error["Code"])
            connection.__exit__(None, None, None)
        assert set(codes) == {"IncompleteBody", "ServiceUnavailable"}
        # What the allocator keeps and what is on its way come on top; unbounded it is 1 GiB.
        assert held < 2 * MAX_FIELD_MEMORY
        # All was given back: what is refused for a while is taken again.
        wait_until(
            lambda: store.post("open", form({"key": "k"}, b"text")).status == 204, "room for a form"
        )
    finally:
        store.end()
