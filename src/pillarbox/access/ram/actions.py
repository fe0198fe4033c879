"""The actions that permission documents may name (OSS: "Authorization syntax and elements").

All of OSS's are known, also those of operations that this store doesn't serve: a policy written
for OSS is to be taken as it stands. What matches none of them is a slip of the pen, and refused. So
are names of operations that ask for other actions, such as `oss:CopyObject`: nobody would ever be
asked for it, and denying it would deny nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pillarbox.access.ram.wildcards import matches_pattern

#: Of that page's tables.
_LISTED = """
    AbortBucketWorm AbortMultipartUpload ActivateProduct CloseMetaQuery CompleteBucketWorm
    CreateAccessPoint CreateAccessPointForObjectProcess CreateBucketDataRedundancyTransition
    CreateCnameToken CreateOrder DeleteAccessPoint DeleteAccessPointForObjectProcess
    DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectProcess
    DeleteAccessPointPublicAccessBlock DeleteBucket DeleteBucketCors
    DeleteBucketDataRedundancyTransition DeleteBucketEncryption DeleteBucketInventory
    DeleteBucketLifecycle DeleteBucketLogging DeleteBucketOverwriteConfig DeleteBucketPolicy
    DeleteBucketPublicAccessBlock DeleteBucketQoSInfo DeleteBucketReplication
    DeleteBucketRequesterQoSInfo DeleteBucketTagging DeleteBucketWebsite DeleteCname
    DeleteLiveChannel DeleteObject DeleteObjectTagging DeleteObjectVersion
    DeleteObjectVersionTagging DeletePublicAccessBlock DeleteResourcePoolRequesterQoSInfo
    DeleteStyle DeleteVectorBucket DeleteVectorIndex DeleteVectors DoMetaQuery ExtendBucketWorm
    GetAccessPoint GetAccessPointConfigForObjectProcess GetAccessPointForObjectProcess
    GetAccessPointPolicy GetAccessPointPolicyForObjectProcess GetAccessPointPublicAccessBlock
    GetBucketAccessMonitor GetBucketAcl GetBucketArchiveDirectRead GetBucketCors
    GetBucketDataRedundancyTransition GetBucketEncryption GetBucketHttpsConfig GetBucketInfo
    GetBucketInventory GetBucketLifecycle GetBucketLocation GetBucketLogging
    GetBucketOverwriteConfig GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
    GetBucketQoSInfo GetBucketReferer GetBucketReplication GetBucketReplicationLocation
    GetBucketReplicationProgress GetBucketRequestPayment GetBucketRequesterQoSInfo
    GetBucketResourceGroup GetBucketStat GetBucketTagging GetBucketTransferAcceleration
    GetBucketVersioning GetBucketWebsite GetBucketWorm GetCnameToken GetLiveChannel
    GetLiveChannelHistory GetLiveChannelStat GetMetaQueryStatus GetObject GetObjectAcl
    GetObjectTagging GetObjectVersion GetObjectVersionAcl GetObjectVersionTagging
    GetPublicAccessBlock GetResourcePoolInfo GetResourcePoolRequesterQoSInfo GetStyle
    GetUserAntiDDosInfo GetVectorBucket GetVectorIndex GetVectors GetVodPlaylist
    InitBucketAntiDDosInfo InitUserAntiDDosInfo InitiateBucketWorm ListAccessPoints
    ListAccessPointsForObjectProcess ListBucketAntiDDosInfo ListBucketDataRedundancyTransition
    ListBucketRequesterQoSInfo ListBuckets ListCname ListLiveChannel ListMultipartUploads
    ListObjectVersions ListObjects ListParts ListResourcePoolBuckets
    ListResourcePoolRequesterQoSInfos ListResourcePools ListStyle
    ListUserDataRedundancyTransition ListVectorBuckets ListVectorIndexes ListVectors
    OpenMetaQuery PostProcessTask PostVodPlaylist ProcessImm PublishRtmpStream
    PutAccessPointConfigForObjectProcess PutAccessPointPolicy
    PutAccessPointPolicyForObjectProcess PutAccessPointPublicAccessBlock PutBucket
    PutBucketAccessMonitor PutBucketAcl PutBucketArchiveDirectRead PutBucketCors
    PutBucketEncryption PutBucketHttpsConfig PutBucketInventory PutBucketLifecycle
    PutBucketLogging PutBucketOverwriteConfig PutBucketPolicy PutBucketPublicAccessBlock
    PutBucketQoSInfo PutBucketRTC PutBucketReferer PutBucketReplication PutBucketRequestPayment
    PutBucketRequesterQoSInfo PutBucketResourceGroup PutBucketTagging
    PutBucketTransferAcceleration PutBucketVersioning PutBucketWebsite PutCname PutLiveChannel
    PutLiveChannelStatus PutObject PutObjectAcl PutObjectTagging PutObjectVersionAcl
    PutObjectVersionTagging PutPublicAccessBlock PutResourcePoolRequesterQoSInfo PutStyle
    PutVectorBucket PutVectorIndex PutVectors QueryVectors ReplicateDelete ReplicateGet
    ReplicateList ReplicatePut RestoreObject RestoreObjectVersion UpdateBucketAntiDDosInfo
    UpdateUserAntiDDosInfo WriteGetObjectResponse
"""

#: Of the pages of these operations alone.
_OF_PAGES = "CleanRestoredObject CleanRestoredObjectVersion DescribeRegions"

OSS_ACTIONS = frozenset(f"oss:{name}" for name in f"{_LISTED} {_OF_PAGES}".split())

ASSUME_ROLE = "sts:AssumeRole"

#: Service, as resources name it, to its actions.
_BY_SERVICE = {"oss": sorted(OSS_ACTIONS), "ram": [ASSUME_ROLE]}


def is_known_action(pattern: str) -> bool:
    """Whether an Action element stands for at least one action there is."""
    return bool(services_of(pattern))


@lru_cache(maxsize=1024)
def services_of(pattern: str) -> frozenset[str]:
    """The services of whatever an Action element stands for: `oss`, and `ram` where roles are."""
    return frozenset(
        service
        for service, actions in _BY_SERVICE.items()
        if any(action_matches(pattern, action) for action in actions)
    )


def services_but(patterns: Iterable[str]) -> frozenset[str]:
    """The services that have an action which none of these elements stands for."""
    named = tuple(patterns)
    return frozenset(
        service
        for service, actions in _BY_SERVICE.items()
        if not all(any(action_matches(pattern, action) for pattern in named) for action in actions)
    )


def action_matches(pattern: str, action: str) -> bool:
    """Whether `pattern` stands for `action`; letter case doesn't matter (RAM: "Action")."""
    return matches_pattern(pattern, action, ignore_case=True)
