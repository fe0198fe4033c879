"""How a multipart upload is gone on with after the process that began it was killed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pillarbox.client.checkpoint import Checkpoint, Values
from pillarbox.client.errors import RefusedError, StoreError
from pillarbox.client.multipart import MultipartUploads, Part
from pillarbox.client.retries import retried

FORBID_OVERWRITE = "x-oss-forbid-overwrite"


@dataclass(frozen=True, slots=True)
class Resumption:
    """A multipart upload that a checkpoint may know of.

    Attributes:
        checkpoint: None if nothing is to be kept.
        state: what must be the same for an earlier upload to be gone on with.
        headers: of the object.
    """

    uploads: MultipartUploads
    checkpoint: Checkpoint | None
    state: Values
    headers: Mapping[str, str]

    def find(self) -> tuple[str, dict[int, Part]] | None:
        """The id of an earlier upload and the parts that it has, None if there is none.

        Raises:
            RefusedError: `NoSuchUpload` if there was one that is over.
        """
        kept = None if self.checkpoint is None else self.checkpoint.load()
        upload_id = None if kept is None else kept.get("upload_id")
        if kept is None or not isinstance(upload_id, str):
            return None
        if any(kept.get(name) != value for name, value in self._state().items()):
            self.drop(upload_id)
            return None
        parts = retried(lambda: list(self.uploads.parts(upload_id)))
        return upload_id, {part.number: part for part in parts}

    def begin(self) -> str:
        """Begin anew; gives the upload id, which is kept before anything is sent."""
        upload_id = self.uploads.initiate(self.headers)
        if self.checkpoint is not None:
            self.checkpoint.save({**self._state(), "upload_id": upload_id})
        return upload_id

    def complete_headers(self) -> dict[str, str]:
        """Those of the headers that count again when the parts become the object."""
        return {name: text for name, text in self.headers.items() if name == FORBID_OVERWRITE}

    def drop(self, upload_id: str) -> None:
        """Leave neither parts nor checkpoint."""
        with contextlib.suppress(StoreError):
            self.uploads.abort(upload_id)
        self.forget()

    def forget(self) -> None:
        """Leave no checkpoint."""
        if self.checkpoint is not None:
            self.checkpoint.forget()

    def _state(self) -> Values:
        text = repr(sorted(self.headers.items()))
        return {**self.state, "headers": hashlib.sha256(text.encode("utf-8")).hexdigest()}


def is_over(refused: RefusedError) -> bool:
    """Whether the store knows no such multipart upload: completed, aborted or expired."""
    return refused.code == "NoSuchUpload"
