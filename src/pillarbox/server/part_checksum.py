"""The checksum of a part: that which the client announced, or that which its upload wants.

AWS: "UploadPart", "UploadPartCopy". An upload that is begun with an algorithm has parts with its
checksums. Where the object's is made of all bytes, the client need not send that of each part:
then it is computed here, as it is of copied parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.model import refusals
from pillarbox.model.checksums import ChecksumAlgorithm
from pillarbox.model.multipart import MultipartUpload
from pillarbox.model.object_checksum import ChecksumType, ObjectChecksum
from pillarbox.server.verified_body import RequestBody, VerifiedBody
from pillarbox.storage.running_checksum import running_checksum
from pillarbox.storage.running_hash import RunningHash


@dataclass(frozen=True, slots=True)
class PartChecksum:
    """The checksum of one part that comes.

    Attributes:
        algorithm: of what is computed here, None if nothing is.
        running: the same as it is.
    """

    algorithm: ChecksumAlgorithm | None = None
    running: RunningHash | None = None

    @classmethod
    def of(cls, upload: MultipartUpload, body: RequestBody) -> PartChecksum:
        """That of a part in the body of a request.

        Raises:
            Refusal: `InvalidRequest` for another algorithm than the upload's, or for none where
                the upload needs it of each part.
        """
        if upload.checksum is None or not isinstance(body, VerifiedBody):
            # A client of OSS knows no checksums.
            return cls()
        algorithm, type_ = upload.checksum
        if body.algorithm is algorithm:
            return cls()
        if body.algorithm is not None or type_ is ChecksumType.COMPOSITE:
            actual = "null" if body.algorithm is None else body.algorithm.name.lower()
            raise refusals.INVALID_REQUEST(
                "Checksum Type mismatch occurred, expected checksum Type: "
                f"{algorithm.name.lower()}, actual checksum Type: {actual}"
            )
        return cls(algorithm, running_checksum(algorithm))

    @classmethod
    def of_copy(cls, upload: MultipartUpload) -> PartChecksum:
        """That of a part whose bytes are read here."""
        if upload.checksum is None:
            return cls()
        algorithm, _ = upload.checksum
        return cls(algorithm, running_checksum(algorithm))

    def see(self, piece: bytes) -> None:
        """Take in a piece of the part."""
        if self.running is not None:
            self.running.update(piece)

    def result(self, body: RequestBody | None = None) -> ObjectChecksum | None:
        """The checksum when all pieces were seen, or that of the body."""
        if self.algorithm is None or self.running is None:
            return None if body is None else body.checksum
        return ObjectChecksum(self.algorithm, self.running.digest())
