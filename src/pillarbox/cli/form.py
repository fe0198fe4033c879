"""`pillarbox form`: sign a form and write the page that posts it.

With just the bucket, the endpoint, the AccessKey and the page's name the form is that of the OSS
documentation's sample program: key `upload/${filename}`, an empty redirect, answer 201. One
condition is added: a file has at least 1 byte, for a form sent without a file has an empty one.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pillarbox.cli.endpoint import endpoint_url
from pillarbox.cli.metadata import parse_metadata
from pillarbox.cli.quantities import parse_duration, parse_size
from pillarbox.cli.secret import SECRET_VARIABLE, ask_for_secret, warn_if_seen
from pillarbox.forms.doubts import DoubtfulForm
from pillarbox.forms.page import render_page, render_plain_page
from pillarbox.forms.post_form import Credentials, PostForm, SignedForm
from pillarbox.forms.s3_form import sign_s3_v2, sign_s3_v4
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.plain_text import plain

#: By name, and whether it names a region.
_SIGNATURES = {"v1": False, "v4": True, "s3v2": False, "s3v4": True}


def form(
    context: typer.Context,
    bucket: Annotated[str, typer.Option(help="Bucket that takes the files.")],
    endpoint: Annotated[
        str,
        typer.Option(help="URL of the store, such as http://127.0.0.1:9000; http if it says none."),
    ],
    access_key_id: Annotated[
        str, typer.Option("--id", envvar="PILLARBOX_ACCESS_KEY_ID", help="AccessKey id.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to save the HTML page; with --json the JSON.",
            dir_okay=False,
            show_default="none, --json then prints",
        ),
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            "--key",
            envvar=SECRET_VARIABLE,
            help="AccessKey secret; asked for if absent. Others see it on the command line.",
            show_default=False,
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="PILLARBOX_SECURITY_TOKEN",
            help="Security token of a temporary AccessKey (STS); it stands in the form.",
            show_default=False,
        ),
    ] = None,
    object_key: Annotated[
        str,
        typer.Option(help="Key of the object; ${filename} is the name of the visitor's file."),
    ] = "upload/${filename}",
    max_size: Annotated[
        str | None, typer.Option(help="Largest file, such as 10MiB.", show_default="no limit")
    ] = None,
    min_size: Annotated[
        str, typer.Option(help="Smallest file; 0 also takes a form that has no file.")
    ] = "1",
    content_type: Annotated[
        list[str] | None,
        typer.Option(help="Type that the file may have (repeatable), or one image/*."),
    ] = None,
    expires: Annotated[
        str, typer.Option(help="How long the form is good: 90s, 10m, 2h, 7d.")
    ] = "1h",
    redirect: Annotated[
        str, typer.Option(help="URL to go to after an upload.", show_default="empty: none")
    ] = "",
    status: Annotated[str, typer.Option(help="Answer to an upload: 200, 201 or 204.")] = "201",
    acl: Annotated[
        str,
        typer.Option(help=f"ACL of the object: {', '.join(ObjectAcl)}; default is the bucket's."),
    ] = ObjectAcl.DEFAULT.value,
    forbid_overwrite: Annotated[
        bool,
        typer.Option(
            "--forbid-overwrite",
            help="Let the policy demand that nothing is replaced, as strict buckets want it.",
        ),
    ] = False,
    meta: Annotated[
        list[str] | None, typer.Option(help="User metadata, K=V (repeatable).", metavar="K=V")
    ] = None,
    version: Annotated[
        str, typer.Option("--signature", help="v1 or v4; of a form for Amazon S3 s3v2 or s3v4.")
    ] = "v1",
    region: Annotated[
        str | None, typer.Option(help="Region of a v4 or s3v4 signature, such as cn-hangzhou.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON for a front end: url, fields, limits.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="A bare HTML form without script, for one file.")
    ] = False,
    policy_url: Annotated[
        str | None,
        typer.Option(
            help="URL where the page gets fresh forms, as of --json, before one expires.",
            show_default="none",
        ),
    ] = None,
) -> None:
    """Sign a form and save a page that uploads with it; print the policy, its base64, the page."""
    try:
        _check_output(out, as_json=as_json, plain=plain)
        _check_policy_url(policy_url, as_json=as_json, plain=plain)
        _check_version(version, region)
        unsigned = PostForm(
            endpoint=endpoint_url(endpoint),
            bucket=bucket,
            key=object_key,
            expires=parse_duration(expires),
            min_size=parse_size(min_size),
            max_size=None if max_size is None else parse_size(max_size),
            content_types=tuple(content_type or ()),
            acl=acl,
            success_redirect=redirect,
            success_status=_parse_status(status),
            forbid_overwrite=forbid_overwrite,
            metadata=parse_metadata(meta or []),
        )
        # An empty token is none, as that of an unset variable.
        credentials = Credentials(access_key_id, secret or ask_for_secret(), token or None)
        signed = _sign(unsigned, credentials, version, region)
        if as_json:
            text = f"{signed.to_json()}\n"
        elif plain:
            text = render_plain_page(signed)
        else:
            scripted = None
            if redirect:
                # A script that follows a redirect can't tell what became of the upload.
                unwatched = replace(unsigned, success_redirect="")
                scripted = _sign(unwatched, credentials, version, region)
            text = render_page(signed, scripted=scripted, policy_url=policy_url)
    except ValueError as error:
        _fail(str(error))
    if out is not None:
        _save(text, out)
    warn_if_seen(context, "secret")
    for doubt in signed.doubts:
        _say(f"warning: {doubt}")
    if out is None:
        typer.echo(signed.to_json())
        return
    typer.echo(f"Policy: {signed.policy}")
    typer.echo(f"Policy in base64: {signed.fields['policy']}")
    typer.echo(f"{'JSON' if as_json else 'Page'} saved to: {out.resolve()}")


def _check_output(out: Path | None, *, as_json: bool, plain: bool) -> None:
    if as_json and plain:
        raise ValueError("--json and --plain ask for two things: give one of them")
    if out is None and not as_json:
        raise ValueError("nowhere to save the page: give --out, such as --out upload.html")


def _check_policy_url(url: str | None, *, as_json: bool, plain: bool) -> None:
    if url is None:
        return
    if as_json or plain:
        raise ValueError("--policy-url is for the page with a script: leave --json and --plain out")
    if not url.startswith(("http://", "https://", "/")):
        raise ValueError(
            f"the URL {url[:200]!r} of fresh forms is no URL: write it like "
            "https://careers.example/form, or /form for the page's own site"
        )


def _check_version(version: str, region: str | None) -> None:
    if version not in _SIGNATURES:
        raise ValueError(
            f"the signature {version!r} is none of ours: give {', '.join(_SIGNATURES)}"
        )
    if _SIGNATURES[version] and not region:
        raise ValueError(
            f"a {version} signature needs a region: give --region, such as cn-hangzhou"
        )
    if region and not _SIGNATURES[version]:
        raise ValueError(
            f"a {version} signature has no region: leave --region out or give --signature v4"
        )


def _sign(
    unsigned: PostForm, credentials: Credentials, version: str, region: str | None
) -> SignedForm:
    with warnings.catch_warnings():
        # They are told as lines of ours.
        warnings.simplefilter("ignore", DoubtfulForm)
        match version:
            case "v4":
                return unsigned.sign_v4(credentials, region or "")
            case "s3v2":
                return sign_s3_v2(unsigned, credentials)
            case "s3v4":
                return sign_s3_v4(unsigned, credentials, region or "")
            case _:
                return unsigned.sign_v1(credentials)


def _parse_status(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"the status {text!r} is not one of 200, 201 and 204")
    return int(text)


def _save(text: str, out: Path) -> None:
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        _fail(f"can't save to {out}: {error.strerror}; give another --out")


def _fail(message: str) -> NoReturn:
    _say(message)
    raise typer.Exit(2)


def _say(message: str) -> None:
    typer.echo(plain(f"pillarbox form: {message}"), err=True)
