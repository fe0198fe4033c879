"""`pillarbox bucket`: make and list the buckets of a running store, see and set ACL and CORS rules.

The store may be Pillarbox or OSS.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pillarbox.cli.bucket_table import show_buckets
from pillarbox.cli.cors_rules import RuleOptions, rules_json, rules_text
from pillarbox.cli.store_access import buckets_of, failures_told
from pillarbox.cli.store_options import (
    AccessKeyId,
    Endpoint,
    ProfileName,
    Region,
    StoreOptions,
    Token,
)
from pillarbox.forms.endpoint import bucket_url
from pillarbox.model.acl import BucketAcl
from pillarbox.model.versioning import Versioning

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
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    acl: Annotated[
        str | None,
        typer.Option(
            help=f"{_ACLS}: what anybody may do with its objects.",
            show_default="private; one that is there keeps its own",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a bucket. One of your own that is there already stays, and takes the ACL if given."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("bucket create"):
        wanted = None if acl is None else _bucket_acl(acl)
        with buckets_of(store, name) as buckets:
            buckets.create(name, wanted)
            url = bucket_url(buckets.endpoint, name)
    told = "" if wanted is None else f", ACL {wanted}"
    if as_json:
        typer.echo(json.dumps({"bucket": name, "acl": acl, "url": url}, indent=2))
    else:
        typer.echo(f"Bucket {name} is there{told}: {url}")


@bucket.command()
def delete(
    name: Name,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Delete a bucket that is empty: `pillarbox rm -r` empties it."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("bucket delete"), buckets_of(store, name) as buckets:
        buckets.delete(name)
    if as_json:
        typer.echo(json.dumps({"bucket": name, "deleted": True}, indent=2))
    else:
        typer.echo(f"Bucket {name} is deleted")


@bucket.command("list")
def list_buckets(
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """List your buckets: name, time of creation, location, storage class."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("bucket list"), buckets_of(store) as buckets:
        show_buckets(tuple(buckets.list()), as_json=as_json)


@bucket.command()
def acl(
    name: Name,
    acl: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACL]", help=f"{_ACLS}; shows the ACL if absent.", show_default=False
        ),
    ] = None,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Show or set what anybody may do with the objects of a bucket."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("bucket acl"):
        wanted = None if acl is None else _bucket_acl(acl)
        with buckets_of(store, name) as buckets:
            if wanted is not None:
                buckets.set_acl(name, wanted)
            current = wanted or buckets.acl(name)
    text = json.dumps({"bucket": name, "acl": current.value}, indent=2) if as_json else current
    typer.echo(text)


@bucket.command()
def versioning(
    name: Name,
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="[enabled|suspended]",
            help="Keep former versions from now on, or let that rest; shows it if absent.",
            show_default=False,
        ),
    ] = None,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Show or set whether former versions of a bucket's objects stay."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    with failures_told("bucket versioning"):
        asked = None if wanted is None else _versioning(wanted)
        with buckets_of(store, name) as buckets:
            if asked is not None:
                buckets.set_versioning(name, asked)
            current = buckets.versioning(name) if asked is None else asked
    word = current.value.lower() or "never enabled"
    typer.echo(json.dumps({"bucket": name, "versioning": word}, indent=2) if as_json else word)


@bucket.command()
def cors(
    name: Name,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
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
    profile: ProfileName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Show the CORS rules of a bucket; with --origin set one rule in place of all of them."""
    store = StoreOptions(endpoint, access_key_id, token, profile, region)
    given = RuleOptions(origin or (), method or (), header or (), expose or (), max_age)
    with failures_told("bucket cors"):
        if remove and given != RuleOptions():
            raise ValueError("--remove leaves no rule: leave out the options of one, or --remove")
        wanted = given.configuration()
        with buckets_of(store, name) as buckets:
            if remove:
                buckets.remove_cors(name)
            elif wanted is not None:
                buckets.set_cors(name, wanted)
            else:
                wanted = buckets.cors(name)
    typer.echo(rules_json(wanted) if as_json else rules_text(name, wanted))


def _versioning(text: str) -> Versioning:
    for versioning in (Versioning.ENABLED, Versioning.SUSPENDED):
        if text.lower() == versioning.value.lower():
            return versioning
    raise ValueError(f"versioning can't be {text!r}: give enabled or suspended")


def _bucket_acl(text: str) -> BucketAcl:
    try:
        return BucketAcl(text)
    except ValueError:
        raise ValueError(f"the ACL {text!r} is none of a bucket: give one of {_ACLS}") from None
