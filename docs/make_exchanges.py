"""Writes `docs/exchanges.md`: what a running server answered to `exchanges`; run `make docs`.

What differs from run to run is replaced: signatures, times, ids, addresses.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path

from docs.exchanges import UPLOAD_ID, Exchange, exchanges
from pillarbox.forms import Credentials
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.server.operations.table import OPERATIONS
from pillarbox.signing import header_v1, s3_v2
from pillarbox.testing import RunningStore, running_store

PAGE = Path(__file__).parent / "exchanges.md"

_KEY = Credentials("example", "example-secret")

#: Headers of answers that are much the same everywhere.
_LEFT_OUT = frozenset(
    ("date", "server", "x-content-type-options", "x-oss-server-time", "content-length")
)
_REPLACED = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "2030-01-01T00:00:00.000Z"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "Tue, 01 Jan 2030 00:00:00 GMT"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:9000"),
    (re.compile(r"\b\d{16}\b"), "1234567890123456"),
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UPLOAD_ID = re.compile(rb"<UploadId>(\w+)</UploadId>")

_HEAD = """\
# Exchanges

This page is written by `docs/make_exchanges.py` (run `make docs`) from what a running server
answered: an exchange in each dialect for every operation that OSS and S3 both have, in the order in
which they were made. [api.md](api.md) lists all operations, [parity.md](parity.md) says where each
claim comes from; forms are shown in [toolkit.md](toolkit.md).

Left out are Host, Date, lengths, the XML declaration and what every answer has: `Server`, the
request's id. S3's documents have the namespace `http://s3.amazonaws.com/doc/2006-03-01/`. Every
request is signed by V1, in S3 by V2, with `Authorization: OSS example:…` and
`Authorization: AWS example:…`. Times, ids and addresses are examples.
"""


def render() -> str:
    """The whole page, Markdown; starts two servers and stops them."""
    told = {dialect.name: _exchange_all(dialect) for dialect in (OSS, S3)}
    parts = [_HEAD]
    for name, of_oss in told[OSS.name].items():
        s3_name = next(op.name_in(S3) for op in OPERATIONS if op.name == name)
        title = name if s3_name == name else f"{name}, {s3_name}"
        parts.append(f"## {title}\n\n{_both(of_oss, told[S3.name][name])}")
    return "\n".join(parts)


def _both(of_oss: str, of_s3: str) -> str:
    """The two exchanges, once where they are the same."""
    if of_s3 == of_oss:
        return f"In both:\n\n{_block(of_oss)}"
    if of_s3.replace(f' xmlns="{S3.namespace}"', "") == of_oss:
        return f"In both, in S3 with its namespace:\n\n{_block(of_oss)}"
    return f"In OSS:\n\n{_block(of_oss)}\nIn S3:\n\n{_block(of_s3)}"


def _block(text: str) -> str:
    return f"```http\n{text}```\n"


def _exchange_all(dialect: Dialect) -> Mapping[str, str]:
    """The name of each operation and its exchange."""
    told: dict[str, str] = {}
    upload_id = ""
    with running_store(credentials=_KEY) as store:
        for exchange in exchanges(dialect):
            target = exchange.target.replace(UPLOAD_ID, upload_id)
            answer, body = _send(store, exchange, target, dialect)
            if not 200 <= answer.status < 300:
                raise RuntimeError(f"{dialect.name} {exchange.operation}: {answer.status} {body!r}")
            if (found := _UPLOAD_ID.search(body)) is not None:
                upload_id = found[1].decode()
            if exchange.operation:
                text = _written(exchange, answer, body)
                told[exchange.operation] = text.replace(upload_id or UPLOAD_ID, UPLOAD_ID)
    return told


def _send(
    store: RunningStore, exchange: Exchange, target: str, dialect: Dialect
) -> tuple[http.client.HTTPResponse, bytes]:
    path, _, query = target.partition("?")
    _, bucket, key = [*path.split("/", 2), None, None][:3]
    resource = bucket or None, key.encode() if key else None
    parameters = [
        (name.encode(), value.encode())
        for name, _, value in (item.partition("=") for item in query.split("&") if item)
    ]
    headers = {**dict(exchange.headers), "Date": formatdate(usegmt=True)}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if dialect is S3:
        signed = s3_v2.authorization(
            exchange.method,
            path.encode(),
            resource,
            parameters,
            pairs,
            _KEY.access_key_id,
            _KEY.access_key_secret,
        )
    else:
        text = header_v1.string_to_sign(
            exchange.method, pairs, header_v1.canonical_resource(*resource, parameters)
        )
        signed = header_v1.authorization(
            _KEY.access_key_id, header_v1.sign(_KEY.access_key_secret, text)
        )
    connection = http.client.HTTPConnection(store.host, store.port)
    try:
        sent = {**headers, "Authorization": signed}
        connection.request(exchange.method, target, exchange.body.encode(), sent)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def _written(exchange: Exchange, answer: http.client.HTTPResponse, body: bytes) -> str:
    request = [f"{exchange.method} {exchange.target} HTTP/1.1", *_lines(exchange.headers)]
    if exchange.body:
        request += ["", exchange.body]
    told = [
        (name, value)
        for name, value in answer.getheaders()
        if name.lower() not in _LEFT_OUT and not name.lower().endswith("-request-id")
    ]
    reply = [f"HTTP/1.1 {answer.status} {answer.reason}", *_lines(told)]
    if body:
        reply += ["", body.decode().removeprefix(_DECLARATION).rstrip("\n")]
    text = "\n".join((*request, "", *reply)) + "\n"
    for pattern, example in _REPLACED:
        text = pattern.sub(example, text)
    return text


def _lines(headers: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
