"""What `pillarbox explain` is given: a page, JSON, a captured body, or a policy alone.

Which of them it is, its beginning tells: `<` a page, `{` JSON, `POST ` a request, `--` a body, and
anything else a policy in base64.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import replace
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pillarbox.cli.page_form import read_page
from pillarbox.forms.fields import FilePart
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal
from pillarbox.policy import encode_policy
from pillarbox.server.form_reader import (
    FileEnd,
    FormField,
    FormReader,
    TrailingField,
    boundary_of,
)


def read_source(
    content: bytes, content_type: str | None, file: PresentedFile | None
) -> PresentedForm | str:
    """The form that `content` holds, or the text of a field `policy`.

    Args:
        content_type: of a captured body; by default its first line names the boundary.
        file: what a visitor would choose; not for a capture, which has one.

    Raises:
        ValueError: it is nothing of these, in a sentence.
    """
    start = content.lstrip(b" \t\r\n\xef\xbb\xbf")[:5]
    if content_type is not None or start.startswith((b"POST ", b"--")):
        if file is not None:
            raise ValueError("the capture has a file of its own: leave --file out")
        return _read_capture(content.lstrip(b"\r\n"), content_type)
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(
            "this is no page, no JSON, no captured form and no policy: it is not UTF-8 text"
        ) from None
    if not text:
        raise ValueError("there is nothing to explain: the input is empty")
    if text.startswith("<"):
        return _read_html(text, file)
    if text.startswith("{"):
        return _read_json(text, file)
    return text


def chosen_file(path: Path) -> PresentedFile:
    """A file as a browser would send it: its name, its type by its ending, its size in bytes.

    Raises:
        OSError: it can't be looked at.
    """
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return PresentedFile(FilePart(path.name, kind), path.stat().st_size)


def _read_html(text: str, file: PresentedFile | None) -> PresentedForm:
    page = read_page(text)
    at = page.file_position
    fields = page.fields
    flaw = None
    if page.file_field.lower() != "file":
        flaw = refusals.WRONG_NUMBER_OF_FILES()
        flaw.hint = f"The page's file input is named {page.file_field!r}: name it file."
    if not page.multipart:
        flaw = refusals.REQUEST_IS_NOT_MULTIPART()
        flaw.hint = 'Write the form with method="post" enctype="multipart/form-data".'
    late = tuple(name for name, _ in fields[at:])
    form = PresentedForm(tuple(fields[:at]), late, _bucket_of(page.action), file)
    # The body has no file that the store could find.
    return form if flaw is None else replace(form, file=None, flaw=flaw)


class _Members(list[tuple[str, Any]]):
    """A JSON object with all of its members, those that stand twice too."""

    def get(self, name: str) -> Any:
        return next((value for key, value in self if key == name), None)


def _read_json(text: str, file: PresentedFile | None) -> PresentedForm | str:
    try:
        document = json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        # A policy may hold `\$`, which is no JSON; what is wrong with it its own reader says best.
        if '"conditions"' in text or '"expiration"' in text:
            return encode_policy(text)
        raise ValueError("the JSON can't be read: give what SignedForm.to_json made") from None
    names = {name for name, _ in document}
    if names & {"conditions", "expiration"}:
        return encode_policy(text)
    members = document.get("fields") if "fields" in names else document
    if not isinstance(members, _Members) or not all(isinstance(v, str) for _, v in members):
        raise ValueError("the JSON holds no fields: each must have a text, as in to_json")
    url = document.get("url") if "fields" in names else None
    order = [name.lower() for name, _ in members]
    at = order.index("file") if "file" in order else len(members)
    late = tuple(name for name, _ in members[at + 1 :])
    bucket = _bucket_of(url) if isinstance(url, str) else None
    return PresentedForm(tuple(members[:at]), late, bucket, file)


def _bucket_of(url: str) -> str | None:
    """The bucket that a form's URL addresses: its path, or else the first label of its host."""
    parts = urlsplit(url)
    segment = parts.path.strip("/").partition("/")[0]
    if segment:
        return unquote(segment)
    label, dot, _ = (parts.hostname or "").partition(".")
    return label if dot and not label.isdigit() else None


def _read_capture(content: bytes, content_type: str | None) -> PresentedForm:
    if not content.startswith(b"POST "):
        if content_type is not None:
            return _read_body(content, content_type.encode())
        # A delimiter is two hyphens and the boundary.
        boundary = content.partition(b"\r\n")[0][2:]
        return _read_body(content, b'multipart/form-data; boundary="' + boundary + b'"')
    head, blank, body = content.partition(b"\r\n\r\n")
    if not blank:
        raise ValueError("the captured request has no blank line (CRLF) behind its headers")
    request_line, _, lines = head.partition(b"\r\n")
    headers = BytesParser(policy=compat32).parsebytes(lines, headersonly=True)
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        raise ValueError(
            "the captured request is chunked: give its body alone, unchunked, with --content-type"
        )
    length = headers.get("Content-Length", "")
    if length.isascii() and length.isdigit():
        body = body[: int(length)]
    kinds = [content_type] if content_type else headers.get_all("Content-Type", [])
    # Of two, the server takes neither.
    kind = str(kinds[0]) if len(kinds) == 1 else ""
    target = request_line.split(b" ")[1].decode("latin-1")
    form = _read_body(body, kind.encode("latin-1", "replace"))
    url = target if "://" in target else f"http://{headers.get('Host', '')}{target}"
    return replace(
        form, bucket=_bucket_of(url.partition("?")[0]), acl_header=headers.get("x-oss-object-acl")
    )


def _read_body(body: bytes, content_type: bytes) -> PresentedForm:
    fields: list[tuple[str, str]] = []
    late: list[str] = []
    part: FilePart | None = None
    size = 0
    complete = False
    flaw = None
    try:
        reader = FormReader(boundary_of(content_type))
        for event in reader.feed(body):
            match event:
                case FormField():
                    fields.append((event.name, event.value))
                case FilePart():
                    part = event
                case bytes():
                    size += len(event)
                case FileEnd():
                    complete = True
                case TrailingField():
                    late.append(event.name)
        reader.close()
    except Refusal as refusal:
        flaw = refusal
    file = None if part is None else PresentedFile(part, size, complete)
    return PresentedForm(tuple(fields), tuple(late), None, file, flaw=flaw)
