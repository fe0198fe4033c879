"""Accounts as documents name them."""

from __future__ import annotations

from pillarbox.wire_xml.tree import Node


def account_node(element: str, account_id: str) -> Node:
    """An element that names an account: no account has another name here than its id."""
    return (element, [("ID", account_id), ("DisplayName", account_id)])
