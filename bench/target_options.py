"""The options that name a store which runs already."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bench.endpoint import SIGNATURES, Endpoint
from bench.systems import System, target
from pillarbox.forms.post_form import Credentials

SECRET_VARIABLE = "PILLARBOX_BENCH_SECRET"
_UNKNOWN = "unknown; say with --durability what its operator promises"
_USUAL = {"oss": "oss-v1", "s3": "s3-v4"}


class TargetError(Exception):
    """The options name no store that can be driven; the text says how to mend it."""


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take them."""
    group = parser.add_argument_group(
        "another store", "drive a store that runs already with the same forms in the same minute"
    )
    group.add_argument("--target", metavar="URL", help="such as http://127.0.0.1:7480")
    group.add_argument(
        "--dialect", choices=list(_USUAL), default="s3", help="of its forms (default: %(default)s)"
    )
    group.add_argument(
        "--signature", choices=["v1", "v2", "v4"], help="by default V1 for oss and V4 for s3"
    )
    group.add_argument("--key", metavar="ID", help="AccessKey id")
    group.add_argument(
        "--secret",
        type=Path,
        metavar="FILE",
        help=f"a file with the AccessKey secret; without it {SECRET_VARIABLE} holds it",
    )
    group.add_argument("--bucket", default="bench", help="that exists (default: %(default)s)")
    group.add_argument("--region", default="us-east-1", help="for V4 (default: %(default)s)")
    group.add_argument(
        "--durability", metavar="TEXT", default=_UNKNOWN, help="what an answer of it means"
    )


def read_target(options: argparse.Namespace) -> System | None:
    """The store that the options name, None if they name none.

    Raises:
        TargetError: something of it is missing or can't be.
    """
    if options.target is None:
        return None
    if not options.target.startswith("http://"):
        raise TargetError(f"--target {options.target!r} is no http:// URL: TLS isn't measured")
    if not options.key:
        raise TargetError("--target needs --key, the AccessKey id that signs its forms")
    wanted = f"{options.dialect}-{options.signature}" if options.signature else None
    for signature in SIGNATURES:
        if signature == (wanted or _USUAL[options.dialect]):
            key = Credentials(options.key, _secret(options.secret))
            endpoint = Endpoint(
                options.target.rstrip("/"), options.bucket, key, signature, options.region
            )
            return target(endpoint, options.durability)
    raise TargetError(
        f"the dialect {options.dialect} has no signature {options.signature}: "
        f"choose one of {', '.join(SIGNATURES)}"
    )


def _secret(file: Path | None) -> str:
    if file is None:
        secret = os.environ.get(SECRET_VARIABLE, "")
        if not secret:
            raise TargetError(
                f"no AccessKey secret: put it into {SECRET_VARIABLE} or a --secret FILE"
            )
        return secret
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"no AccessKey secret can be read from {file}: {error}") from None
