"""The body of a callback: a template with `${variables}` (OSS: "Callback", callbackBody).

Text around the variables is copied as it stands. In a form body each value is percent-encoded; in
a JSON body it is a JSON value: texts with quotes and escapes, numbers bare.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pillarbox.callback.image import ImageInfo

FORM_BODY = "application/x-www-form-urlencoded"
JSON_BODY = "application/json"
BODY_TYPES = (FORM_BODY, JSON_BODY)

SYSTEM_VARIABLES = frozenset(
    {
        "bucket",
        "object",
        "etag",
        "size",
        "mimeType",
        "imageInfo.height",
        "imageInfo.width",
        "imageInfo.format",
        "crc64",
        "contentMd5",
        "vpcId",
        "clientIp",
        "reqId",
        "operation",
    }
)
CUSTOM_PREFIX = "x:"

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_CUSTOM_NAME = re.compile(r"[a-z0-9_]+")

#: Bytes that one character may become: `%F0%9F%98%80` of an emoji, `\\u0001` of a control.
_LARGEST_GROWTH = 12
#: Characters of a key at most, and of what else the store itself fills in.
_LARGEST_KEY = 1023
_LARGEST_OTHER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFacts:
    """What a store knows of an upload when it calls.

    Attributes:
        etag: without quotes.
        size: bytes.
        crc64: CRC-64/XZ, unsigned.
        content_md5: 16 bytes, None where there is no MD5 of the whole.
        image: None for what is no picture.
        client_ip: of the uploader, as the store sees it.
        operation: `PutObject`, `PostObject` or `CompleteMultipartUpload`.
        custom: values of `${x:name}`, by name with `x:`.
    """

    bucket: str
    key: str
    etag: str
    size: int
    mime_type: str
    crc64: int
    content_md5: bytes | None
    image: ImageInfo | None
    client_ip: str
    request_id: str
    operation: str
    custom: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str | int:
        """The value of a variable; a custom one that was not given is empty."""
        if name.startswith(CUSTOM_PREFIX):
            return self.custom.get(name, "")
        return self._system()[name]

    def _system(self) -> dict[str, str | int]:
        image, md5 = self.image, self.content_md5
        return {
            "bucket": self.bucket,
            "object": self.key,
            "etag": self.etag,
            "size": self.size,
            "mimeType": self.mime_type,
            "imageInfo.height": "" if image is None else image.height,
            "imageInfo.width": "" if image is None else image.width,
            "imageInfo.format": "" if image is None else image.format,
            # A text: as a number it would lose digits in JavaScript.
            "crc64": str(self.crc64),
            "contentMd5": "" if md5 is None else base64.b64encode(md5).decode("ascii"),
            "vpcId": "",
            "clientIp": self.client_ip,
            "reqId": self.request_id,
            "operation": self.operation,
        }


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """A template whose variables are all known.

    Attributes:
        body_type: one of `BODY_TYPES`.
    """

    text: str
    body_type: str = FORM_BODY

    @property
    def asks_for_image(self) -> bool:
        """Whether the picture's format or size is to be filled in."""
        return any(name.startswith("imageInfo.") for name in variables_of(self.text))

    def fill(self, facts: UploadFacts) -> bytes:
        """The body of the call."""
        values = {name: self._encoded(facts.value(name)) for name in set(variables_of(self.text))}
        return _VARIABLE.sub(lambda found: values[found[1]], self.text).encode()

    def largest_size(self, mime_type: str, custom: Mapping[str, str]) -> int:
        """Bytes that the filled-in body may take at most, without making it."""
        known = {"object": _LARGEST_KEY, "mimeType": len(mime_type)}
        size = len(self.text.encode())
        for name in variables_of(self.text):
            if name.startswith(CUSTOM_PREFIX):
                longest = len(custom.get(name, ""))
            else:
                longest = known.get(name, _LARGEST_OTHER)
            size += longest * _LARGEST_GROWTH + 2
        return size

    def _encoded(self, value: str | int) -> str:
        if self.body_type == JSON_BODY:
            return json.dumps(value, ensure_ascii=False)
        return quote(str(value), safe="")


def variables_of(text: str) -> Iterator[str]:
    """The names in `${…}`, each time they occur."""
    return (found[1] for found in _VARIABLE.finditer(text))


def unknown_variables(text: str) -> Iterator[str]:
    """Those names that no store fills in."""
    for name in variables_of(text):
        if name not in SYSTEM_VARIABLES and not is_custom_variable(name):
            yield name


def is_custom_name(name: str) -> bool:
    """Whether a custom variable may be called so, without `x:` (OSS: "Callback", callback-var)."""
    return _CUSTOM_NAME.fullmatch(name) is not None


def is_custom_variable(name: str) -> bool:
    """As `is_custom_name`, for the name with `x:`."""
    return name.startswith(CUSTOM_PREFIX) and is_custom_name(name.removeprefix(CUSTOM_PREFIX))
