"""How a command works on a store's data directory, beside a running server or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn, Protocol, TypeVar

import typer

from pillarbox.model.plain_text import plain

Data = Annotated[
    # As text: a Path makes the current directory of the empty one.
    str, typer.Option(metavar="PATH", help="Directory of the server, as `pillarbox serve` has it.")
]

#: The default of `Data`, as `pillarbox serve` has it.
USUAL_DATA = "pillarbox-data"


class Door(Protocol):
    """What can be opened in a data directory."""

    def close(self) -> None:
        """Let go of it."""


D = TypeVar("D", bound=Door)


@contextmanager
def opened(
    data: str, command: str, open_door: Callable[[Path], D], *, hindered: int = 1
) -> Iterator[D]:
    """A door into the directory `data`, closed at the end.

    What goes wrong ends the command with one line: status 2 for what was asked wrongly (any
    ValueError), `hindered` for what the machine hinders.

    Args:
        command: its words behind `pillarbox`, for messages.
        open_door: imports what it needs; called once it is known that it can.
    """
    if find_spec("sqlalchemy") is None:
        fail(command, "sqlalchemy is not installed: run pip install 'pillarbox[server]'", hindered)
    from sqlalchemy.exc import DBAPIError

    from pillarbox.storage.layout import Layout

    try:
        directory = Path(data).expanduser().absolute()
        is_there = bool(data) and Layout(directory).catalog.is_file()
    except (OSError, RuntimeError):  # the latter for the home directory of nobody known here
        is_there = False
    if not is_there:
        way = "give --data as `pillarbox serve` has it, or start that first"
        fail(command, f"{data!r} holds no store: {way}", 2)
    door: D | None = None
    try:
        door = open_door(directory)
        yield door
    except ValueError as error:
        fail(command, str(error), 2)
    except DBAPIError as error:
        fail(command, f"can't use the catalog in {directory}: {error.orig}", hindered)
    except OSError as error:
        fail(command, f"can't use {directory}: {error.strerror or error}", hindered)
    finally:
        if door is not None:
            door.close()


def fail(command: str, message: str, status: int) -> NoReturn:
    """End the command with one line on standard error."""
    typer.echo(plain(f"pillarbox {command}: {message}"), err=True)
    raise typer.Exit(status)
