"""`pillarbox account`: who owns buckets, and how much they may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data
from pillarbox.cli.identities import AsJson, identities, listed, moment, state, told
from pillarbox.cli.quota_options import (
    Bytes,
    Objects,
    changed_quota,
    quota_line,
    quota_members,
    quotas,
)
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.model.accounts import Account

account = typer.Typer(
    no_args_is_help=True,
    help="Accounts of this machine's server: each owns buckets, users, roles and AccessKeys.",
)

_Id = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.", show_default=False)]


@account.command()
def create(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="What people call it.", show_default=False),
    ],
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Make an account. It can do nothing before it has an AccessKey."""
    with identities(data, "account create") as door:
        made = door.create_account(name)
    told(_members(made), f"Account {made.id} is there: {plain(made.display_name)}", as_json=as_json)


@account.command("list")
def list_accounts(data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """List the accounts: id, time of creation, state, name."""
    with identities(data, "account list") as door:
        found = door.accounts()
    rows = [
        (one.id, moment(one.created_ms), state(enabled=one.enabled), plain(one.display_name))
        for one in found
    ]
    listed([_members(one) for one in found], rows, "No accounts", as_json=as_json)


@account.command()
def enable(account_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Let the AccessKeys and sessions of an account sign again."""
    _switch(account_id, data, enabled=True, as_json=as_json)


@account.command()
def disable(account_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Let no AccessKey and no session of an account sign any more."""
    _switch(account_id, data, enabled=False, as_json=as_json)


@account.command()
def quota(
    account_id: _Id,
    size: Bytes = None,
    objects: Objects = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Show or set what all buckets of an account may hold together."""
    with quotas(data, "account quota") as door:
        bound, used = door.of_account(account_id)
        if size is not None or objects is not None:
            bound = changed_quota(bound, size, objects)
            door.set_for_account(account_id, bound)
    members = {"account": account_id, **quota_members(bound, used)}
    told(members, quota_line("Account", account_id, bound, used), as_json=as_json)


@account.command()
def delete(account_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Forget an account that has no buckets, users, roles and AccessKeys left."""
    with identities(data, "account delete") as door:
        door.delete_account(account_id)
    told({"deleted": account_id}, f"Account {account_id} is deleted", as_json=as_json)


def _switch(account_id: str, data: str, *, enabled: bool, as_json: bool) -> None:
    with identities(data, f"account {'enable' if enabled else 'disable'}") as door:
        door.enable_account(account_id, enabled=enabled)
    told(
        {"id": account_id, "enabled": enabled},
        f"Account {account_id} is {state(enabled=enabled)}",
        as_json=as_json,
    )


def _members(one: Account) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.display_name,
        "created": moment(one.created_ms),
        "enabled": one.enabled,
        "quota": {"bytes": one.quota_bytes, "objects": one.quota_objects},
    }
