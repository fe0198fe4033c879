"""`pillarbox sign`: a URL that lets whoever has it read or write one object for a while."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pillarbox.cli.quantities import parse_duration
from pillarbox.cli.store_access import failures_told
from pillarbox.cli.store_options import (
    AccessKeyId,
    ChosenStore,
    Endpoint,
    ProfileName,
    Region,
    StoreOptions,
    Token,
    choose_store,
)
from pillarbox.client.address import Address
from pillarbox.client.signed_url import OVERRIDES, SignedUrl, sign_url_v1, sign_url_v4
from pillarbox.model.names import has_control_characters

_METHODS = ("GET", "PUT")


def sign(
    address: Annotated[
        str, typer.Argument(metavar="oss://BUCKET/KEY", help="Object.", show_default=False)
    ],
    method: Annotated[str, typer.Option(help="GET to read the object, PUT to write it.")] = "GET",
    expires: Annotated[
        str, typer.Option(metavar="SPAN", help="How long the URL is good: 90s, 10m, 2h, 7d.")
    ] = "1h",
    content_type: Annotated[
        str | None,
        typer.Option(
            help="With PUT: the type that the upload must say.", show_default="that it says none"
        ),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER=VALUE",
            help=f"With GET: a header of the answer (repeatable): {', '.join(OVERRIDES)}.",
            show_default=False,
        ),
    ] = None,
    signature: Annotated[
        str | None,
        typer.Option(help="v1 or v4.", show_default="v4 where a region is known, else v1"),
    ] = None,
    endpoint: Endpoint = None,
    access_key_id: AccessKeyId = None,
    token: Token = None,
    profile: ProfileName = None,
    region: Region = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: url, method, expires, headers.")
    ] = False,
) -> None:
    """Print a signed URL. Nothing is sent: whether there is such an object nobody asks."""
    with failures_told("sign"):
        where = Address.parse(address)
        verb = method.upper()
        headers, overrides = _parts(verb, content_type, response or ())
        span = parse_duration(expires)
        if not span:
            raise ValueError("a URL that is good for no time is good for nothing: give --expires")
        store = choose_store(StoreOptions(endpoint, access_key_id, token, profile, region))
        signed = _signed(store, signature, verb, where, span, overrides, headers)
    _show(signed, as_json=as_json)


def _signed(
    store: ChosenStore,
    version: str | None,
    method: str,
    where: Address,
    span: timedelta,
    overrides: dict[str, str],
    headers: dict[str, str],
) -> SignedUrl:
    now = datetime.now(UTC).replace(microsecond=0)
    if version not in (None, "v1", "v4"):
        raise ValueError(f"the signature {version!r} is none of ours: give v1 or v4")
    if version == "v4" and store.region is None:
        raise ValueError("a v4 signature needs a region: give --region, such as cn-hangzhou")
    if store.region is None or version == "v1":
        return sign_url_v1(
            store.url,
            store.credentials,
            method,
            where,
            now + span,
            overrides=overrides,
            headers=headers,
        )
    return sign_url_v4(
        store.url,
        store.credentials,
        store.region,
        method,
        where,
        now,
        span,
        overrides=overrides,
        headers=headers,
    )


def _parts(
    method: str, content_type: str | None, response: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The headers that are signed, and those of the answer that the URL sets."""
    if method not in _METHODS:
        raise ValueError(f"the method {method!r} can't be signed: give {' or '.join(_METHODS)}")
    if content_type is not None and method != "PUT":
        raise ValueError("--content-type is for uploads: give --method PUT, or --response for GET")
    overrides: dict[str, str] = {}
    for text in response:
        name, separator, value = text.partition("=")
        name = name.strip().lower().removeprefix("response-")
        if not separator or name not in OVERRIDES:
            raise ValueError(
                f"--response {text!r} can't be: write HEADER=VALUE with one of "
                f"{', '.join(OVERRIDES)}"
            )
        overrides[name] = value
    if overrides and method != "GET":
        raise ValueError("--response is for reading: leave it out, or give --method GET")
    for value in (*overrides.values(), content_type or ""):
        if has_control_characters(value):
            raise ValueError(f"{value[:80]!r} holds a control character: no header can")
    return ({} if content_type is None else {"Content-Type": content_type}), overrides


def _show(signed: SignedUrl, *, as_json: bool) -> None:
    if as_json:
        document = {
            "url": signed.url,
            "method": signed.method,
            "expires": signed.expires.isoformat(),
            "headers": dict(signed.headers),
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo(signed.url)
    for name, value in signed.headers.items():
        typer.echo(f"Send with it: {name}: {value}", err=True)
