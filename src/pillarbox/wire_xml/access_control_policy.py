"""ACLs of S3 as documents (S3: "GetBucketAcl", "PutBucketAcl", AccessControlPolicy)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.s3_grants import PERMISSIONS, Grant
from pillarbox.wire_xml.account import account_node
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
ACCESS_CONTROL_POLICY = "AccessControlPolicy"

#: More grants than S3 keeps (S3: "ACL overview", 100 grants).
_MAX_GRANTS = 100

_NAMES = frozenset({"ID", "DisplayName"})
_OTHER_NAMES = frozenset({"URI", "EmailAddress"})

_SCHEMA = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@dataclass(frozen=True, slots=True)
class AccessControlPolicy:
    """What a document says.

    Attributes:
        owner_id: id of an account, None if it names none.
    """

    owner_id: str | None
    grants: tuple[Grant, ...]


def policy_node(owner_id: str, grants: Iterable[Grant]) -> Node:
    """The document of an ACL."""
    lines: list[Node] = [
        ("Grant", [_grantee(grant), ("Permission", grant.permission)]) for grant in grants
    ]
    owner = account_node("Owner", owner_id)
    return (ACCESS_CONTROL_POLICY, [owner, ("AccessControlList", lines)])


def _grantee(grant: Grant) -> Node:
    if grant.is_to_group:
        return (f'Grantee {_SCHEMA} xsi:type="Group"', [("URI", grant.grantee)])
    return account_node(f'Grantee {_SCHEMA} xsi:type="CanonicalUser"', grant.grantee)


def read_policy(root: Element) -> AccessControlPolicy:
    """What a document says. Whatever occurs twice is refused: two readers may take either.

    Raises:
        Refusal: `MalformedACLError` for another document than the schema allows, `NotImplemented`
            for a grantee named by e-mail address.
    """
    parts = _children(root, frozenset({"Owner", "AccessControlList"}))
    grants = parts.get("AccessControlList")
    if grants is None or len(grants) > _MAX_GRANTS:
        raise s3_refusals.MALFORMED_ACL()
    owner = _children(parts["Owner"], _NAMES) if "Owner" in parts else {}
    owner_id = text_of(owner["ID"]) if "ID" in owner else None
    return AccessControlPolicy(owner_id, tuple(_read_grant(element) for element in grants))


def _read_grant(element: Element) -> Grant:
    parts = _children(element, frozenset({"Grantee", "Permission"}))
    if local_name(element) != "Grant" or len(parts) != 2:
        raise s3_refusals.MALFORMED_ACL()
    permission = text_of(parts["Permission"])
    named = {
        name: text_of(child)
        for name, child in _children(parts["Grantee"], _NAMES | _OTHER_NAMES).items()
        if name != "DisplayName"
    }
    if "EmailAddress" in named:
        raise refusals.NOT_IMPLEMENTED("Grants to e-mail addresses are not implemented.")
    if permission not in PERMISSIONS or len(named) != 1 or not all(named.values()):
        raise s3_refusals.MALFORMED_ACL()
    return Grant(named.get("ID") or named["URI"], permission)


def _children(element: Element, names: frozenset[str]) -> dict[str, Element]:
    """The children by name, each at most once and of these names."""
    found = {local_name(child): child for child in element}
    if len(found) != len(element) or not found.keys() <= names:
        raise s3_refusals.MALFORMED_ACL()
    return found
