"""ACLs of S3 as documents: written as S3 does, and read without guessing."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.s3_grants import ALL_USERS, PERMISSIONS, Grant
from pillarbox.wire_xml.access_control_policy import (
    ACCESS_CONTROL_POLICY,
    AccessControlPolicy,
    policy_node,
    read_policy,
)
from pillarbox.wire_xml.tree import is_xml_text, read_document, write_document
from tests.refusing import refused

MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)

NAMES = st.text(min_size=1).filter(
    lambda text: is_xml_text(text) and text == text.strip() and "\r" not in text
)
GROUPS = st.sampled_from([ALL_USERS, "http://acs.amazonaws.com/groups/s3/LogDelivery"])
GRANTS = st.builds(Grant, NAMES | GROUPS, st.sampled_from(sorted(PERMISSIONS)))


def policy(inner: str) -> Element:
    return read_document(f"<{ACCESS_CONTROL_POLICY}>{inner}</{ACCESS_CONTROL_POLICY}>".encode())


def listed(inner: str) -> Element:
    return policy(f"<AccessControlList>{inner}</AccessControlList>")


def to(grantee: str, permission: str = "<Permission>READ</Permission>") -> str:
    return f"<Grant><Grantee>{grantee}</Grantee>{permission}</Grant>"


@given(NAMES, st.lists(GRANTS, max_size=100))
def test_what_is_written_is_read(owner_id: str, grants: list[Grant]) -> None:
    root = read_document(write_document(policy_node(owner_id, grants)))
    assert read_policy(root) == AccessControlPolicy(owner_id, tuple(grants))


def test_as_s3_writes_it() -> None:
    """S3: "GetBucketAcl", sample response."""
    text = write_document(
        policy_node("75aa", [Grant("75aa", "FULL_CONTROL"), Grant(ALL_USERS, "READ")])
    ).decode()
    scheme = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    assert f'<Grantee {scheme} xsi:type="CanonicalUser">' in text
    assert f'<Grantee {scheme} xsi:type="Group">' in text
    assert text.count("</Grantee>") == 2
    assert f"<URI>{ALL_USERS}</URI>" in text


def test_the_namespace_and_the_owner_may_be_left_out() -> None:
    grants = (Grant(ALL_USERS, "READ"),)
    named = "<URI> http://acs.amazonaws.com/groups/global/AllUsers\n</URI>"
    assert read_policy(listed(to(named))) == AccessControlPolicy(None, grants)
    assert read_policy(policy("<Owner/><AccessControlList/>")) == AccessControlPolicy(None, ())
    spaced = read_document(
        b'<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>1</ID>'
        b"</Owner><AccessControlList/></AccessControlPolicy>"
    )
    assert read_policy(spaced) == AccessControlPolicy("1", ())


@pytest.mark.parametrize(
    "root",
    [
        policy(""),
        policy("<Owner><ID>1</ID></Owner>"),
        policy("<AccessControlList/><AccessControlList/>"),
        policy("<Owner/><Owner/><AccessControlList/>"),
        policy("<Owner><ID>1</ID><ID>2</ID></Owner><AccessControlList/>"),
        policy("<Owner><Name>1</Name></Owner><AccessControlList/>"),
        policy("<AccessControlList/><Other/>"),
        listed("<Other/>"),
        listed("<Grant/>"),
        listed("<Grant><Grantee><ID>1</ID></Grantee></Grant>"),
        listed("<Grant><Permission>READ</Permission></Grant>"),
        listed(to("")),
        listed(to("<ID></ID>")),
        listed(to("<DisplayName>1</DisplayName>")),
        listed(to("<ID>1</ID>", "<Permission>read</Permission>")),
        listed(to("<ID>1</ID>", "<Permission>DELETE</Permission>")),
        listed(to("<ID>1</ID>", "<Permission/>")),
        listed(to("<ID>1</ID>" * 1).replace("Grant>", "Grants>")),
        listed(to("<ID>1</ID>") * 101),
    ],
)
def test_what_is_no_policy(root: Element) -> None:
    with refused("MalformedACLError", 400, MALFORMED):
        read_policy(root)


@pytest.mark.parametrize(
    "grant",
    [
        to("<ID>1</ID><ID>2</ID>"),
        to(f"<ID>1</ID><URI>{ALL_USERS}</URI>"),
        to("<ID>1</ID><URI></URI>"),
        to("<ID>1</ID>", "<Permission>READ</Permission><Permission>WRITE</Permission>"),
        "<Grant><Grantee><ID>1</ID></Grantee><Grantee><ID>2</ID></Grantee>"
        "<Permission>READ</Permission></Grant>",
    ],
)
def test_of_two_none_is_chosen(grant: str) -> None:
    with refused("MalformedACLError", 400, MALFORMED):
        read_policy(listed(grant))


def test_addresses_of_people_are_not_looked_up() -> None:
    with refused("NotImplemented", 501):
        read_policy(listed(to("<EmailAddress>a@example.com</EmailAddress>")))
