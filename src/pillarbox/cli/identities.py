"""What the commands about accounts, users, roles and AccessKeys share.

They work on the server's machine, in its data directory: whoever can read that holds every secret
anyhow, so nobody is asked for one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pillarbox.cli.data_directory import opened
from pillarbox.cli.table import table
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.access.ram import DocumentKind
    from pillarbox.storage.catalog.identities import HolderKind
    from pillarbox.storage.identities import Identities

AccountId = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="ID",
        help="The account that it is about, as `pillarbox account list` shows it.",
        show_default="the root AccessKey's",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PolicyName = Annotated[
    str, typer.Argument(metavar="POLICY", help="What the policy is called.", show_default=False)
]
PolicyFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="JSON of a RAM policy; - for standard input.", show_default=False
    ),
]


@contextmanager
def identities(data: str, command: str) -> Iterator[Identities]:
    """The identities of a data directory; see `data_directory.opened` for what goes wrong."""

    def open_door(directory: Path) -> Identities:
        from pillarbox.storage.identities import Identities

        return Identities(directory)

    with opened(data, command, open_door) as door:
        yield door


def account_of(door: Identities, given: str | None) -> str:
    """The account that `--account` names, else that of the root AccessKey."""
    return door.root_account_id() if given is None else given


def read_document(source: str, kind: DocumentKind) -> str:
    """The permission document in a file, or on standard input for `-`.

    Raises:
        ValueError: it can't be read, or isn't understood; the faulty statement is named.
    """
    from pillarbox.access.ram import RamPolicyError, read_ram_policy

    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        text = content.decode("utf-8-sig")
        read_ram_policy(text, kind)
    except OSError as error:
        raise ValueError(f"can't read {source!r}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{source!r} is not UTF-8: give the JSON of a {kind.value}") from None
    except RamPolicyError as error:
        raise ValueError(f"{source!r} can't be taken: {error}") from None
    return text


def attach_policy(
    kind: HolderKind,
    holder: str,
    policy: str,
    file: str,
    *,
    account: str | None,
    data: str,
    as_json: bool,
) -> None:
    """`pillarbox user attach` and `role attach`: the RAM policy in a file, to a user or role."""
    with identities(data, f"{kind} attach") as door:
        from pillarbox.access.ram import DocumentKind

        document = read_document(file, DocumentKind.IDENTITY)
        door.attach(account_of(door, account), kind, holder, policy, document)
    line = f"Policy {policy} is attached to {kind} {holder}"
    told({kind: holder, "attached": policy}, line, as_json=as_json)


def detach_policy(
    kind: HolderKind, holder: str, policy: str, *, account: str | None, data: str, as_json: bool
) -> None:
    """`pillarbox user detach` and `role detach`."""
    with identities(data, f"{kind} detach") as door:
        door.detach(account_of(door, account), kind, holder, policy)
    line = f"Policy {policy} is no longer attached to {kind} {holder}"
    told({kind: holder, "detached": policy}, line, as_json=as_json)


def told(members: Mapping[str, Any], line: str, *, as_json: bool) -> None:
    """Say what was done: as JSON, or by one line."""
    typer.echo(json.dumps(members, indent=2) if as_json else plain(line))


def listed(
    members: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    hint: str,
    *,
    as_json: bool,
) -> None:
    """Show what there is; `hint` says, beside an empty list, how to make one."""
    if as_json:
        typer.echo(json.dumps(members, indent=2))
    elif rows:
        typer.echo(table(rows))
    else:
        typer.echo(hint, err=True)


def policy_members(policies: Mapping[str, str]) -> dict[str, Any]:
    """Name to document, as JSON shows them."""
    return {name: json.loads(document) for name, document in policies.items()}


def policy_names(policies: Mapping[str, str]) -> str:
    """The names of what is attached, as a list shows them."""
    return f"policies={','.join(policies) or '-'}"


def state(*, enabled: bool) -> str:
    """`enabled` in a word."""
    return "enabled" if enabled else "disabled"


def moment(milliseconds: int) -> str:
    """Milliseconds since the Unix epoch, as lists and JSON show them."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
