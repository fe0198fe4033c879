"""`pillarbox serve`: the store on one machine, from one directory.

Needs the extra `server`; nothing of it is imported before the command runs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pillarbox.cli.callback_options import read_key_url, read_redirect_hosts, read_retry
from pillarbox.cli.ceiling_options import read_ceilings
from pillarbox.cli.network_options import read_admin, read_networks, read_tls_files
from pillarbox.cli.origins import check_origins
from pillarbox.cli.upkeep_options import LifecycleInterval, UploadExpiry, read_span
from pillarbox.model.acl import BucketAcl
from pillarbox.model.cors import CorsConfiguration, cors_for_uploads
from pillarbox.model.names import (
    has_control_characters,
    is_access_key_id,
    is_bucket_name,
    is_region,
)
from pillarbox.model.objects import AccessKey
from pillarbox.model.plain_text import plain
from pillarbox.server.extra import find_hindrance
from pillarbox.server.listening import parse_listen
from pillarbox.server.settings import InitBucket, Settings

_KEY_ID_VARIABLE = "PILLARBOX_ACCESS_KEY_ID"
_SECRET_VARIABLE = "PILLARBOX_ACCESS_KEY_SECRET"  # noqa: S105 (a name, no secret)
_DOMAIN = re.compile(r"(?!.{254})[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LOG_FORMATS = ("text", "json")
#: Each has threads, connections to the catalog and some 60 MiB; they take turns to write.
_MOST_WORKERS = 64


def serve(
    data: Annotated[
        # As text: a Path makes the current directory of the empty one.
        str,
        typer.Option(
            metavar="PATH", help="Directory of the catalog and the blobs; made if absent."
        ),
    ] = "pillarbox-data",
    listen: Annotated[
        str, typer.Option(help="HOST:PORT; port 0 takes any free one.")
    ] = "127.0.0.1:9000",
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Answer /-/metrics (Prometheus), /-/live and /-/ready on this address of its own, "
            "without a password; :PORT is on loopback.",
            show_default="nowhere",
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Processes that serve requests beside each other, on Linux: more than 1 "
            "pays for many small uploads at once, not for large files.",
        ),
    ] = 1,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Serve https: the certificate in PEM, with those between it and its authority "
            "behind it. What is renewed there counts from the next start.",
            show_default="http",
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The key of --tls-cert, PEM, not encrypted.", show_default=False
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CIDR",
            help="A proxy at this address, such as 127.0.0.1 or 10.0.0.0/8, is believed whom it "
            "names in X-Forwarded-For and -Proto (repeatable).",
            show_default="none",
        ),
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(
            help="BUCKET.DOMAIN reaches a bucket, besides BUCKET.localhost (repeatable).",
            show_default=False,
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="The only region that V4 signatures may name.", show_default="any region"
        ),
    ] = None,
    strict_forms: Annotated[
        bool,
        typer.Option(
            "--strict-forms",
            help="A form's policy must cover its ACL, redirect, tagging and the like.",
        ),
    ] = False,
    leading_slash_keys: Annotated[
        bool,
        typer.Option("--leading-slash-keys", help="A key may begin with / or a backslash."),
    ] = False,
    init_bucket: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME:ACL of a bucket to make if it is not there (repeatable); one that is keeps "
            f"its ACL. ACL is {', '.join(BucketAcl)}. NAME:ACL:strict makes its forms strict.",
            show_default=False,
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Scripts on pages of this origin may upload to the --init-bucket buckets and read "
            "the answers: https://www.example.com, http://localhost:*, or * for any (repeatable).",
            show_default=False,
        ),
    ] = None,
    callback_allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CIDR",
            help="Callbacks may go to this network too, such as 10.1.0.0/16 or 127.0.0.1, besides "
            "the public internet (repeatable).",
            show_default=False,
        ),
    ] = None,
    callback_retry: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="A callback of the --init-bucket buckets that fails is tried again for this long, "
            "such as 24h, also after a restart; 0s ends that.",
            show_default="one try, as OSS",
        ),
    ] = None,
    callback_key_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where sites fetch the key that callbacks are signed with, if they reach this "
            "server by another name.",
            show_default="http://LISTEN/-/callback.pem",
        ),
    ] = None,
    upload_expiry: UploadExpiry = "7d",
    lifecycle_interval: LifecycleInterval = "1h",
    redirect_allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="A form may redirect to this host, as HOST or HOST:PORT, and to no other but "
            "those named so (repeatable).",
            show_default="any host",
        ),
    ] = None,
    max_policy_lifetime: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="A form is refused whose policy expires later than this from now, such as 1h.",
            show_default="any time",
        ),
    ] = None,
    max_upload_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="No upload may be larger, such as 100MiB, and a policy must say so by its "
            "content-length-range.",
            show_default="as OSS, 5GiB",
        ),
    ] = None,
    encrypted_at_rest: Annotated[
        bool,
        typer.Option(
            "--encrypted-at-rest",
            help="You vouch that the disk is encrypted, so AES256 may be asked for.",
        ),
    ] = False,
    anonymous_list: Annotated[
        bool,
        typer.Option("--anonymous-list", help="Anybody may list a public bucket."),
    ] = False,
    log_format: Annotated[
        str,
        typer.Option(
            help="Lines of the access log and of notices: text or json. With json the start is a "
            "notice too, on standard error."
        ),
    ] = "text",
) -> None:
    """Run the store: browsers POST files into it, under policies that web sites signed.

    The root AccessKey comes from PILLARBOX_ACCESS_KEY_ID and PILLARBOX_ACCESS_KEY_SECRET; without
    them it is generated at the first start and shown once; `pillarbox key root --new` replaces it.
    """
    if (hindrance := find_hindrance()) is not None:
        _fail(hindrance, 1)
    try:
        root_key = _root_key()
        address = parse_listen(listen)
        settings = Settings(
            data_dir=_data_dir(data),
            host=address.host,
            port=address.port,
            admin=read_admin(admin, address),
            workers=_workers(workers),
            tls=read_tls_files(tls_cert, tls_key),
            trusted_proxies=read_networks("--trusted-proxy", trusted_proxy or ()),
            domains=_domains(domain or ()),
            region=_region(region),
            strict_forms=strict_forms,
            leading_slash_keys=leading_slash_keys,
            encrypted_at_rest=encrypted_at_rest,
            anonymous_list=anonymous_list,
            log_format=_log_format(log_format),
            init_buckets=_init_buckets(init_bucket or ()),
            init_cors=_init_cors(cors or (), init_bucket or ()),
            callback_allow=read_networks("--callback-allow", callback_allow or ()),
            callback_key_url=read_key_url(callback_key_url),
            callback_retry=read_retry(callback_retry, init_bucket or ()),
            upload_expiry=read_span("--upload-expiry", upload_expiry),
            lifecycle_interval=read_span("--lifecycle-interval", lifecycle_interval),
            redirect_hosts=read_redirect_hosts(redirect_allow or ()),
            ceilings=read_ceilings(max_policy_lifetime, max_upload_size),
        )
        _make_writable(settings.data_dir)
    except ValueError as error:
        _fail(str(error), 2)

    from pillarbox.server import process
    from pillarbox.server.worker import create_application

    raise typer.Exit(process.serve(settings, root_key, create_application))


def _data_dir(text: str) -> Path:
    if not text:
        raise ValueError("--data is empty: give a directory, . for the current one")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError(
            f"--data {text!r} begins with the home directory of nobody known here: "
            "write the directory out"
        ) from None


def _make_writable(directory: Path) -> None:
    """Make sure of the data directory, or ValueError. Last of all checks, for it leaves a trace."""
    from pillarbox.storage.data_dir import make_data_dir

    try:
        make_data_dir(directory)
    except (FileExistsError, NotADirectoryError):
        raise ValueError(f"{directory} is not a directory: give one with --data") from None
    except OSError as error:
        raise ValueError(
            f"can't make the data directory {directory}: {error.strerror}; give another --data"
        ) from None
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise ValueError(
            f"the data directory {directory} can't be written by this user: "
            "change its owner or give another --data"
        )


def _workers(number: int) -> int:
    if not 1 <= number <= _MOST_WORKERS:
        raise ValueError(f"--workers is {number}: give a number from 1 to {_MOST_WORKERS}")
    if number > 1 and sys.platform != "linux":
        raise ValueError(
            f"--workers is {number}: here the system would not spread connections over several "
            "workers, as Linux does; leave it at 1"
        )
    return number


def _domains(given: Sequence[str]) -> tuple[str, ...]:
    domains = []
    for text in given:
        domain = text.lower().strip(".")
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(f"{text!r} is not a domain: give --domain a name like files.example")
        domains.append(domain)
    return tuple(dict.fromkeys([*domains, "localhost"]))


def _region(text: str | None) -> str | None:
    if text is not None and not is_region(text):
        raise ValueError(f"{text!r} is not a region: give --region a name like cn-hangzhou")
    return text


def _log_format(text: str) -> str:
    if text not in _LOG_FORMATS:
        raise ValueError(f"{text!r} is not a log format: give --log-format text or json")
    return text


def _init_buckets(given: Sequence[str]) -> tuple[InitBucket, ...]:
    found: dict[str, InitBucket] = {}
    for text in given:
        name, colon, rest = text.partition(":")
        acl, strict_colon, strict = rest.partition(":")
        if not is_bucket_name(name):
            raise ValueError(
                f"{name!r} in --init-bucket {text!r} is not a bucket name: "
                "3 to 63 lower-case letters, digits and hyphens"
            )
        if not colon or acl not in tuple(BucketAcl):
            raise ValueError(
                f"--init-bucket {text!r} needs an ACL: write NAME:ACL, "
                f"with one of {', '.join(BucketAcl)}"
            )
        if strict_colon and strict != "strict":
            raise ValueError(
                f"--init-bucket {text!r} ends in {strict!r}: write NAME:ACL or NAME:ACL:strict"
            )
        bucket = InitBucket(name, BucketAcl(acl), strict == "strict")
        if found.setdefault(name, bucket) != bucket:
            raise ValueError(f"--init-bucket names {name!r} in two ways: leave one of them out")
    return tuple(found.values())


def _init_cors(origins: Sequence[str], init_buckets: Sequence[str]) -> CorsConfiguration | None:
    if not origins:
        return None
    if not init_buckets:
        raise ValueError("--cors is for the buckets of --init-bucket: name one of them too")
    return cors_for_uploads(check_origins("--cors", origins))


def _root_key() -> AccessKey | None:
    """The operator's AccessKey; its account is that of the data directory."""
    key_id, secret = os.environ.get(_KEY_ID_VARIABLE), os.environ.get(_SECRET_VARIABLE)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        unset, other = _KEY_ID_VARIABLE, _SECRET_VARIABLE
        if key_id:
            unset, other = other, unset
        raise ValueError(f"{other} is set but {unset} is not: set both or neither")
    if not is_access_key_id(key_id):
        raise ValueError(
            f"{_KEY_ID_VARIABLE} is {key_id[:130]!r}: give 1 to 128 letters, digits and . _ ="
        )
    if has_control_characters(secret) or secret != secret.strip():
        raise ValueError(f"{_SECRET_VARIABLE} has control characters or blanks at its ends")
    if not _is_unicode(secret):
        raise ValueError(f"{_SECRET_VARIABLE} has bytes that are not UTF-8: give another secret")
    return AccessKey(id=key_id, secret=secret, account_id="")


def _is_unicode(text: str) -> bool:
    """Whether no byte of an environment variable had to be escaped (PEP 383)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(plain(f"pillarbox serve: {message}"), err=True)
    raise typer.Exit(status)
