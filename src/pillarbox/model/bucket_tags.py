"""Tags of buckets (OSS: "PutBucketTags"), which may be more and shorter than those of objects."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from pillarbox.model import refusals
from pillarbox.model.names import has_control_characters

#: Under which kind the catalog keeps a bucket's tags.
TAGGING = "tagging"

MAX_BUCKET_TAGS = 20
MAX_KEY_SIZE = 64  # bytes
MAX_VALUE_SIZE = 128  # bytes


def check_bucket_tags(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """A bucket's tags of a document, keys and values.

    Raises:
        Refusal: `TooManyTags`, `RepeatedTags`, `InvalidTaggingKey` for too long or unreadable ones.
    """
    if len(pairs) > MAX_BUCKET_TAGS:
        raise refusals.TOO_MANY_TAGS("The bucket tags num is beyond limit.")
    for key, value in pairs:
        if not _is_good(key, MAX_KEY_SIZE) or not key or not _is_good(value, MAX_VALUE_SIZE):
            raise refusals.INVALID_TAGGING_KEY()
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise refusals.REPEATED_TAGS()
    return tags


def tags_document(tags: Mapping[str, str]) -> str:
    """Tags as the JSON that the catalog keeps."""
    return json.dumps(dict(tags), separators=(",", ":"), ensure_ascii=False)


def read_tags_document(text: str | None) -> dict[str, str]:
    """The inverse of `tags_document`; no tags where there is no document."""
    return {} if text is None else dict(json.loads(text))


def without_tags(text: str | None, keys: Collection[str]) -> str | None:
    """A document without the tags of these keys; None if no tag is left."""
    left = {key: tag for key, tag in read_tags_document(text).items() if key not in keys}
    return tags_document(left) if left else None


def _is_good(text: str, max_size: int) -> bool:
    return len(text.encode("utf-8")) <= max_size and not has_control_characters(text)
