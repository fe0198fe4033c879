"""Which store, and with which AccessKey: from options, the environment and a profile, in one.

Of what more than one of them names the option counts, then a profile that `--profile` names, then
the environment, then the profile of PILLARBOX_PROFILE or `default`. The secret is that of the id: a
profile's goes with its own id alone, and never to a command that has another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pillarbox.cli.endpoint import endpoint_url
from pillarbox.cli.secret import ask_for_secret
from pillarbox.client.credentials import KEY_ID_VARIABLE, SECRET_VARIABLE, TOKEN_VARIABLE
from pillarbox.client.profiles import Profile, others_may_read, profiles_path, read_profile
from pillarbox.forms.endpoint import service_url
from pillarbox.forms.signed_form import Credentials

ENDPOINT_VARIABLE = "PILLARBOX_ENDPOINT"
REGION_VARIABLE = "PILLARBOX_REGION"
PROFILE_VARIABLE = "PILLARBOX_PROFILE"

#: "Regions and endpoints".
_OSS_HOST = re.compile(r"oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com")

Endpoint = Annotated[
    str | None,
    typer.Option(
        help="URL of the store, such as http://127.0.0.1:9000; http if it says none.",
        show_default=f"{ENDPOINT_VARIABLE}, or the profile's",
    ),
]
AccessKeyId = Annotated[
    str | None,
    typer.Option(
        "--id",
        help=f"AccessKey id. The secret comes from {SECRET_VARIABLE}, or is asked for.",
        show_default=f"{KEY_ID_VARIABLE}, or the profile's",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        help="Security token of a temporary AccessKey (STS).",
        show_default=f"{TOKEN_VARIABLE}, or the profile's",
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Profile in profiles.toml that says endpoint and AccessKey.",
        show_default=f"{PROFILE_VARIABLE}, or default",
    ),
]

Region = Annotated[
    str | None,
    typer.Option(
        help="Region of the store, such as cn-hangzhou: signatures are V4 then, else V1.",
        show_default=f"{REGION_VARIABLE}, the profile's, or that in the endpoint's name",
    ),
]


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What a command line says of the store; None for what it doesn't."""

    endpoint: str | None = None
    access_key_id: str | None = None
    token: str | None = field(default=None, repr=False)
    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenStore:
    """A store that can be asked.

    Attributes:
        url: of the endpoint.
        region: with which signatures are V4, None for V1.
    """

    url: str
    credentials: Credentials
    region: str | None = None


def choose_store(
    options: StoreOptions, check: Callable[[str], None] = lambda _: None
) -> ChosenStore:
    """The store that options, environment and profile name together.

    Args:
        check: is asked about the endpoint's URL before anybody is asked for a secret.

    Raises:
        ValueError: one of the parts is missing or can't be.
    """
    path = profiles_path()
    profile = read_profile(path, options.profile or os.environ.get(PROFILE_VARIABLE) or None)
    if profile.access_key_secret is not None and others_may_read(path):
        typer.echo(
            f"pillarbox: warning: others on this machine may read the secrets in {path}: "
            f"run chmod 600 {path}",
            err=True,
        )
    environment = _from_environment(os.environ)
    later = [profile, environment] if options.profile else [environment, profile]
    flags = Profile(
        options.endpoint or None, options.access_key_id or None, region=options.region or None
    )
    sources = [flags, *later]
    endpoint = next((source.endpoint for source in sources if source.endpoint), None)
    if endpoint is None:
        raise ValueError(
            f"no store is named: give --endpoint, put its URL into {ENDPOINT_VARIABLE}, or write "
            f"it into {path}"
        )
    url = endpoint_url(endpoint)
    service_url(url)
    check(url)
    region = next((source.region for source in sources if source.region), None)
    return ChosenStore(
        url, _credentials(options, sources, environment, path), region or _region_of(url)
    )


def _region_of(url: str) -> str | None:
    """The region that an endpoint of OSS has in its name."""
    match = _OSS_HOST.fullmatch(urlsplit(url).hostname or "")
    return None if match is None else match[1]


def _from_environment(variables: Mapping[str, str]) -> Profile:
    return Profile(
        endpoint=variables.get(ENDPOINT_VARIABLE) or None,
        access_key_id=variables.get(KEY_ID_VARIABLE) or None,
        access_key_secret=variables.get(SECRET_VARIABLE) or None,
        security_token=variables.get(TOKEN_VARIABLE) or None,
        region=variables.get(REGION_VARIABLE) or None,
    )


def _credentials(
    options: StoreOptions, sources: Sequence[Profile], environment: Profile, path: Path
) -> Credentials:
    chosen = next((source for source in sources if source.access_key_id), None)
    if chosen is None or chosen.access_key_id is None:
        raise ValueError(
            f"no AccessKey is named: give --id, put its id into {KEY_ID_VARIABLE}, or write it "
            f"into {path}"
        )
    key_id = chosen.access_key_id
    flags, *later = sources
    # PILLARBOX_ACCESS_KEY_SECRET is where the secret of an --id is, whatever id stands beside it.
    matching = [
        source
        for source in later
        if source.access_key_id in (key_id, None) or (chosen is flags and source is environment)
    ]
    giving = next((source for source in matching if source.access_key_secret), Profile())
    secret = giving.access_key_secret
    token = options.token
    if token is None:
        from_where = [giving] if secret else matching
        token = next(
            (source.security_token for source in from_where if source.security_token), None
        )
    # An empty token is none, as that of an unset variable.
    return Credentials(key_id, secret or ask_for_secret(), token or None)
