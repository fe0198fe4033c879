"""`pillarbox role`: what others may become for a while (AssumeRole), and what it may do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

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
    read_document,
    told,
)
from pillarbox.cli.quantities import parse_duration
from pillarbox.model.accounts import DEFAULT_SESSION_SECONDS
from pillarbox.model.spans import span_in_words

if TYPE_CHECKING:
    from pillarbox.model.accounts import Role

role = typer.Typer(
    no_args_is_help=True,
    help="Roles of an account on this machine's server: who is trusted may assume one.",
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the role.", show_default=False)]


@role.command()
def create(
    name: _Name,
    trust: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="JSON of the trust policy, which says who may assume it; - for standard input.",
            show_default=False,
        ),
    ],
    max_session: Annotated[
        str,
        typer.Option(metavar="SPAN", help="The longest session, 15m to 12h."),
    ] = f"{DEFAULT_SESSION_SECONDS // 3600}h",
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Make a role, or give one that is there other rules; its policies stay."""
    with identities(data, "role create") as door:
        from pillarbox.access.ram import DocumentKind

        seconds = int(parse_duration(max_session).total_seconds())
        document = read_document(trust, DocumentKind.TRUST)
        made = door.put_role(account_of(door, account), name, document, seconds)
    told(_members(made), f"Role {name} is there: {made.arn}", as_json=as_json)


@role.command("list")
def list_roles(account: AccountId = None, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """List the roles of an account: ARN, time of creation, longest session, policies."""
    with identities(data, "role list") as door:
        found = door.roles(account_of(door, account))
    rows = [
        (
            one.arn,
            moment(one.created_ms),
            span_in_words(timedelta(seconds=one.max_session_seconds)),
            policy_names(one.policies),
        )
        for one in found
    ]
    hint = "No roles: pillarbox role create NAME --trust FILE makes one"
    listed([_members(one) for one in found], rows, hint, as_json=as_json)


@role.command()
def delete(
    name: _Name, account: AccountId = None, data: Data = USUAL_DATA, as_json: AsJson = False
) -> None:
    """Forget a role and its policies; its running sessions may do nothing more."""
    with identities(data, "role delete") as door:
        door.delete_role(account_of(door, account), name)
    told({"deleted": name}, f"Role {name} is deleted", as_json=as_json)


@role.command()
def attach(
    name: _Name,
    policy: PolicyName,
    file: PolicyFile,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Attach a RAM policy to a role, in place of one of that name."""
    attach_policy("role", name, policy, file, account=account, data=data, as_json=as_json)


@role.command()
def detach(
    name: _Name,
    policy: PolicyName,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Take a policy off a role."""
    detach_policy("role", name, policy, account=account, data=data, as_json=as_json)


def _members(one: Role) -> dict[str, Any]:
    return {
        "account": one.account_id,
        "name": one.name,
        "arn": one.arn,
        "created": moment(one.created_ms),
        "maxSessionSeconds": one.max_session_seconds,
        "trust": json.loads(one.trust),
        "policies": policy_members(one.policies),
    }
