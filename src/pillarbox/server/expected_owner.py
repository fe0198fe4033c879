"""Headers that say whose a bucket must be for a request to be served.

S3: "Verifying bucket ownership with bucket owner condition". They keep a client from a bucket of
somebody else that has the name of one that it once had.
"""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.objects import Bucket
from pillarbox.server.request import Request

#: Names without the prefix: of the addressed bucket and of the one that is copied from.
ADDRESSED = "expected-bucket-owner"
SOURCE = "source-expected-bucket-owner"


def check_owner(request: Request, bucket: Bucket, header: str = ADDRESSED) -> None:
    """Refuse `AccessDenied` if the request names another owner than the bucket's."""
    expected = request.own(header) if request.rules.expects_owners else None
    if expected not in (None, bucket.owner_id):
        raise refusals.ACCESS_DENIED()
