"""What a résumé may be. The form's policy says it to the store; the other way checks it here."""

from __future__ import annotations

from datetime import timedelta

MAX_SIZE = 10 * 1024 * 1024
"""Bytes."""

FORM_LIFETIME = timedelta(minutes=10)

#: By the end of the file's name. Browsers tell the type themselves, where they know it.
TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".txt": "text/plain",
}


def flaw_of(size: int, content_type: str | None) -> str | None:
    """Why a file is no résumé, a sentence, or None if it may be one.

    Args:
        size: bytes.
        content_type: as the browser says.
    """
    if size == 0:
        return "The file is empty."
    if size > MAX_SIZE:
        return f"The file has {size} bytes, at most {MAX_SIZE} are taken."
    if content_type not in TYPES.values():
        return f"A résumé is a PDF, DOC, DOCX, ODT or TXT file, this one is {content_type}."
    return None
