"""Whose a bucket must be for a request of S3 to go on, where it says so.

S3: "Verifying bucket ownership with bucket owner condition".
"""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.objects import Bucket
from pillarbox.server.request import Request


def check_owner(request: Request, bucket: Bucket, header: str) -> None:
    """Raise the refusal `AccessDenied` if the request expects another account to own the bucket.

    Args:
        header: that names the account, without the prefix.
    """
    expected = request.own(header) if request.dialect is S3 else None
    if expected not in (None, bucket.owner_id):
        raise refusals.ACCESS_DENIED()
