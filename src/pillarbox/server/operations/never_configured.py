"""Configurations that no bucket here ever has: reading one tells so, removing one changes nothing.

Consoles and tools read them all when they look at a bucket, and take `NotImplemented` for a fault
of the server. To set one is not implemented: see docs/api.md for why.
"""

from __future__ import annotations

from collections.abc import Mapping

from pillarbox.model import configuration_refusals as missing
from pillarbox.model.dialects import S3
from pillarbox.model.refusals import RefusalKind
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.wire_xml.tree import Node

_Told = RefusalKind | Node

_NO_LOGGING: Node = ("BucketLoggingStatus", [])
_OWNER_PAYS: Node = ("RequestPaymentConfiguration", [("Payer", "BucketOwner")])

#: Sub-resource to what OSS tells of a bucket that never had it.
_OSS_TELLS: Mapping[str, _Told] = {
    "website": missing.NO_WEBSITE,
    "logging": _NO_LOGGING,
    "encryption": missing.NO_ENCRYPTION_RULE,
    "requestPayment": _OWNER_PAYS,
    "transferAcceleration": missing.NO_TRANSFER_ACCELERATION,
    "replication": missing.NO_REPLICATION,
    "inventory": ("ListInventoryConfigurationsResult", [("IsTruncated", "false")]),
    "worm": missing.NO_WORM,
}

#: The same of S3.
_S3_TELLS: Mapping[str, _Told] = {
    "website": missing.NO_WEBSITE,
    "logging": _NO_LOGGING,
    "encryption": missing.S3_NO_ENCRYPTION,
    "requestPayment": _OWNER_PAYS,
    "accelerate": ("AccelerateConfiguration", []),
    "replication": missing.S3_NO_REPLICATION,
    "notification": ("NotificationConfiguration", []),
    "ownershipControls": missing.S3_NO_OWNERSHIP_CONTROLS,
    "publicAccessBlock": missing.S3_NO_PUBLIC_ACCESS_BLOCK,
    "object-lock": missing.S3_NO_OBJECT_LOCK,
}

#: Sub-resource to the actions that reading and removing ask for. OSS has no word for some of S3's.
_ACTIONS = {
    "website": ("GetBucketWebsite", "DeleteBucketWebsite"),
    "logging": ("GetBucketLogging", "DeleteBucketLogging"),
    "encryption": ("GetBucketEncryption", "DeleteBucketEncryption"),
    "requestPayment": ("GetBucketRequestPayment", ""),
    "transferAcceleration": ("GetBucketTransferAcceleration", ""),
    "accelerate": ("GetBucketTransferAcceleration", ""),
    "replication": ("GetBucketReplication", "DeleteBucketReplication"),
    "inventory": ("GetBucketInventory", ""),
    "worm": ("GetBucketWorm", ""),
    "notification": ("GetBucketInfo", ""),
    "ownershipControls": ("GetBucketInfo", "PutBucketAcl"),
    "publicAccessBlock": ("GetBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"),
    "object-lock": ("GetBucketWorm", ""),
}


def reading_action(sub_resource: str) -> str:
    """What reading such a configuration asks for, without the service."""
    return _ACTIONS[sub_resource][0]


def removing_action(sub_resource: str) -> str:
    """What removing such a configuration asks for, without the service."""
    return _ACTIONS[sub_resource][1]


async def get_never_configured(request: Request, service: Service) -> Answer:
    """Tell that the bucket never had such a configuration."""
    tells = _S3_TELLS if request.dialect is S3 else _OSS_TELLS
    name = _sub_resource(request)
    await service.permitted_bucket(request, f"oss:{reading_action(name)}")
    told = tells[name]
    if isinstance(told, RefusalKind):
        raise told(BucketName=request.bucket_name)
    return answers.document(200, told, dialect=request.dialect)


async def delete_never_configured(request: Request, service: Service) -> Answer:
    """Remove nothing: the bucket never had such a configuration."""
    action = removing_action(_sub_resource(request))
    await service.permitted_bucket(request, f"oss:{action}")
    return answers.empty(204)


def _sub_resource(request: Request) -> str:
    return next(name for name in _ACTIONS if name in request.query)
