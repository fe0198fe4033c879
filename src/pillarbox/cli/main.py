"""The command line's entry. Each command is a function in a module of its own name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pillarbox import __version__
from pillarbox.cli.account import account
from pillarbox.cli.bucket import bucket
from pillarbox.cli.bucket_quota import bucket_quota
from pillarbox.cli.callbacks import callbacks
from pillarbox.cli.cat import cat
from pillarbox.cli.cp import cp
from pillarbox.cli.demo import demo
from pillarbox.cli.explain import explain
from pillarbox.cli.form import form
from pillarbox.cli.key import key
from pillarbox.cli.ls import ls
from pillarbox.cli.rm import rm
from pillarbox.cli.role import role
from pillarbox.cli.serve import serve
from pillarbox.cli.sign import sign
from pillarbox.cli.stat import stat
from pillarbox.cli.user import user
from pillarbox.model.plain_text import plain

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(form)
app.command()(explain)
app.command()(serve)
app.add_typer(bucket)
app.command()(ls)
app.command()(cp)
app.command()(cat)
app.command()(rm)
app.command()(stat)
app.command()(sign)
app.command()(demo)
app.add_typer(callbacks, name="callbacks")
app.add_typer(account, name="account")
app.add_typer(user, name="user")
app.add_typer(role, name="role")
app.add_typer(key, name="key")
app.command("bucket-quota")(bucket_quota)


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
