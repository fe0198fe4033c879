"""What a request of S3 says that an ACL shall be: a canned one, grants in headers, a document.

S3: "PutBucketAcl", "PutObjectAcl", "CreateBucket", "PutObject".
"""

from __future__ import annotations

import re

from pillarbox.model import refusals
from pillarbox.model.acl import BucketAcl
from pillarbox.model.dialects import S3
from pillarbox.model.limits import KIB
from pillarbox.model.s3_grants import FULL_CONTROL, READ, WRITE, Grant, acl_of
from pillarbox.server.request import Request
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.access_control_policy import ACCESS_CONTROL_POLICY, read_policy

_MAX_DOCUMENT = 64 * KIB

#: Headers without the prefix.
_PERMISSIONS = {
    "grant-full-control": FULL_CONTROL,
    "grant-read": READ,
    "grant-write": WRITE,
    "grant-read-acp": "READ_ACP",
    "grant-write-acp": "WRITE_ACP",
}
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^",]*)"?\s*', re.IGNORECASE)


def granted_acl(request: Request, owner_id: str) -> BucketAcl | None:
    """The ACL that the headers `x-amz-grant-*` say, None without any.

    Raises:
        Refusal: `InvalidArgument` for a grantee that can't be read, `InvalidRequest` beside a
            canned ACL; `NotImplemented` as of `acl_of`.
    """
    grants = [
        grant
        for name, permission in _PERMISSIONS.items()
        if (value := request.own(name)) is not None
        for grant in _read_grants(name, value, permission)
    ]
    if not grants:
        return None
    if request.own("acl") is not None:
        raise refusals.INVALID_REQUEST(
            "Specifying both Canned ACLs and Header Grants is not allowed"
        )
    return acl_of(grants, owner_id)


async def acl_of_document(request: Request, owner_id: str) -> BucketAcl | None:
    """The ACL that the body says, None without a body.

    Raises:
        Refusal: `MalformedXML`, `MalformedACLError`; `NotImplemented` as of `acl_of`, and for
            another owner, as nothing here changes hands.
    """
    root = await read_xml_body(request, ACCESS_CONTROL_POLICY, _MAX_DOCUMENT)
    if root is None:
        return None
    policy = read_policy(root)
    if policy.owner_id not in (None, owner_id):
        raise refusals.NOT_IMPLEMENTED("An ACL can't name another owner.")
    return acl_of(policy.grants, owner_id)


def _read_grants(name: str, value: str, permission: str) -> list[Grant]:
    grants = []
    for text in value.split(","):
        match = _GRANTEE.fullmatch(text)
        named = "" if match is None else match[2].strip()
        if match is None or not named:
            raise refusals.INVALID_ARGUMENT(
                'A grantee is id="…" or uri="…".',
                ArgumentName=S3.field(name),
                ArgumentValue=value[:128],
            )
        if match[1].lower() == "emailaddress":
            raise refusals.NOT_IMPLEMENTED("Grants to e-mail addresses are not implemented.")
        grants.append(Grant(named, permission))
    return grants
