"""`pillarbox explain`: what a store would answer to a form, or has answered, and why. Offline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pillarbox.cli.explanation_report import report_json, report_text
from pillarbox.cli.form_source import chosen_file, read_source
from pillarbox.cli.refused_form import find_refused_form
from pillarbox.cli.secret import SECRET_VARIABLE, ask_for_secret
from pillarbox.forms.explanation import Explanation
from pillarbox.forms.judgement import explain_form, explain_policy
from pillarbox.forms.report import Report
from pillarbox.forms.store_rules import StoreRules
from pillarbox.model.plain_text import plain


def explain(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="FORM",
            help="HTML page, JSON of the toolkit, captured request or body, or policy: a file, "
            "the text of a policy, or - for standard input.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="File to upload by a page or by JSON.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    bucket: Annotated[
        str | None, typer.Option(help="Bucket addressed.", show_default="as the form's URL says")
    ] = None,
    content_type: Annotated[
        str | None,
        typer.Option(help="Header Content-Type of a captured body.", show_default="by its start"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Moment to judge at: 2030-01-01T12:00:00Z.", show_default="now"),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Judge as a bucket that takes strict forms only.")
    ] = False,
    ask_secret: Annotated[
        bool,
        typer.Option(
            "--ask-secret",
            help=f"Ask for the AccessKey secret; {SECRET_VARIABLE} is taken without asking.",
        ),
    ] = False,
    request: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="In place of FORM: the form that a store refused under this request id.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="With --request: that store's data directory.")
    ] = Path("pillarbox-data"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Explain what a store would answer to a form. Exit status 0: it takes it, 1: it refuses."""
    try:
        _check_combination(context)
        if request is not None:
            refused = find_refused_form(data, request)
            typer.echo(_spelling(as_json)(refused.report, refused.origin))
            return 1
        assert source is not None
        now = datetime.now(UTC) if at is None else _moment(at)
        chosen = None if file is None else chosen_file(file)
        form = read_source(_content(source), content_type, chosen)
        secret = ask_for_secret() if ask_secret else os.environ.get(SECRET_VARIABLE) or None
        if isinstance(form, str):
            if file is not None or strict:
                raise ValueError("a policy alone has no file and no fields: give the form")
            fields: tuple[str, ...] = ()
            explanation: Explanation = explain_policy(form, now)
        else:
            if bucket is not None:
                form = replace(form, bucket=bucket)
            fields = tuple(name for name, _ in form.fields)
            explanation = explain_form(form, now, secret, StoreRules(strict_forms=strict))
    except (ValueError, OSError) as error:
        typer.echo(plain(f"pillarbox explain: {_said(error)}"), err=True)
        raise typer.Exit(2) from None
    late = () if isinstance(form, str) else form.late
    typer.echo(_spelling(as_json)(Report.of(explanation, fields, late), None))
    return 0 if explanation.refusal is None else 1


def _check_combination(context: typer.Context) -> None:
    """Refuse what doesn't go together: a form at hand, or one that a store has refused."""
    given = {
        name
        for name in context.params
        if (origin := context.get_parameter_source(name)) is not None
        and origin.name == "COMMANDLINE"
    }
    if "request" in given:
        if surplus := given - {"request", "data", "as_json"}:
            name = min(surplus)
            shown = "FORM" if name == "source" else f"--{name.replace('_', '-')}"
            raise ValueError(f"--request goes with --data and --json only: leave {shown} out")
    elif "data" in given:
        raise ValueError("--data says where to look for a --request: give its id, or leave it out")
    elif "source" not in given:
        raise ValueError("there is nothing to explain: give a FORM or --request ID")


def _spelling(as_json: bool) -> Callable[[Report, Mapping[str, str] | None], str]:
    return report_json if as_json else report_text


def _content(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    if source.lstrip().startswith(("{", "eyJ")) and not _is_file(source):
        return source.encode("utf-8", "surrogateescape")
    return Path(source).read_bytes()


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # as a policy may be too long for a path
        return False


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise ValueError(f"the moment {text!r} is none: write it like 2030-01-01T12:00:00Z")
    return moment.astimezone(UTC)


def _said(error: ValueError | OSError) -> str:
    if isinstance(error, OSError):
        return f"can't read {error.filename}: {error.strerror}"
    return str(error)
