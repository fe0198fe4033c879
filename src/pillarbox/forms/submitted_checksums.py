"""Digests of the file that a form brings along (S3: "POST Object", checksum fields; facts 11.2).

OSS's forms have none: there the header Content-MD5 is that of the whole body.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.form_rules import S3_FIELDS
from pillarbox.model import refusals
from pillarbox.model.body_refusals import BAD_DIGEST
from pillarbox.model.checksums import ALGORITHMS, ChecksumAlgorithm, algorithm_named
from pillarbox.model.object_checksum import ObjectChecksum


@dataclass(frozen=True, slots=True)
class SubmittedDigest:
    """What a form says that the file's bytes have.

    Attributes:
        algorithm: None for MD5, which S3 keeps apart from its checksums.
    """

    algorithm: ChecksumAlgorithm | None
    expected: bytes

    def check(self, found: bytes) -> None:
        """Refuse `BadDigest` unless the file has it."""
        if found == self.expected:
            return
        if self.algorithm is None:
            raise BAD_DIGEST()
        raise self.algorithm.mismatch()


def submitted_digests(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    """The digests that a form brings.

    Raises:
        Refusal: `InvalidDigest` or `InvalidRequest` for one that can't be read, for several
            checksums in one form, and for an algorithm that isn't its checksum's.
    """
    if S3_FIELDS not in form.rules.vocabularies:
        return ()
    return (*_md5(form), *_checksum(form))


def kept_checksum(digests: Iterable[SubmittedDigest]) -> ObjectChecksum | None:
    """The checksum that the object keeps, of digests that the file turned out to have."""
    return next(
        (ObjectChecksum(one.algorithm, one.expected) for one in digests if one.algorithm), None
    )


def _md5(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    text = form.get("content-md5")
    if text is None:
        return ()
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise refusals.INVALID_DIGEST()
    return (SubmittedDigest(None, digest),)


def _checksum(form: SubmittedForm) -> tuple[SubmittedDigest, ...]:
    name = form.get("x-amz-checksum-algorithm")
    named = None if name is None else algorithm_named(name)
    found = [(one, text) for one in ALGORITHMS if (text := form.get(one.header)) is not None]
    if not found:
        if named is not None:
            raise refusals.INVALID_REQUEST(
                "x-amz-checksum-algorithm specified, but no corresponding x-amz-checksum-* field "
                "was found."
            )
        return ()
    if len(found) > 1:
        raise refusals.INVALID_REQUEST(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    [(algorithm, text)] = found
    if named not in (None, algorithm):
        raise refusals.INVALID_REQUEST(f"Value for {algorithm.header} header is invalid.")
    return (SubmittedDigest(algorithm, algorithm.read(text)),)
