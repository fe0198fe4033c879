"""The form in an HTML page, read and sent as a browser without script would."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.request import Request, urlopen


@dataclass(slots=True)
class PageForm:
    """A form of a page.

    Attributes:
        action: URL that it posts to.
        fields: names and values in the page's order, without the file; line breaks are CRLF, as
            browsers send them.
        file_field: name of the file input.
        file_position: how many of the fields stand before the file.
        multipart: whether it is sent as multipart/form-data by POST.
    """

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    file_field: str = ""
    file_position: int = 0
    multipart: bool = True


def read_page(html: str) -> PageForm:
    """The first form of a page that takes a file; ValueError if there is none."""
    reader = _Reader()
    reader.feed(html)
    for form in reader.forms:
        if form.action and form.file_field:
            return form
    raise ValueError("the page holds no form with a file input")


def submit(form: PageForm, filename: str, content_type: str, content: bytes) -> tuple[int, bytes]:
    """Send the form with a file; the answer's status and body.

    Raises:
        urllib.error.HTTPError: for a refusal, with the answer as its body.
    """
    boundary = f"----pillarbox{secrets.token_hex(16)}"
    parts = [_part(boundary, f'name="{name}"', "", value.encode()) for name, value in form.fields]
    disposition = f'name="{form.file_field}"; filename="{filename}"'
    parts.append(_part(boundary, disposition, f"Content-Type: {content_type}\r\n", content))
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    request = Request(  # noqa: S310 (the URL is the page's own)
        form.action,
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with urlopen(request) as answer:  # noqa: S310
        return answer.status, answer.read()


def _part(boundary: str, disposition: str, headers: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{headers}\r\n"
    return head.encode("utf-8") + content + b"\r\n"


#: Inputs that send nothing, or nothing unless they are ticked.
_SILENT = frozenset({"button", "reset", "image"})
_TICKED = frozenset({"checkbox", "radio"})
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open = False
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._open:
            self._open = True
            method = attributes.get("method", "").lower()
            kind = attributes.get("enctype", "").lower()
            multipart = method == "post" and kind == "multipart/form-data"
            self.forms.append(PageForm(attributes.get("action", ""), multipart=multipart))
        elif self._open and attributes.get("name") and "disabled" not in attributes:
            if tag == "input":
                self._input(attributes)
            elif tag == "button" and attributes.get("type", "submit").lower() == "submit":
                self._field(attributes["name"], attributes.get("value", ""))
            elif tag == "textarea":
                self._area, self._text = attributes["name"], ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "textarea" and self._area is not None:
            # A line break right behind the tag is not part of the text.
            self._field(self._area, re.sub(r"^\r?\n", "", self._text))
            self._area = None

    def _input(self, attributes: dict[str, str]) -> None:
        form = self.forms[-1]
        kind = attributes.get("type", "").lower()
        if kind == "file":
            if not form.file_field:
                form.file_field = attributes["name"]
                form.file_position = len(form.fields)
        elif kind in _TICKED:
            if "checked" in attributes:
                self._field(attributes["name"], attributes.get("value", "on"))
        elif kind not in _SILENT:
            self._field(attributes["name"], attributes.get("value", ""))

    def _field(self, name: str, value: str) -> None:
        self.forms[-1].fields.append((name, _LINE_BREAK.sub("\r\n", value)))
