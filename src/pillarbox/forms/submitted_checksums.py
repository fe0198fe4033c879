"""Digests of the file that a form brings along (S3: "POST Object", checksum fields; facts 11.2).

OSS's forms have none: there the header Content-MD5 is that of the whole body.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.form_rules import CHECKSUM_FIELDS, S3_FIELDS
from pillarbox.model import refusals, s3_refusals

#: Bytes of each algorithm's digest.
_SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}


@dataclass(frozen=True, slots=True)
class SubmittedDigest:
    """What a form says that the file's bytes have.

    Attributes:
        algorithm: `MD5`, `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
        expected: the digest; a CRC with its highest byte first.
    """

    algorithm: str
    expected: bytes

    def check(self, found: bytes) -> None:
        """Refuse `BadDigest` unless the file has it."""
        if found == self.expected:
            return
        if self.algorithm == "MD5":
            raise s3_refusals.BAD_DIGEST()
        raise s3_refusals.BAD_DIGEST(
            f"The {self.algorithm} you specified did not match the calculated checksum."
        )


def submitted_digests(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    """The digests that a form brings.

    Raises:
        Refusal: `InvalidDigest` or `InvalidRequest` for one that can't be read, for several
            checksums in one form, and for an algorithm that isn't its checksum's.
    """
    if S3_FIELDS not in form.rules.vocabularies:
        return ()
    return (*_md5(form), *_checksum(form))


def _md5(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    text = form.get("content-md5")
    if text is None:
        return ()
    digest = _decoded(text)
    if digest is None or len(digest) != 16:
        raise refusals.INVALID_DIGEST()
    return (SubmittedDigest("MD5", digest),)


def _checksum(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    named = form.get("x-amz-checksum-algorithm")
    if named is not None and named not in _SIZES:
        raise refusals.INVALID_REQUEST(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(_SIZES)}]"
        )
    fields = [S3_FIELDS.dialect.field(name) for name in CHECKSUM_FIELDS]
    found = [(name, text) for name in fields if (text := form.get(name)) is not None]
    if not found:
        return ()
    if len(found) > 1:
        raise refusals.INVALID_REQUEST(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    [(name, text)] = found
    algorithm = name.rpartition("-")[2].upper()
    digest = _decoded(text)
    if digest is None or len(digest) != _SIZES[algorithm] or named not in (None, algorithm):
        raise refusals.INVALID_REQUEST(f"Value for {name} header is invalid.")
    return (SubmittedDigest(algorithm, digest),)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
