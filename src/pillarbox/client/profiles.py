"""Profiles: stores and their AccessKeys under names, in a TOML file of the user's own.

    [default]
    endpoint = "http://127.0.0.1:9000"
    access_key_id = "…"
    access_key_secret = "…"

    [oss]
    endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
    region = "cn-hangzhou"
    …

Every value may be left out; `security_token` and `region` are the further ones.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    """One store as a user named it; what the file doesn't say is None.

    Attributes:
        region: such as `cn-hangzhou`; signatures are V4 with one, V1 without.
    """

    endpoint: str | None = None
    access_key_id: str | None = None
    access_key_secret: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)
    region: str | None = None


def profiles_path() -> Path:
    """Where this user's profiles are: ~/.config/pillarbox, or the platform's own place."""
    # Not for a web site that has its credentials from elsewhere.
    import typer

    return Path(typer.get_app_dir("pillarbox")) / "profiles.toml"


_NAMES = tuple(value.name for value in fields(Profile))


def read_profile(path: Path, name: str | None) -> Profile:
    """The profile of this name; None takes `default`, which need not be there, nor the file.

    Raises:
        ValueError: the file can't be read, or it has no such profile, or a wrong one.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if name is None:
            return Profile()
        raise ValueError(f"no profile {name!r}: there is no file {path}") from None
    except OSError as error:
        raise ValueError(f"can't read the profiles in {path}: {error.strerror}") from None
    except ValueError as error:
        # The text of the error tells line and column, never what stands there.
        raise ValueError(f"the profiles in {path} are no TOML: {error}") from None
    table = document.get(name or DEFAULT_PROFILE)
    if table is None:
        if name is None:
            return Profile()
        there = ", ".join(sorted(document)) or "none"
        raise ValueError(f"no profile {name!r} in {path}: there are {there}")
    return _profile(path, name or DEFAULT_PROFILE, table)


def others_may_read(path: Path) -> bool:
    """Whether the file's permissions let anybody but its owner read it, where they tell that."""
    if os.name != "posix":
        return False
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _profile(path: Path, name: str, table: object) -> Profile:
    if not isinstance(table, dict):
        raise ValueError(f"{name!r} in {path} is no profile: write [{name}] above its lines")
    for key, value in table.items():
        if key not in _NAMES:
            raise ValueError(
                f"the profile {name!r} in {path} has {key!r}: it may have {', '.join(_NAMES)}"
            )
        if not isinstance(value, str):
            raise ValueError(
                f"{key} of the profile {name!r} in {path} is no text: put it in quotes"
            )
    # An empty value is none, as that of an unset variable.
    return Profile(**{key: value for key, value in table.items() if value})
