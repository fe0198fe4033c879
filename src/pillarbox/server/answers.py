"""Answers: status, headers and body out; refusals become XML here and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from pillarbox.model.dialects import OSS, Dialect
from pillarbox.model.limits import MAX_ERROR_BODY_SIZE
from pillarbox.model.refusals import Refusal
from pillarbox.model.s3_refusals import worded
from pillarbox.wire_xml.tree import Node, write_document


@dataclass(slots=True)
class Answer:
    """What goes back to the client.

    Attributes:
        headers: names and values; values are text that is sent as UTF-8.
        body: the whole body, unless there is a `stream`.
        stream: pieces of the body, `length` bytes in all.
        close: to be called when the answer has ended, however it ended.
        code, ec: of the refusal, for the log.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    length: int | None = None
    close: Callable[[], None] | None = None
    code: str = ""
    ec: str = ""


def empty(status: int, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer without a body."""
    return Answer(status, list(headers))


def document(
    status: int, root: Node, headers: Iterable[tuple[str, str]] = (), dialect: Dialect = OSS
) -> Answer:
    """An answer with an XML document, in the namespace of the dialect."""
    name, content = root
    if dialect.namespace:
        name = f'{name} xmlns="{dialect.namespace}"'
    body = write_document((name, content))
    return Answer(status, [("Content-Type", "application/xml"), *headers], body)


def refusal(error: Refusal, request_id: str, host: str, dialect: Dialect = OSS) -> Answer:
    """The error document (OSS and S3: "Error responses"), at most 4 KB long.

    oss2 reads 4,096 bytes of it and no more, so details that would not fit are cut.
    """
    error = worded(error, dialect)
    ends: list[Node] = [("RequestId", request_id), ("HostId", host[:255])]
    texts = {"Code": error.code, "Message": error.message, **error.details}
    if error.ec:
        ends.append(("EC", error.ec))
        ends.append(("RecommendDoc", f"https://api.aliyun.com/troubleshoot?q={error.ec}"))
    body = _error_document(texts, ends)
    while len(body) > MAX_ERROR_BODY_SIZE:
        longest = max(texts, key=lambda name: len(texts[name]))
        texts[longest] = texts[longest][: len(texts[longest]) * 3 // 4]
        body = _error_document(texts, ends)
    headers = [("Content-Type", "application/xml"), *error.headers.items()]
    if error.ec:
        headers.append(("x-oss-ec", error.ec))
    return Answer(int(error.status), headers, body, code=error.code, ec=error.ec or "")


def _error_document(texts: dict[str, str], ends: list[Node]) -> bytes:
    """Code, Message, RequestId, HostId, then details, then EC: the order of OSS's samples."""
    items: list[Node] = list(texts.items())
    return write_document(("Error", [*items[:2], *ends[:2], *items[2:], *ends[2:]]))


def without_body(answer: Answer, dialect: Dialect = OSS) -> Answer:
    """The answer to a HEAD request: OSS has an error document in the header `x-oss-err`."""
    headers = list(answer.headers)
    if answer.code and dialect is OSS:
        headers.append(("x-oss-err", base64.b64encode(answer.body).decode("ascii")))
    return Answer(
        answer.status,
        headers,
        length=answer.length if answer.length is not None else len(answer.body),
        code=answer.code,
        ec=answer.ec,
    )


def allows_body(status: int) -> bool:
    """Whether an answer of this status may carry a body and a Content-Length (RFC 9110)."""
    return status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
