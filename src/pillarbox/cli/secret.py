"""The AccessKey secret of a command: from the command line, the environment or a prompt."""

from __future__ import annotations

import sys

import typer

from pillarbox.client.credentials import SECRET_VARIABLE

__all__ = ["SECRET_VARIABLE", "ask_for_secret", "warn_if_seen"]


def warn_if_seen(context: typer.Context, parameter: str) -> None:
    """Say on stderr that others see a secret that stands on the command line."""
    source = context.get_parameter_source(parameter)
    if source is not None and source.name == "COMMANDLINE":
        typer.echo(
            f"pillarbox {context.info_name}: warning: others on this machine can see a secret on "
            f"the command line, and your shell keeps it; put it into {SECRET_VARIABLE} or leave "
            "--key out to be asked for it",
            err=True,
        )


def ask_for_secret() -> str:
    """The secret as the user types it, unseen.

    Raises:
        ValueError: there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise ValueError(
            f"no AccessKey secret: put it into {SECRET_VARIABLE} (there is no terminal to ask on)"
        )
    answer: str = typer.prompt("AccessKey secret", hide_input=True, err=True)
    return answer
