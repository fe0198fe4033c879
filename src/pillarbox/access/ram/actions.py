"""The actions that permission documents may name (OSS: "Policy syntax and elements").

All of OSS's are known, also those of operations that this store doesn't serve: a policy written
for OSS is to be taken as it stands. What matches none of them is a slip of the pen, and refused.
"""

from __future__ import annotations

from pillarbox.access.ram.wildcards import matches_pattern

_OSS = """
    AbortMultipartUpload CleanRestoredObject CloseMetaQuery CompleteBucketWorm CopyObject
    CreateAccessPoint CreateAccessPointForObjectProcess CreateBucketDataRedundancyTransition
    CreateCnameToken CreateSelectObjectMeta DeleteAccessPoint DeleteAccessPointPolicy DeleteBucket
    DeleteBucketCors DeleteBucketDataRedundancyTransition DeleteBucketEncryption
    DeleteBucketInventory DeleteBucketLifecycle DeleteBucketLogging DeleteBucketPolicy
    DeleteBucketPublicAccessBlock DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite
    DeleteCname DeleteLiveChannel DeleteObject DeleteObjectTagging DeleteObjectVersion
    DeleteObjectVersionTagging DeletePublicAccessBlock DeleteStyle DoMetaQuery ExtendBucketWorm
    GetAccessPoint GetAccessPointPolicy GetBucketAcl GetBucketArchiveDirectRead GetBucketCors
    GetBucketDataRedundancyTransition GetBucketEncryption GetBucketHttpsConfig GetBucketInfo
    GetBucketInventory GetBucketLifecycle GetBucketLocation GetBucketLogging GetBucketPolicy
    GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketReferer GetBucketReplication
    GetBucketReplicationLocation GetBucketReplicationProgress GetBucketRequestPayment
    GetBucketResourceGroup GetBucketStat GetBucketTagging GetBucketTransferAcceleration
    GetBucketVersioning GetBucketWebsite GetBucketWorm GetCnameToken GetLiveChannel
    GetLiveChannelHistory GetLiveChannelStat GetMetaQueryStatus GetObject GetObjectAcl
    GetObjectTagging GetObjectVersion GetObjectVersionAcl GetObjectVersionTagging
    GetPublicAccessBlock GetStyle GetVodPlaylist InitiateBucketWorm AbortBucketWorm
    ListAccessPoints ListBucketDataRedundancyTransition ListBucketInventory ListBuckets ListCname
    ListLiveChannel ListMultipartUploads ListObjectVersions ListObjects ListParts ListStyle
    ListUserDataRedundancyTransition OpenMetaQuery PostProcessTask PostVodPlaylist ProcessImm
    PutAccessPointPolicy PutBucket PutBucketAccessMonitor GetBucketAccessMonitor PutBucketAcl
    PutBucketArchiveDirectRead PutBucketCors PutBucketEncryption PutBucketHttpsConfig
    PutBucketInventory PutBucketLifecycle PutBucketLogging PutBucketPolicy
    PutBucketPublicAccessBlock PutBucketReferer PutBucketReplication PutBucketRTC
    PutBucketRequestPayment PutBucketResourceGroup PutBucketTagging PutBucketTransferAcceleration
    PutBucketVersioning PutBucketWebsite PutCname PutLiveChannel PutLiveChannelStatus PutObject
    PutObjectAcl PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging PutPublicAccessBlock
    PutStyle PublishRtmpStream RestoreObject RestoreObjectVersion ReplicateGet ReplicatePut
    ReplicateDelete WriteGetObjectResponse DescribeRegions
"""

OSS_ACTIONS = frozenset(f"oss:{name}" for name in _OSS.split())

ASSUME_ROLE = "sts:AssumeRole"

_KNOWN = (*sorted(OSS_ACTIONS), ASSUME_ROLE)


def is_known_action(pattern: str) -> bool:
    """Whether an Action element stands for at least one action there is."""
    return any(action_matches(pattern, action) for action in _KNOWN)


def action_matches(pattern: str, action: str) -> bool:
    """Whether `pattern` stands for `action`; letter case doesn't matter (RAM: "Action")."""
    return matches_pattern(pattern, action, ignore_case=True)
