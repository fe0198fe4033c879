"""Uploads in parts after a crash: acknowledged parts are there, and can be completed.

What can be completed is, so that the comparison of objects which comes next reads its bytes. An
upload whose completion was not answered is whole or as it was: if it is gone, its object is there.
"""

from __future__ import annotations

from collections.abc import Iterator

import oss2

from tests.crash.flaw import Flaw
from tests.crash.ledger import Attempt, Content, Ledger, Outcome
from tests.crash.parted import PartedUpload, SentPart, bucket_of
from tests.crash.serving import DoomedServer


def compare_parted(
    server: DoomedServer, ledger: Ledger, parted: list[PartedUpload]
) -> Iterator[Flaw]:
    """All flaws; afterwards no upload of `parted` is left, there or in the list."""
    bucket = bucket_of(server)
    while parted:
        upload = parted.pop()
        try:
            yield from _compare(bucket, ledger, upload)
        except oss2.exceptions.OssError as error:
            yield Flaw(f"{_name(upload)}: {error.status} {error.body!r}", is_loss=True)


def _compare(bucket: oss2.Bucket, ledger: Ledger, upload: PartedUpload) -> Iterator[Flaw]:
    try:
        present = {
            part.part_number: part.etag for part in oss2.PartIterator(bucket, upload.key, upload.id)
        }
    except oss2.exceptions.NoSuchUpload:
        yield from _gone(ledger, upload)
        return
    if upload.is_ended:
        yield Flaw(f"{_name(upload)} is still there after its end")
        return
    chosen: dict[int, SentPart] = {}
    for number, tries in sorted(upload.parts.items()):
        etag = present.pop(number, None)
        last = max((at for at, sent in enumerate(tries) if sent.is_acknowledged), default=None)
        found = [sent for sent in tries[last or 0 :] if Content.of(sent.data).md5 == etag]
        if found:
            chosen[number] = found[0]
        elif etag is not None or last is not None:
            yield Flaw(f"part {number} of {_name(upload)} is {etag}", is_loss=last is not None)
    for number in present:
        yield Flaw(f"part {number} of {_name(upload)} was never sent")
    yield from _end(bucket, ledger, upload, chosen)


def _gone(ledger: Ledger, upload: PartedUpload) -> Iterator[Flaw]:
    if upload.is_ended:
        return
    if upload.completion is not None:
        # Then it was completed, and the object must be there.
        ledger.end(upload.completion, Outcome.ACKNOWLEDGED)
    elif not upload.is_aborting:
        yield Flaw(f"{_name(upload)} is gone", is_loss=True)


def _end(
    bucket: oss2.Bucket, ledger: Ledger, upload: PartedUpload, chosen: dict[int, SentPart]
) -> Iterator[Flaw]:
    """Complete an upload of the parts that were found."""
    if not chosen:
        bucket.abort_multipart_upload(upload.key, upload.id)
        return
    attempt = Attempt(upload.key, Content.of(b"".join(sent.data for sent in chosen.values())))
    ledger.begin(attempt)
    listed = [
        oss2.models.PartInfo(number, Content.of(sent.data).md5) for number, sent in chosen.items()
    ]
    try:
        bucket.complete_multipart_upload(upload.key, upload.id, listed)
    except oss2.exceptions.OssError as error:
        ledger.end(attempt, Outcome.REFUSED)
        yield Flaw(f"{_name(upload)} can't be completed: {error.body!r}", is_loss=True)
        return
    ledger.end(attempt, Outcome.ACKNOWLEDGED)


def _name(upload: PartedUpload) -> str:
    return f"the upload {upload.id} of {upload.key}"
