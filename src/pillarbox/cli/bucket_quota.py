"""`pillarbox bucket-quota`: what a bucket may hold.

Apart from `pillarbox bucket`, which speaks to any store by an AccessKey: a quota is the operator's,
whoever owns the bucket.
"""

from __future__ import annotations

from typing import Annotated

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data
from pillarbox.cli.identities import AsJson, told
from pillarbox.cli.quota_options import (
    Bytes,
    Objects,
    changed_quota,
    quota_line,
    quota_members,
    quotas,
)


def bucket_quota(
    bucket: Annotated[
        str, typer.Argument(metavar="BUCKET", help="Name of the bucket.", show_default=False)
    ],
    size: Bytes = None,
    objects: Objects = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Show or set what a bucket of a server on this machine may hold."""
    with quotas(data, "bucket-quota") as door:
        bound, used = door.of_bucket(bucket)
        if size is not None or objects is not None:
            bound = changed_quota(bound, size, objects)
            door.set_for_bucket(bucket, bound)
    members = {"bucket": bucket, **quota_members(bound, used)}
    told(members, quota_line("Bucket", bucket, bound, used), as_json=as_json)
