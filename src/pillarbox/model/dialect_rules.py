"""Where OSS and S3 differ in more than spelling: one named rule each.

Operations are written once and ask for a rule; only where the words of one dialect are read or
written do they ask which it is. What clients see of each rule stands in docs/parity.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DialectRules:
    """How the operations of a dialect behave.

    Attributes:
        default_region: of a bucket where neither operator nor client names one; None for the
            operator's usual one.
        location_prefix: in front of a region where a bucket's location is told.
        has_slash_keys: new keys may begin with a slash or a backslash; else where the operator
            lets them.
        default_type: of an object that nobody gave a type.
        lists_grants: ACLs are told, and may be set, as lists of grants; else as one word.
        expects_owners: requests may name the owner that a bucket must have.
        tells_uploader: who began an upload in parts is told with it.
        refuses_own_bucket_again: to make a bucket that one has is a conflict; else it may change
            its ACL.
        covers_forms: the forms of a bucket that was made are held to this dialect's coverage.
        removes_uploads_with_bucket: a bucket with unfinished uploads, and nothing else, is removed
            with them; else they keep it.
        has_wide_tags: tags may have letters of all languages and `@`.
        misses_empty_tag_set: tags of a bucket without any are not found; else they are none.
        caps_pages: a page asked too large is as large as pages may be; else it is refused.
        deletes_one_by_one: of many keys those are deleted that may be; else all or none.
        has_callbacks: the store calls the site about uploads.
        has_write_conditions: writes and removals may hang on what stands under the key.
        replaces_headers_of_itself: a copy of an object onto itself replaces its headers unasked;
            else it must ask for a change.
        refuses_current_copies: to copy what the client has already is refused; else it is answered
            by 304.
        has_checksums: clients choose checksums, which are kept and told; else there is a CRC-64.
        completes_again: who completes an upload in parts once more, for want of an answer, is told
            again what became of it; else the upload is gone.
        refuses_odd_ranges: a range beyond the end is refused (RFC 9110); else a client must ask
            for that.
        archive_classes: storage classes, by OSS's names, whose objects are thawed before a read.
        restores_unasked: an object may be thawed without a word on how; else a document must say.
    """

    default_region: str | None
    location_prefix: str
    has_slash_keys: bool
    default_type: str
    lists_grants: bool
    expects_owners: bool
    tells_uploader: bool
    refuses_own_bucket_again: bool
    covers_forms: bool
    removes_uploads_with_bucket: bool
    has_wide_tags: bool
    misses_empty_tag_set: bool
    caps_pages: bool
    deletes_one_by_one: bool
    has_callbacks: bool
    has_write_conditions: bool
    replaces_headers_of_itself: bool
    refuses_current_copies: bool
    has_checksums: bool
    completes_again: bool
    refuses_odd_ranges: bool
    archive_classes: tuple[str, ...]
    restores_unasked: bool


OSS_RULES = DialectRules(
    default_region=None,
    location_prefix="oss-",
    has_slash_keys=False,
    default_type="application/octet-stream",
    lists_grants=False,
    expects_owners=False,
    tells_uploader=False,
    refuses_own_bucket_again=False,
    covers_forms=False,
    removes_uploads_with_bucket=False,
    has_wide_tags=False,
    misses_empty_tag_set=False,
    caps_pages=False,
    deletes_one_by_one=False,
    has_callbacks=True,
    has_write_conditions=False,
    replaces_headers_of_itself=True,
    refuses_current_copies=False,
    has_checksums=False,
    completes_again=False,
    refuses_odd_ranges=False,
    archive_classes=("Archive", "ColdArchive", "DeepColdArchive"),
    restores_unasked=True,
)

S3_RULES = DialectRules(
    default_region="us-east-1",
    location_prefix="",
    has_slash_keys=True,
    default_type="binary/octet-stream",
    lists_grants=True,
    expects_owners=True,
    tells_uploader=True,
    refuses_own_bucket_again=True,
    covers_forms=True,
    removes_uploads_with_bucket=True,
    has_wide_tags=True,
    misses_empty_tag_set=True,
    caps_pages=True,
    deletes_one_by_one=True,
    has_callbacks=False,
    has_write_conditions=True,
    replaces_headers_of_itself=False,
    refuses_current_copies=True,
    has_checksums=True,
    completes_again=True,
    refuses_odd_ranges=True,
    archive_classes=("ColdArchive", "DeepColdArchive"),
    restores_unasked=False,
)
