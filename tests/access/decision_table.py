"""Reads the tables of decisions beside this file: who asks for what, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pillarbox.access.decision import Grants, Ground
from pillarbox.access.ram import DocumentKind, Question, RamPolicy, Requester, read_ram_policy
from pillarbox.model.acl import BucketAcl, ObjectAcl
from tests.access.ram import questions

TABLES = Path(__file__).parent / "decisions"

REQUESTERS = {
    "anybody": questions.ANYBODY,
    "owner": questions.ACCOUNT,
    "user": questions.USER,
    "role": questions.SESSION,
    "stranger": questions.OTHER_ACCOUNT,
    "guest": questions.OTHER_USER,
}

GROUNDS = {
    "session": Ground.SESSION_POLICY,
    "own": Ground.OWN_POLICY,
    "bucket policy": Ground.BUCKET_POLICY,
    "ownership": Ground.OWNERSHIP,
    "object ACL": Ground.OBJECT_ACL,
    "bucket ACL": Ground.BUCKET_ACL,
}

Entry = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        own, bucket, session: documents as JSON, as a store would be given them; None for none.
    """

    place: str
    caller: str
    question: Question
    grants: Grants
    own: tuple[str, ...]
    bucket: str | None
    session: str | None
    is_allowed: bool
    ground: Ground
    source: str

    @property
    def requester(self) -> Requester:
        return self.question.requester


def lines(name: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line of a table that isn't a comment."""
    for number, line in enumerate((TABLES / name).read_text("utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, [cell.strip() for cell in line.split("|")]


def sources() -> dict[str, str]:
    """Short name to page."""
    return dict(line[0].split(maxsplit=1) for _, line in lines("sources.txt"))


def _statements() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for _, (name, effect, principal, actions, resource, condition) in lines("policies.txt"):
        key = "NotAction" if actions.startswith("!") else "Action"
        statement: Entry = {
            "Effect": effect,
            key: actions.removeprefix("!").split(","),
            "Resource": _numbered(resource),
        }
        if principal != "-":
            statement["Principal"] = _numbered(principal)
        if condition:
            operator, tested, value = condition.split()
            statement["Condition"] = {operator: {tested: value}}
        found.setdefault(name, []).append(statement)
    return found


def _numbered(text: str) -> str:
    return text.replace("STRANGER", questions.STRANGER).replace("OWNER", questions.OWNER)


STATEMENTS = _statements()


def document(name: str) -> str:
    """The JSON of a named policy."""
    return json.dumps({"Version": "1", "Statement": STATEMENTS[name]})


def _policy(text: str, kind: DocumentKind = DocumentKind.IDENTITY) -> RamPolicy:
    return read_ram_policy(text, kind)


def _context(how: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for word in how.split():
        name, _, value = word.partition("=")
        match name:
            case "http":
                parts["secure"] = False
            case "form":
                parts["form"] = True
            case "ip":
                parts["source_ip"] = ip_address(value)
            case "prefix":
                parts["prefix"] = value
            case "anonymous-list":
                pass
            case _:
                raise ValueError(how)
    return parts


def _row(place: str, cells: list[str]) -> Row:
    caller, action, key, acl, object_acl, own, bucket, session, how, verdict, ground, source = cells
    asked = questions.question(
        f"oss:{action}", None if key == "-" else key, REQUESTERS[caller], **_context(how)
    )
    own_texts = tuple(document(name) for name in own.split(",") if name)
    bucket_text = document(bucket) if bucket else None
    session_text = document(session) if session else None
    grants = Grants(
        own=tuple(map(_policy, own_texts)),
        session=None if session_text is None else _policy(session_text),
        bucket=None if bucket_text is None else _policy(bucket_text, DocumentKind.BUCKET),
        bucket_acl=BucketAcl(acl),
        object_acl=ObjectAcl(object_acl),
        anonymous_list="anonymous-list" in how,
    )
    return Row(
        place,
        caller,
        asked,
        grants,
        own_texts,
        bucket_text,
        session_text,
        {"yes": True, "no": False}[verdict],
        GROUNDS[ground],
        source,
    )


def rows() -> list[Row]:
    """All rows of all tables."""
    return [
        _row(f"{name}:{number}", cells)
        for name in ("acls.txt", "policies_of_callers.txt", "policies_of_buckets.txt")
        for number, cells in lines(name)
    ]
