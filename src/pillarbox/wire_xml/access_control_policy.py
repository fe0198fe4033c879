"""ACLs of S3 as documents (S3: "GetBucketAcl", "PutBucketAcl", AccessControlPolicy)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.s3_grants import PERMISSIONS, Grant
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
ACCESS_CONTROL_POLICY = "AccessControlPolicy"

#: More grants than S3 keeps (S3: "ACL overview", 100 grants).
_MAX_GRANTS = 100

_SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def policy_node(owner_id: str, grants: Iterable[Grant]) -> Node:
    """The document of an ACL."""
    lines: list[Node] = [
        ("Grant", [_grantee(grant), ("Permission", grant.permission)]) for grant in grants
    ]
    owner: Node = ("Owner", [("ID", owner_id), ("DisplayName", owner_id)])
    return (ACCESS_CONTROL_POLICY, [owner, ("AccessControlList", lines)])


def _grantee(grant: Grant) -> Node:
    if grant.is_to_group:
        return (f'Grantee {_SCHEMA} xsi:type="Group"', [("URI", grant.grantee)])
    names: list[Node] = [("ID", grant.grantee), ("DisplayName", grant.grantee)]
    return (f'Grantee {_SCHEMA} xsi:type="CanonicalUser"', names)


def read_grants(root: Element) -> tuple[Grant, ...]:
    """The grants of a document.

    Raises:
        Refusal: `MalformedACLError` for another document than the schema allows, `NotImplemented`
            for a grantee named by e-mail address.
    """
    lists = [child for child in root if local_name(child) == "AccessControlList"]
    if len(lists) != 1 or len(lists[0]) > _MAX_GRANTS:
        raise s3_refusals.MALFORMED_ACL()
    return tuple(_read_grant(element) for element in lists[0])


def _read_grant(element: Element) -> Grant:
    parts = {local_name(child): child for child in element}
    if local_name(element) != "Grant" or parts.keys() != {"Grantee", "Permission"}:
        raise s3_refusals.MALFORMED_ACL()
    permission = text_of(parts["Permission"])
    names = {local_name(child): text_of(child) for child in parts["Grantee"]}
    grantee = names.get("ID") or names.get("URI")
    if "EmailAddress" in names:
        raise refusals.NOT_IMPLEMENTED("Grants to e-mail addresses are not implemented.")
    if permission not in PERMISSIONS or not grantee:
        raise s3_refusals.MALFORMED_ACL()
    return Grant(grantee, permission)
