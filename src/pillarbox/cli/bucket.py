"""`pillarbox bucket`: make and list the buckets of a running store, see and set ACL and CORS rules.

The store may be Pillarbox or OSS.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.cors_rules import RuleOptions, rules_json, rules_text
from pillarbox.cli.endpoint import endpoint_url
from pillarbox.cli.plain_text import plain
from pillarbox.cli.store_access import AccessKeyId, Endpoint, Token, buckets_of, failures_told
from pillarbox.cli.table import table
from pillarbox.forms.endpoint import bucket_url
from pillarbox.model.acl import BucketAcl

if TYPE_CHECKING:
    from pillarbox.client.buckets import ListedBucket

_ACLS = ", ".join(BucketAcl)

bucket = typer.Typer(
    name="bucket",
    help="Make and list the buckets of a running store, see and set their ACL and CORS rules.",
    no_args_is_help=True,
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the bucket.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@bucket.command()
def create(
    name: Name,
    endpoint: Endpoint,
    access_key_id: AccessKeyId,
    token: Token = None,
    acl: Annotated[
        str | None,
        typer.Option(
            help=f"{_ACLS}: what anybody may do with its objects.",
            show_default="private; one that is there keeps its own",
        ),
    ] = None,
) -> None:
    """Make a bucket. One of your own that is there already stays, and takes the ACL if given."""
    with failures_told("bucket create"):
        wanted = None if acl is None else _bucket_acl(acl)
        with buckets_of(endpoint, access_key_id, token, name) as buckets:
            buckets.create(name, wanted)
        url = bucket_url(endpoint_url(endpoint), name)
    told = "" if wanted is None else f", ACL {wanted}"
    typer.echo(f"Bucket {name} is there{told}: {url}")


@bucket.command("list")
def list_buckets(
    endpoint: Endpoint,
    access_key_id: AccessKeyId,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List your buckets: name, time of creation, location, storage class."""
    with failures_told("bucket list"), buckets_of(endpoint, access_key_id, token) as buckets:
        listed = tuple(buckets.list())
    if as_json:
        typer.echo(json.dumps([_members(found) for found in listed], indent=2))
    elif not listed:
        typer.echo("No buckets: pillarbox bucket create NAME makes one", err=True)
    else:
        typer.echo(table(_rows(listed)))


@bucket.command()
def acl(
    name: Name,
    endpoint: Endpoint,
    access_key_id: AccessKeyId,
    acl: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACL]", help=f"{_ACLS}; shows the ACL if absent.", show_default=False
        ),
    ] = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show or set what anybody may do with the objects of a bucket."""
    with failures_told("bucket acl"):
        wanted = None if acl is None else _bucket_acl(acl)
        with buckets_of(endpoint, access_key_id, token, name) as buckets:
            if wanted is not None:
                buckets.set_acl(name, wanted)
            current = wanted or buckets.acl(name)
    text = json.dumps({"bucket": name, "acl": current.value}, indent=2) if as_json else current
    typer.echo(text)


@bucket.command()
def cors(
    name: Name,
    endpoint: Endpoint,
    access_key_id: AccessKeyId,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Scripts on pages of this origin may upload and read the answers: "
            "https://www.example.com, http://localhost:*, or * for any (repeatable).",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD",
            help="Method that they may use (repeatable).",
            show_default="with --origin: all five",
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER",
            help="Request header that they may send, with at most one * (repeatable).",
            show_default="with --origin: *",
        ),
    ] = None,
    expose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER",
            help="Header of answers that they may read (repeatable).",
            show_default="with --origin: what uploads need, such as ETag",
        ),
    ] = None,
    max_age: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            help="Seconds that a browser may remember what it was allowed.",
            min=0,
            max=999_999_999,
            show_default="with --origin: 600",
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove all rules.")] = False,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show the CORS rules of a bucket; with --origin set one rule in place of all of them."""
    given = RuleOptions(origin or (), method or (), header or (), expose or (), max_age)
    with failures_told("bucket cors"):
        if remove and given != RuleOptions():
            raise ValueError("--remove leaves no rule: leave out the options of one, or --remove")
        wanted = given.configuration()
        with buckets_of(endpoint, access_key_id, token, name) as buckets:
            if remove:
                buckets.remove_cors(name)
            elif wanted is not None:
                buckets.set_cors(name, wanted)
            else:
                wanted = buckets.cors(name)
    typer.echo(rules_json(wanted) if as_json else rules_text(name, wanted))


def _bucket_acl(text: str) -> BucketAcl:
    try:
        return BucketAcl(text)
    except ValueError:
        raise ValueError(f"the ACL {text!r} is none of a bucket: give one of {_ACLS}") from None


def _members(listed: ListedBucket) -> dict[str, str]:
    return {
        "name": listed.name,
        "created": listed.created.isoformat(),
        "location": listed.location,
        "storageClass": listed.storage_class,
    }


def _rows(listed: Sequence[ListedBucket]) -> Sequence[Sequence[str]]:
    return [
        (
            plain(found.name),
            f"{found.created:%Y-%m-%d %H:%M:%S} UTC",
            plain(found.location),
            plain(found.storage_class),
        )
        for found in listed
    ]
