"""What buckets hold, counted anew from the rows of a catalog and compared with its counters."""

from __future__ import annotations

import sqlite3

_DIFFERENCES = """
    SELECT bucket_id, SUM(objects), SUM(bytes), SUM(part_bytes) FROM (
        SELECT bucket_id, objects, bytes, part_bytes FROM bucket_usage
        UNION ALL SELECT bucket_id, -1, -size, 0 FROM objects WHERE NOT delete_marker
        UNION ALL SELECT bucket_id, -1, -size, 0 FROM noncurrent_versions WHERE NOT delete_marker
        UNION ALL SELECT multipart_uploads.bucket_id, 0, -parts.size, -parts.size
            FROM parts JOIN multipart_uploads ON multipart_uploads.id = parts.upload_id
    )
    GROUP BY bucket_id
    HAVING SUM(objects) <> 0 OR SUM(bytes) <> 0 OR SUM(part_bytes) <> 0
"""


def miscounts(catalog: sqlite3.Connection) -> list[tuple[int, int, int, int]]:
    """Bucket id, and by how many objects, bytes and bytes of parts its counters are too high.

    One statement, so one state of the catalog, also while a server writes it.
    """
    return list(catalog.execute(_DIFFERENCES))
