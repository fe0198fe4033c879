"""The command line's entry; what it can do is listed in `pillarbox.cli.commands`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pillarbox import __version__
from pillarbox.cli.commands import Commands
from pillarbox.model.plain_text import plain

app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pillarbox {__version__}")
        raise typer.Exit


@app.callback()
def pillarbox(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Form upload done right: browsers POST files straight into object storage."""


def main() -> None:
    """Run the command that the arguments name; what is wrong with them is told in one line."""
    try:
        status = app(prog_name="pillarbox", standalone_mode=False)
    except typer.Abort:
        sys.exit(130)
    except typer.TyperException as error:
        # Without a command the error is empty, for the help has been shown.
        if message := " ".join(error.format_message().split()).rstrip("."):
            typer.echo(plain(f"pillarbox: {message}; see --help"), err=True)
        sys.exit(error.exit_code)
    sys.exit(status if isinstance(status, int) else 0)
