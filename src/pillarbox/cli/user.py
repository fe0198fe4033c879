"""`pillarbox user`: the users of an account, and what they may do."""

from __future__ import annotations

from typing import Annotated

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data
from pillarbox.cli.identities import (
    AccountId,
    AsJson,
    PolicyFile,
    PolicyName,
    account_of,
    attach_policy,
    detach_policy,
    identities,
    listed,
    moment,
    policy_members,
    policy_names,
    told,
)

user = typer.Typer(
    no_args_is_help=True,
    help="Users of an account on this machine's server: each may do what its policies allow.",
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.", show_default=False)]


@user.command()
def create(
    name: _Name, account: AccountId = None, data: Data = USUAL_DATA, as_json: AsJson = False
) -> None:
    """Make a user. It may do nothing before a policy is attached to it."""
    with identities(data, "user create") as door:
        account_id = account_of(door, account)
        door.create_user(account_id, name)
    told(
        {"account": account_id, "name": name},
        f"User {name} of account {account_id} is there",
        as_json=as_json,
    )


@user.command("list")
def list_users(account: AccountId = None, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """List the users of an account: name, time of creation, policies."""
    with identities(data, "user list") as door:
        found = door.users(account_of(door, account))
    members = [
        {
            "account": one.account_id,
            "name": one.name,
            "created": moment(one.created_ms),
            "policies": policy_members(one.policies),
        }
        for one in found
    ]
    rows = [(one.name, moment(one.created_ms), policy_names(one.policies)) for one in found]
    listed(members, rows, "No users: pillarbox user create NAME makes one", as_json=as_json)


@user.command()
def delete(
    name: _Name, account: AccountId = None, data: Data = USUAL_DATA, as_json: AsJson = False
) -> None:
    """Forget a user, its policies and its AccessKeys."""
    with identities(data, "user delete") as door:
        door.delete_user(account_of(door, account), name)
    told({"deleted": name}, f"User {name} is deleted, with its AccessKeys", as_json=as_json)


@user.command()
def attach(
    name: _Name,
    policy: PolicyName,
    file: PolicyFile,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Attach a RAM policy to a user, in place of one of that name."""
    attach_policy("user", name, policy, file, account=account, data=data, as_json=as_json)


@user.command()
def detach(
    name: _Name,
    policy: PolicyName,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Take a policy off a user."""
    detach_policy("user", name, policy, account=account, data=data, as_json=as_json)
