"""XML documents of requests: read, understood, and where we write them too, written anew.

Input: a byte that chooses the document's kind, then the document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import Element

from pillarbox.model.cors import check_cors
from pillarbox.model.dialects import OSS, S3
from pillarbox.model.lifecycle import Lifecycle
from pillarbox.model.lifecycle_check import check_lifecycle
from pillarbox.model.limits import MAX_DELETED_KEYS
from pillarbox.model.multipart import MAX_PART_NUMBER
from pillarbox.model.object_headers import check_tags
from pillarbox.model.referer import check_referers
from pillarbox.model.refusals import Refusal
from pillarbox.wire_xml.access_control_policy import policy_node
from pillarbox.wire_xml.access_control_policy import read_policy as read_acl
from pillarbox.wire_xml.completion import read_completion
from pillarbox.wire_xml.cors import cors_node, read_cors
from pillarbox.wire_xml.deletion import read_deletion
from pillarbox.wire_xml.lifecycle import lifecycle_node, read_lifecycle
from pillarbox.wire_xml.referer import read_referer, referer_node
from pillarbox.wire_xml.s3_lifecycle import read_s3_lifecycle, s3_lifecycle_node
from pillarbox.wire_xml.tagging import read_tags, tagging_node
from pillarbox.wire_xml.tree import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Node,
    read_document,
    write_document,
)
from tests.fuzz.answered import check_answered


def check(data: bytes) -> None:
    """A document is refused, or a tree of bounded size that is understood or refused."""
    try:
        root = read_document(data[1:])
    except ValueError:
        return
    assert _depth(root) <= MAX_DEPTH
    assert sum(1 for _ in root.iter()) <= MAX_ELEMENTS
    try:
        _KINDS[data[0] % len(_KINDS)](root)
    except Refusal as refusal:
        check_answered(refusal)


def _depth(root: Element) -> int:
    deepest, level = 0, [root]
    while level:
        deepest, level = deepest + 1, [child for element in level for child in element]
    return deepest


def _anew(node: Node) -> Element:
    return read_document(write_document(node))


def _cors(root: Element) -> None:
    rules = read_cors(root)
    assert read_cors(_anew(cors_node(rules))) == rules
    check_cors(rules)


def _referer(root: Element) -> None:
    rules = read_referer(root)
    assert read_referer(_anew(referer_node(rules))) == rules
    check_referers([*rules.allowed, *rules.refused])


def _tags(root: Element) -> None:
    tags = dict(read_tags(root))
    assert dict(read_tags(_anew(tagging_node(tags)))) == tags
    for dialect in (OSS, S3):
        check_tags(list(tags.items()), dialect)


def _acl(root: Element) -> None:
    policy = read_acl(root)
    again = read_acl(_anew(policy_node(policy.owner_id or "owner", policy.grants)))
    assert again.grants == policy.grants


def _deletion(root: Element) -> None:
    for dialect in (OSS, S3):
        deletion = read_deletion(root, dialect)
        assert 1 <= len(deletion.keys) <= MAX_DELETED_KEYS
        assert len(deletion.versions) == len(deletion.keys)


def _completion(root: Element) -> None:
    parts = read_completion(root)
    assert 1 <= len(parts) <= MAX_PART_NUMBER
    assert all(1 <= part.number <= MAX_PART_NUMBER for part in parts)


def _lifecycle(root: Element) -> None:
    rules = read_lifecycle(root)
    check_lifecycle(_named(rules), OSS)
    assert read_lifecycle(_anew(lifecycle_node(rules))) == rules


def _s3_lifecycle(root: Element) -> None:
    rules = read_s3_lifecycle(root)
    check_lifecycle(_named(rules), S3)
    assert read_s3_lifecycle(_anew(s3_lifecycle_node(rules))) == rules


def _named(rules: Lifecycle) -> Lifecycle:
    """The same rules with other ids, of which an empty one is none yet."""
    named = (replace(rule, id=f"{number}{rule.id}") for number, rule in enumerate(rules.rules))
    return Lifecycle(tuple(named))


_KINDS: tuple[Callable[[Element], None], ...] = (
    *(_cors, _referer, _tags, _acl, _deletion, _completion, _lifecycle, _s3_lifecycle),
)

_DOCUMENTS = (
    b"<CORSConfiguration><CORSRule><AllowedOrigin>https://*.a.example</AllowedOrigin>"
    b"<AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag"
    b"</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds><ID>a</ID></CORSRule><ResponseVary>true"
    b"</ResponseVary></CORSConfiguration>",
    b"<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><RefererList><Referer>"
    b"http://a.example/*?</Referer></RefererList><RefererBlacklist><Referer>b</Referer>"
    b"</RefererBlacklist><TruncatePath>true</TruncatePath></RefererConfiguration>",
    b"<Tagging><TagSet><Tag><Key>a</Key><Value> b&#13;\n</Value></Tag></TagSet></Tagging>",
    b'<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner>'
    b'<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>'
    b"<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    b"<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key> b</Key><VersionId>c"
    b"</VersionId></Object></Delete>",
    b'<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"d4"</ETag>'
    b"<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>",
    b"<LifecycleConfiguration><Rule><ID>a</ID><Prefix>b</Prefix><Status>Enabled</Status><Tag><Key>"
    b"c</Key><Value/></Tag><Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><Not><Prefix>bc"
    b"</Prefix></Not></Filter><Expiration><CreatedBeforeDate>2026-06-01T00:00:00.000Z"
    b"</CreatedBeforeDate></Expiration><NoncurrentVersionTransition><NoncurrentDays>1"
    b"</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition></Rule>"
    b"</LifecycleConfiguration>",
    b"<LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>b</Prefix><Tag><Key>c</Key>"
    b"<Value>d</Value></Tag></And></Filter><Status>Disabled</Status><Expiration><Days>3</Days>"
    b"</Expiration><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
    b"<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2"
    b"</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>",
)
SEEDS = (
    *(bytes([kind]) + document for kind, document in enumerate(_DOCUMENTS)),
    b'\x00<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b'\x02<?xml version="1.0" encoding="latin-1"?><Tagging><TagSet/></Tagging>',
)
WORDS = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml ", b"<!DOCTYPE ", b"<!ENTITY ", b"&#13;"),
    *(b"xmlns=", b"encoding=", b"&amp;", b"<a/>", b"</a>", b"<Key>", b"</Key>", b"<Tag>"),
)
