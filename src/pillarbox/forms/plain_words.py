"""What the plain form says to a visitor without script: in English or Simplified Chinese.

Nobody can ask the browser for its language there, so the page's author names one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pillarbox.forms.signed_form import SignedForm

_UNITS = ("kB", "MB", "GB")


@dataclass(frozen=True, slots=True)
class PlainWords:
    """The words of one language.

    Attributes:
        title: of a page.
        file, upload: of the label and the button.
        at_most, at_least, types, expires: a limit each, with its value to be filled in.
    """

    title: str
    file: str
    upload: str
    at_most: str
    at_least: str
    types: str
    expires: str
    comma: str
    byte: str
    bytes: str

    @classmethod
    def of(cls, language: str | None) -> PlainWords:
        """Those of a BCP 47 tag; English unless it is Chinese."""
        name = (language or "").lower()
        return _CHINESE if name == "zh" or name.startswith("zh-") else _ENGLISH

    def limits(self, form: SignedForm) -> Iterator[str]:
        """What the form's policy lets the file be, and until when."""
        if form.max_size is not None:
            yield self.at_most.format(self.size(form.max_size))
        if form.min_size > 1:
            yield self.at_least.format(self.size(form.min_size))
        if form.content_types:
            yield self.types.format(self.comma.join(map(type_name, form.content_types)))
        yield self.expires.format(f"{form.expires:%Y-%m-%d %H:%M} UTC")

    def size(self, size: int) -> str:
        """A size in bytes, as the script writes it: a megabyte has 1,048,576 bytes."""
        if size < 1000:
            return f"{size} {self.byte if size == 1 else self.bytes}"
        step = min(len(_UNITS), max(1, (size.bit_length() - 1) // 10))
        value = size / 1024**step
        return f"{value:,.{int(value < 10)}f}".removesuffix(".0") + f" {_UNITS[step - 1]}"


def type_name(content_type: str) -> str:
    """A content type by the name that people know, as in the script's `TYPE_NAMES`."""
    if content_type.endswith("/*"):
        return content_type
    return TYPE_NAMES.get(content_type) or content_type.rpartition("/")[2].upper()


TYPE_NAMES = {
    "application/msword": "DOC",
    "application/vnd.oasis.opendocument.presentation": "ODP",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "image/svg+xml": "SVG",
    "text/plain": "TXT",
}

_ENGLISH = PlainWords(
    title="Upload files",
    file="File",
    upload="Upload",
    at_most="At most {}",
    at_least="at least {}",
    types="Allowed: {}",
    expires="Open until {}",
    comma=", ",
    byte="byte",
    bytes="bytes",
)
_CHINESE = PlainWords(
    title="上传文件",
    file="文件",
    upload="上传",
    at_most="不超过 {}",
    at_least="不小于 {}",
    types="允许的类型：{}",
    expires="有效至 {}",
    comma="、",
    byte="字节",
    bytes="字节",
)
