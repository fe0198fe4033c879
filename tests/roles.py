"""A user who may assume a role, made in the data directory of a running store."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pillarbox.forms.signed_form import Credentials
from pillarbox.storage.identities import Identities

_numbers = count(1)


def policy(action: str | list[str], resource: str, effect: str = "Allow") -> str:
    """A RAM policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "1", "Statement": [statement]})


@dataclass(frozen=True, slots=True)
class Roles:
    """The identities of a store, as its operator changes them.

    Attributes:
        account_id: of the root AccessKey.
    """

    data_dir: Path
    account_id: str = field(init=False)

    def __post_init__(self) -> None:
        with closing(Identities(self.data_dir)) as door:
            object.__setattr__(self, "account_id", door.root_account_id())

    def user(self, *policies: str) -> Credentials:
        """A new user's AccessKey; `policies` are attached."""
        name = f"user-{next(_numbers)}"
        with closing(Identities(self.data_dir)) as door:
            door.create_user(self.account_id, name)
            for number, document in enumerate(policies):
                door.attach(self.account_id, "user", name, f"p{number}", document)
            key = door.create_key(self.account_id, name)
        return Credentials(key.id, key.secret)

    def role(
        self,
        *policies: str,
        longest: int = 3600,
        trusts: str | None = None,
        name: str | None = None,
    ) -> str:
        """A new role's ARN; it trusts the account unless another principal is named.

        Args:
            longest: seconds that a session may last.
        """
        name = name or f"role-{next(_numbers)}"
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"RAM": [trusts or f"acs:ram::{self.account_id}:root"]},
        }
        document = json.dumps({"Version": "1", "Statement": [trust]})
        with closing(Identities(self.data_dir)) as door:
            role = door.put_role(self.account_id, name, document, longest)
            for number, attached in enumerate(policies):
                door.attach(self.account_id, "role", name, f"p{number}", attached)
        return role.arn

    def delete(self, arn: str) -> None:
        """Take the role away."""
        with closing(Identities(self.data_dir)) as door:
            door.delete_role(self.account_id, arn.rpartition("/")[2])


def may_assume(arn: str) -> str:
    """The policy of a user who may become this role and do nothing else."""
    return policy("sts:AssumeRole", arn)
