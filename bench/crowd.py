"""A bucket full of objects in seconds: their rows are copies of that of one real, empty object.

They go straight into the catalog of a running server, under the lock that its own writer takes, so
that a million of them need no million requests. Empty objects have no blob, so each is whole.
"""

from __future__ import annotations

import http.client
from pathlib import Path

from sqlalchemy import text

from bench.endpoint import Endpoint
from bench.signed import signed_headers
from pillarbox.model.quotas import Usage
from pillarbox.storage.catalog.database import Catalog
from pillarbox.storage.catalog.schema import buckets, objects
from pillarbox.storage.catalog.standing import count_usage
from pillarbox.storage.layout import Layout

#: Folders of the bucket, however many objects there are: a page of common prefixes holds the same
#: number of entries whatever lies behind them.
FOLDERS = 200

_SEED = "seed"


class CrowdError(Exception):
    """The bucket could not be filled."""


def folder_name(number: int) -> str:
    """A folder of the crowd, with its delimiter."""
    return f"folder-{number:03d}/"


def gather(endpoint: Endpoint, data_dir: Path, count: int) -> None:
    """Fill the endpoint's empty bucket with `count` objects, evenly over `FOLDERS` folders.

    Args:
        data_dir: of the server behind the endpoint.
        count: a multiple of `FOLDERS`.

    Raises:
        CrowdError: the one real object was not taken.
    """
    _ask(endpoint, "PUT", 200)
    catalog = Catalog(Layout(data_dir))
    try:
        with catalog.writing() as connection:
            bucket_id = connection.execute(
                buckets.select().with_only_columns(buckets.c.id).filter_by(name=endpoint.bucket)
            ).scalar_one()
            connection.execute(
                text(_COPY),
                {
                    "count": count,
                    "each": count // FOLDERS,
                    "bucket_id": bucket_id,
                    "seed": _SEED.encode(),
                },
            )
            count_usage(connection, bucket_id, Usage(objects=count))
    finally:
        catalog.close()
    _ask(endpoint, "DELETE", 204)


_COLUMNS = [column.name for column in objects.columns]
_KEY = "CAST(printf('folder-%03d/%07d', i / :each, i % :each) AS BLOB)"
_COPY = f"""
    WITH RECURSIVE numbers(i) AS (
        SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :count
    )
    INSERT INTO objects ({", ".join(f'"{name}"' for name in _COLUMNS)})
    SELECT {", ".join(_KEY if name == "key" else f'"{name}"' for name in _COLUMNS)}
    FROM numbers, objects WHERE bucket_id = :bucket_id AND "key" = :seed
"""


def _ask(endpoint: Endpoint, method: str, status: int) -> None:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    path = f"/{endpoint.bucket}/{_SEED}"
    headers = signed_headers(endpoint, method, path)
    connection.request(method, path, body=b"" if method == "PUT" else None, headers=headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != status:
        raise CrowdError(f"{method} {path} got {answer.status}: {said[:300]!r}")
