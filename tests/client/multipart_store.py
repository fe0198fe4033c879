"""A store of multipart uploads and nothing else, in memory, for the client's way with them.

It answers as facts of OSS's pages say ("InitiateMultipartUpload", "UploadPart", "ListParts", …),
and it checks what it is sent: MD5s, the order of parts, that a list names what is there.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from defusedxml.ElementTree import fromstring
from fastcrc import crc64

_PAGE = 7


@dataclass(slots=True)
class MultipartStore:
    """Where it listens, what it holds: parts by upload id and number, objects by path."""

    url: str
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    tells_crc: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest().upper()}"'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    store: MultipartStore


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        with self.server.store.lock:
            self.serve(self.command, url.path, query, body)

    def serve(self, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        upload_id = query.get("uploadId", "")
        if method in ("GET", "HEAD") and not query:
            self.tell_object(path)
        elif "uploads" in query:
            upload_id = f"{len(self.server.store.headers):032X}"
            self.server.store.uploads[upload_id] = {}
            self.server.store.headers[upload_id] = {n.lower(): v for n, v in self.headers.items()}
            self.xml(f"InitiateMultipartUploadResult><UploadId>{upload_id}</UploadId></")
        elif method == "PUT" and not upload_id:
            self.server.store.objects[path] = body
            self.reply(200, headers=self.facts(body))
        elif upload_id not in self.server.store.uploads:
            self.refuse(404, "NoSuchUpload")
        elif method == "PUT":
            self.server.store.uploads[upload_id][int(query["partNumber"])] = body
            self.reply(200, headers=self.facts(body))
        elif method == "GET":
            self.list_parts(upload_id, int(query.get("part-number-marker", "0")))
        elif method == "DELETE":
            del self.server.store.uploads[upload_id]
            self.reply(204)
        else:
            self.complete(upload_id, path, body)

    def facts(self, body: bytes) -> dict[str, str]:
        told = {"ETag": _etag(body), "Last-Modified": "Wed, 25 Nov 2026 00:00:00 GMT"}
        if self.server.store.tells_crc:
            told["x-oss-hash-crc64ecma"] = str(crc64.xz(body))
        return told

    def tell_object(self, path: str) -> None:
        if path not in self.server.store.objects:
            self.refuse(404, "NoSuchKey")
            return
        body = self.server.store.objects[path]
        self.reply(200, body, self.facts(body))

    def list_parts(self, upload_id: str, marker: int) -> None:
        parts = sorted(self.server.store.uploads[upload_id].items())
        page = [(number, body) for number, body in parts if number > marker][:_PAGE]
        last = page[-1][0] if page else 0
        more = any(number > last for number, _ in parts) and bool(page)
        lines = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{_etag(body)}</ETag>"
            f"<Size>{len(body)}</Size>{self.crc_line(body)}</Part>"
            for number, body in page
        )
        self.xml(
            f"ListPartsResult><NextPartNumberMarker>{last}</NextPartNumberMarker>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{lines}</"
        )

    def crc_line(self, body: bytes) -> str:
        return (
            f"<HashCrc64ecma>{crc64.xz(body)}</HashCrc64ecma>"
            if self.server.store.tells_crc
            else ""
        )

    def complete(self, upload_id: str, path: str, body: bytes) -> None:
        listed = [
            (int(part.findtext("PartNumber") or 0), part.findtext("ETag"))
            for part in fromstring(body)
        ]
        there = self.server.store.uploads[upload_id]
        if any(_etag(there.get(number, b"")) != etag for number, etag in listed):
            self.refuse(400, "InvalidPart")
        elif [number for number, _ in listed] != list(range(1, len(listed) + 1)):
            self.refuse(400, "InvalidPartOrder")
        else:
            self.server.store.objects[path] = b"".join(there[number] for number, _ in listed)
            del self.server.store.uploads[upload_id]
            self.xml(
                "CompleteMultipartUploadResult><ETag>&quot;X-2&quot;</ETag></",
                self.facts(self.server.store.objects[path]),
            )

    def xml(self, inside: str, headers: dict[str, str] | None = None) -> None:
        name = inside.partition(">")[0]
        self.reply(200, f"<{inside}{name}>".encode(), headers)

    def refuse(self, status: int, code: str) -> None:
        self.reply(status, f"<Error><Code>{code}</Code></Error>".encode())

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"x-oss-request-id": "ID", **(headers or {})}.items():
            self.send_header(name, value)
        if self.command == "HEAD" and status >= 400:
            self.send_header("x-oss-err", base64.b64encode(body).decode())
            body = b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


@contextmanager
def multipart_store() -> Iterator[MultipartStore]:
    """One on a free port of the loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.store = store = MultipartStore(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
