"""The header that tells when an object will expire by its bucket's lifecycle rules.

OSS: "GetObject", x-oss-expiration; S3: x-amz-expiration.
"""

from __future__ import annotations

from urllib.parse import quote

from pillarbox.model.dialects import Dialect
from pillarbox.model.lifecycle import LIFECYCLE
from pillarbox.model.lifecycle_actions import VersionFacts, expiry_of
from pillarbox.model.lifecycle_document import kept_lifecycle
from pillarbox.model.objects import Bucket, StoredObject
from pillarbox.model.timestamps import http_date

#: Milliseconds since the Unix epoch: later than this no date can be written.
_LAST_MS = 253_402_300_799_000  # the end of the year 9999


def expiration_headers(
    bucket: Bucket, stored: StoredObject, dialect: Dialect
) -> list[tuple[str, str]]:
    """The header of a current version; none where no rule will end it."""
    lifecycle = kept_lifecycle(bucket.configs.get(LIFECYCLE))
    if not lifecycle.rules:
        return []
    facts = VersionFacts(
        stored.key, stored.size, stored.modified_ms, stored.storage_class, stored.tags
    )
    found = expiry_of(lifecycle.in_force, facts)
    if found is None or found[0] > _LAST_MS:
        return []
    due_ms, rule_id = found
    told = f'expiry-date="{http_date(due_ms // 1000)}", rule-id="{quote(rule_id, safe=" ")}"'
    return [(dialect.field("expiration"), told)]
