"""Where a program's AccessKey comes from: its environment, a profile, or what renews it.

    credentials = environment_credentials()
    form.sign_v1(credentials)

What gives credentials anew is an `AssumedRole`, in a module of its own; it needs a network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from pillarbox.client.profiles import DEFAULT_PROFILE, profiles_path, read_profile
from pillarbox.forms.policy_signature import check_credentials
from pillarbox.forms.signed_form import Credentials

KEY_ID_VARIABLE = "PILLARBOX_ACCESS_KEY_ID"
SECRET_VARIABLE = "PILLARBOX_ACCESS_KEY_SECRET"  # noqa: S105 (a name, no secret)
TOKEN_VARIABLE = "PILLARBOX_SECURITY_TOKEN"  # noqa: S105 (a name, no token)


@runtime_checkable
class CredentialSource(Protocol):
    """Gives credentials that are good now. Several threads may ask at once."""

    def credentials(self) -> Credentials:
        """Those of this moment; not to be kept."""
        ...


GivenCredentials = Credentials | CredentialSource
"""Credentials that stay, or what gives them."""


def current(given: GivenCredentials) -> Credentials:
    """The credentials of this moment."""
    return given.credentials() if isinstance(given, CredentialSource) else given


def environment_credentials(variables: Mapping[str, str] = os.environ) -> Credentials:
    """The AccessKey in PILLARBOX_ACCESS_KEY_ID and _SECRET, and PILLARBOX_SECURITY_TOKEN.

    The variables are those of the commands; an empty token is none.

    Raises:
        ValueError: one of the first two is missing, or can't be one.
    """
    for name in (KEY_ID_VARIABLE, SECRET_VARIABLE):
        if not variables.get(name):
            raise ValueError(f"no AccessKey in the environment: set {name}")
    return _checked(
        variables[KEY_ID_VARIABLE], variables[SECRET_VARIABLE], variables.get(TOKEN_VARIABLE)
    )


def profile_credentials(name: str = DEFAULT_PROFILE, path: Path | None = None) -> Credentials:
    """The AccessKey of a profile, as the commands have it by `--profile`.

    Args:
        path: of the profiles; None takes the user's own, `profiles_path()`.

    Raises:
        ValueError: there is no such profile, or no whole AccessKey in it.
    """
    place = path or profiles_path()
    profile = read_profile(place, name)
    if not profile.access_key_id or not profile.access_key_secret:
        missing = "access_key_secret" if profile.access_key_id else "access_key_id"
        raise ValueError(f"the profile {name!r} in {place} has no {missing}: write one there")
    return _checked(profile.access_key_id, profile.access_key_secret, profile.security_token)


def _checked(key_id: str, secret: str, token: str | None) -> Credentials:
    credentials = Credentials(key_id, secret, token or None)
    check_credentials(credentials)
    return credentials
