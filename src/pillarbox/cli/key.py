"""`pillarbox key`: AccessKeys of accounts and of their users."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data
from pillarbox.cli.identities import (
    AccountId,
    AsJson,
    account_of,
    identities,
    listed,
    moment,
    state,
    told,
)

if TYPE_CHECKING:
    from pillarbox.model.accounts import KeySummary
    from pillarbox.model.objects import AccessKey

key = typer.Typer(
    no_args_is_help=True,
    help="AccessKeys of the accounts on this machine's server, and of their users.",
)

_Id = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.", show_default=False)]
_User = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The user whose it is.", show_default="the account itself"),
]

_ONCE = "This is the only time that the secret is shown: keep it now"


@key.command()
def create(
    user: _User = None,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Make an AccessKey of a user, or of an account with all of its rights. Shows the secret."""
    with identities(data, "key create") as door:
        made = door.create_key(account_of(door, account), user)
    _show_secret(made, as_json=as_json)


@key.command("list")
def list_keys(
    user: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only that user's.", show_default="all of the account"),
    ] = None,
    account: AccountId = None,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """List the AccessKeys of an account: id, time of creation, state, whose it is."""
    with identities(data, "key list") as door:
        found = door.keys(account_of(door, account), user)
    rows = [
        (one.id, moment(one.created_ms), state(enabled=one.enabled), _holder(one)) for one in found
    ]
    hint = "No AccessKeys: pillarbox key create makes one"
    listed([_members(one) for one in found], rows, hint, as_json=as_json)


@key.command()
def enable(key_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Let an AccessKey sign again."""
    _switch(key_id, data, enabled=True, as_json=as_json)


@key.command()
def disable(key_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Let an AccessKey sign no more, from the next request on."""
    _switch(key_id, data, enabled=False, as_json=as_json)


@key.command()
def rotate(key_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Make a new AccessKey for whom this one is; both sign until you disable the old one."""
    with identities(data, "key rotate") as door:
        made = door.rotate_key(key_id)
    _show_secret(made, as_json=as_json)
    typer.echo(
        f"{key_id} goes on: when nothing signs with it any more, run pillarbox key disable "
        f"{key_id}, later delete",
        err=True,
    )


@key.command()
def root(
    new: Annotated[
        bool,
        typer.Option("--new", help="Give it another secret, and show that; the former ends now."),
    ] = False,
    data: Data = USUAL_DATA,
    as_json: AsJson = False,
) -> None:
    """Show the id of the root AccessKey, or replace a secret that was lost or got known.

    Where PILLARBOX_ACCESS_KEY_ID and PILLARBOX_ACCESS_KEY_SECRET are set for `pillarbox serve`,
    its next start goes back to them.
    """
    with identities(data, "key root") as door:
        if new:
            _show_secret(door.new_root_secret(), as_json=as_json)
            return
        (found,) = [one for one in door.keys(door.root_account_id()) if one.is_root]
    told(_members(found), f"AccessKey id  {found.id}", as_json=as_json)


@key.command()
def delete(key_id: _Id, data: Data = USUAL_DATA, as_json: AsJson = False) -> None:
    """Forget an AccessKey."""
    with identities(data, "key delete") as door:
        door.delete_key(key_id)
    told({"deleted": key_id}, f"AccessKey {key_id} is deleted", as_json=as_json)


def _switch(key_id: str, data: str, *, enabled: bool, as_json: bool) -> None:
    with identities(data, f"key {'enable' if enabled else 'disable'}") as door:
        door.enable_key(key_id, enabled=enabled)
    told(
        {"id": key_id, "enabled": enabled},
        f"AccessKey {key_id} is {state(enabled=enabled)}",
        as_json=as_json,
    )


def _show_secret(made: AccessKey, *, as_json: bool) -> None:
    """The one place that shows a secret, and says so."""
    if as_json:
        members = {
            "id": made.id,
            "secret": made.secret,
            "account": made.account_id,
            "user": made.user,
            "note": _ONCE,
        }
        typer.echo(json.dumps(members, indent=2))
        return
    typer.echo(f"AccessKey id      {made.id}\nAccessKey secret  {made.secret}\n{_ONCE}")


def _holder(one: KeySummary) -> str:
    if one.is_root:
        return "root"
    return "account" if one.user is None else f"user={one.user}"


def _members(one: KeySummary) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.account_id,
        "user": one.user,
        "created": moment(one.created_ms),
        "enabled": one.enabled,
        "root": one.is_root,
    }
