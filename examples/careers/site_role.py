"""The site's rights in the demo's store: a user, the role that it may assume, and the policies.

An operator does the same with `pillarbox user`, `role` and `key`, see docs/access.md. The user can
do nothing but assume the role; the role can do what the site does, under the site's prefix, and
nothing else: no other key, no deletion, no ACL, no setting of the bucket.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from examples.careers.visitor import PREFIX
from pillarbox.access.ram import DocumentKind, read_ram_policy
from pillarbox.storage.identities import Identities

USER = ROLE = "careers-site"


@dataclass(frozen=True, slots=True)
class SiteRole:
    """What the site is given.

    Attributes:
        arn: of the role.
        access_key_id, access_key_secret: of the user.
    """

    arn: str
    access_key_id: str
    access_key_secret: str = field(repr=False)


def make_site_role(data_dir: Path, bucket: str) -> SiteRole:
    """Make all of it in the data directory of a store, beside its running server."""
    with closing(Identities(data_dir)) as door:
        account = door.root_account_id()
        door.create_user(account, USER)
        trust = _statement("sts:AssumeRole", principal=f"{account}:user/{USER}")
        role = door.put_role(account, ROLE, _document(DocumentKind.TRUST, trust), 3600)
        door.attach(
            account, "role", ROLE, "resumes", _document(DocumentKind.IDENTITY, *_of(bucket))
        )
        assume = _statement("sts:AssumeRole", role.arn)
        door.attach(account, "user", USER, "assume", _document(DocumentKind.IDENTITY, assume))
        key = door.create_key(account, USER)
    return SiteRole(role.arn, key.id, key.secret)


def _of(bucket: str) -> list[dict[str, object]]:
    """What the site does in its bucket: write, read and list under its prefix."""
    listing = _statement("oss:ListObjects", f"acs:oss:*:*:{bucket}")
    listing["Condition"] = {"StringLike": {"oss:Prefix": f"{PREFIX}*"}}
    return [
        _statement(["oss:PutObject", "oss:GetObject"], f"acs:oss:*:*:{bucket}/{PREFIX}*"),
        listing,
    ]


def _statement(
    action: str | list[str], resource: str | None = None, *, principal: str | None = None
) -> dict[str, object]:
    element = {"Principal": {"RAM": principal}} if principal else {"Resource": resource}
    return {"Effect": "Allow", "Action": action, **element}


def _document(kind: DocumentKind, *statements: dict[str, object]) -> str:
    text = json.dumps({"Version": "1", "Statement": statements})
    read_ram_policy(text, kind)
    return text
