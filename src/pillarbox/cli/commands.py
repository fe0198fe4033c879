"""The commands, each imported when it is asked for: all of them would take longer than most runs.

Each is the function, or the group of functions, of its name in a module of that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

#: In the order of the help.
NAMES = (
    "form",
    "explain",
    "serve",
    "ls",
    "cp",
    "cat",
    "rm",
    "stat",
    "sign",
    "demo",
    "bucket-quota",
    "bucket",
    "lifecycle",
    "callbacks",
    "account",
    "user",
    "role",
    "key",
    "fsck",
    "backup",
    "restore",
)


class Commands(TyperGroup):
    """All of them as one group."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _ByName()  # type: ignore[assignment]


class _ByName(Mapping[str, Any]):
    """Typer's command for each name, made when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        attribute = name.replace("-", "_")
        found = getattr(import_module(f"pillarbox.cli.{attribute}"), attribute)
        alone = typer.Typer()
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=name)
        else:
            alone.command(name)(found)
        return typer.main.get_group(alone).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)
