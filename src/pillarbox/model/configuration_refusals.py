"""Refusals of who asks for a configuration that a bucket doesn't have, or that none here has.

Codes and texts: OSS, pages of the operations and the error catalogue; S3, "Error responses" and the
pages of the operations.
"""

from __future__ import annotations

from http import HTTPStatus as Status

from pillarbox.model.refusals import RefusalKind


def _not_found(code: str, message: str) -> RefusalKind:
    return RefusalKind(code, Status.NOT_FOUND, message)


NO_LIFECYCLE = _not_found("NoSuchLifecycle", "No Row found in Lifecycle Table.")
NO_WEBSITE = _not_found(
    "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration."
)
NO_ENCRYPTION_RULE = _not_found(
    "NoSuchServerSideEncryptionRule", "The server side encryption configuration was not found."
)
NO_TRANSFER_ACCELERATION = _not_found(
    "NoSuchTransferAccelerationConfiguration",
    "The specified bucket does not have a transfer acceleration configuration.",
)
NO_REPLICATION = _not_found(
    "NoSuchReplicationConfiguration",
    "The specified bucket does not have a replication configuration.",
)
NO_WORM = _not_found(
    "NoSuchWORMConfiguration", "The specified bucket does not have a WORM configuration."
)

# --- S3's ----------------------------------------------------------------------------------------

S3_NO_ENCRYPTION = _not_found(
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
)
S3_NO_REPLICATION = _not_found(
    "ReplicationConfigurationNotFoundError", "The replication configuration was not found"
)
S3_NO_OWNERSHIP_CONTROLS = _not_found(
    "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"
)
S3_NO_PUBLIC_ACCESS_BLOCK = _not_found(
    "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"
)
S3_NO_OBJECT_LOCK = _not_found(
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
)


def catalogue() -> tuple[RefusalKind, ...]:
    """Every refusal kind of this module."""
    return tuple(value for value in globals().values() if isinstance(value, RefusalKind))
