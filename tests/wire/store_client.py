"""A store as its users see it: forms posted and objects looked at over bare sockets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from pillarbox.model.objects import AccessKey
from tests.server_process import ServerProcess
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire import signatures
from tests.wire.raw_http import Headers, RawAnswer, exchange, head, request
from tests.worker_state import unfinished_uploads

BOUNDARY = b"----boundary7MA4YWxk"
FORM_TYPE = b"multipart/form-data; boundary=" + BOUNDARY

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def part(name: str, value: bytes, tail: str = "") -> bytes:
    """One part of a form; `tail` follows the name in its headers."""
    lead = f'--{BOUNDARY.decode()}\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'
    return lead.encode() + value + b"\r\n"


def form(
    fields: Fields,
    content: bytes = b"bytes",
    *,
    filename: str | None = "a.txt",
    part_type: str | None = None,
    late: Fields = (),
) -> bytes:
    """A form's body; `late` fields stand behind the file."""
    tail = "" if filename is None else f'; filename="{filename}"'
    tail += "" if part_type is None else f"\r\nContent-Type: {part_type}"
    parts = [part(name, value.encode()) for name, value in _items(fields)]
    parts.append(part("file", content, tail))
    parts.extend(part(name, value.encode()) for name, value in _items(late))
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def _items(fields: Fields) -> Iterable[tuple[str, str]]:
    return fields.items() if isinstance(fields, Mapping) else fields


class StoreClient:
    """Talks to one server, signing with its root key where it has to."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        """Start a server with the AccessKey of the published vectors."""
        key = AccessKey(id=KEY_ID, secret=SECRET, account_id="")
        self.server = ServerProcess(data_dir, options, access_key=key)
        self.port = self.server.port

    def end(self) -> None:
        """Stop the server; it must end well."""
        try:
            self.server.stop()
        finally:
            self.server.end()

    def post(
        self, bucket: str, body: bytes, headers: Headers = (), content_type: bytes = FORM_TYPE
    ) -> RawAnswer:
        """Post a form's body to a bucket."""
        typed = [(b"Content-Type", content_type), *headers]
        return request(self.port, b"POST", f"/{bucket}".encode(), typed, body)

    def post_chunked(self, bucket: str, chunks: Iterable[bytes]) -> RawAnswer:
        """Post what is chunked already."""
        headers = [(b"Content-Type", FORM_TYPE), (b"Transfer-Encoding", b"chunked")]
        return exchange(self.port, head(b"POST", f"/{bucket}".encode(), headers), *chunks)

    def signed(
        self,
        method: str,
        bucket: str,
        key: str = "",
        query: str = "",
        own: Mapping[str, str] | None = None,
        headers: Headers = (),
    ) -> RawAnswer:
        """A request signed in its header; `query` is a sub-resource or unsigned parameters."""
        resource = f"/{bucket}/{key}"
        if query in ("acl", "bucketInfo", "objectMeta"):
            resource += f"?{query}"
        target = f"/{bucket}/{quote(key, safe='')}" + (f"?{query}" if query else "")
        signed = signatures.authorization(KEY_ID, SECRET, method, resource, own)
        return request(self.port, method.encode(), target.encode(), [*signed, *headers])

    def read(self, bucket: str, key: str) -> RawAnswer:
        """Get an object as its owner."""
        return self.signed("GET", bucket, key)

    def keys(self, bucket: str) -> bytes:
        """The listing of a bucket."""
        return self.signed("GET", bucket).body

    def unfinished(self) -> int:
        """How many files without a name the worker holds open: uploads that have not ended."""
        return unfinished_uploads(self.server)

    def files(self) -> int:
        """Bytes of all files in the store's directory of blobs."""
        blobs = self.server.data_dir / "blobs"
        return sum(path.stat().st_size for path in blobs.rglob("*") if path.is_file())
