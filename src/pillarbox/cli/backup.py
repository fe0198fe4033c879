"""`pillarbox backup`: a copy of a store, made while it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pillarbox.cli.data_directory import USUAL_DATA, Data, fail, opened
from pillarbox.cli.fsck import Rate, check_store, read_rate
from pillarbox.cli.identities import AsJson, told
from pillarbox.cli.progress_bar import progress_bar
from pillarbox.cli.quota_options import NONE
from pillarbox.model.plain_text import plain

if TYPE_CHECKING:
    from pillarbox.storage.backup.backup import Backup
    from pillarbox.storage.backup.blob_copies import Brought
    from pillarbox.storage.errors import LostBlob

Copy = Annotated[
    bool,
    typer.Option("--copy", help="Copy all blobs, also where hard links would do."),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Then read all of it and compare the CRCs, as fsck does.")
]


def backup(
    to: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Directory of the backup: a new one, or that of an earlier backup of this store, "
            "which becomes this one.",
            show_default=False,
        ),
    ],
    data: Data = USUAL_DATA,
    copy: Copy = False,
    verify: Verify = False,
    without_keys: Annotated[
        bool,
        typer.Option(
            "--without-keys",
            help="Leave out the files with the store's own keys; keep them elsewhere.",
        ),
    ] = False,
    rate: Rate = NONE,
    as_json: AsJson = False,
) -> None:
    """Make a backup of a store on this machine, beside a running server or without one."""

    def open_door(directory: Path) -> Backup:
        from pillarbox.storage.backup.backup import Backup, Options

        options = Options(
            may_link=not copy, with_keys=not without_keys, bytes_per_second=read_rate(rate)
        )
        return Backup(directory, place(to), options)

    with opened(data, "backup", open_door) as making:
        try:
            with shown_progress("backup") as begun:
                brought = making.make(begun)
        except OSError as error:
            fail("backup", f"no backup was made in {to}: {reason(error)}", 1)
    members = {
        "to": to,
        **brought_members(brought),
        "dropped": making.dropped,
        "keys": making.keys,
        "lost": [str(lost) for lost in making.lost],
    }
    secret = f"; with {' and '.join(making.keys)}, keep it secret" if making.keys else ""
    line = f"Backup in {to}: {brought_words(brought)}, {making.dropped} dropped{secret}"
    told(members, line, as_json=as_json)
    advice = "run `pillarbox fsck` on the store"
    end(to, making.lost, advice, "backup", verify=verify, as_json=as_json)


@contextmanager
def shown_progress(name: str) -> Iterator[Callable[[int], Callable[[int], None]]]:
    """Makes a bar once it is known how many bytes there are, and gives what to tell of them."""
    with ExitStack() as stack:
        yield lambda size: stack.enter_context(progress_bar(name, size))


def place(text: str) -> Path:
    """The directory that an option names; ValueError for none."""
    if not text:
        raise ValueError("an empty path is no directory")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home directory of nobody known here
        raise ValueError(f"{text!r} is no directory") from None


def reason(error: OSError) -> str:
    """What hindered, and of which file if that is known."""
    of_file = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{of_file}"


def brought_members(brought: Brought) -> dict[str, int]:
    """How blobs came, as JSON shows it."""
    return {
        "copied": brought.copied,
        "copied_bytes": brought.copied_bytes,
        "linked": brought.linked,
        "kept": brought.there,
    }


def brought_words(brought: Brought) -> str:
    """The same as a terminal shows it."""
    return (
        f"{brought.copied} blobs copied ({brought.copied_bytes} bytes), {brought.linked} linked, "
        f"{brought.there} kept"
    )


def end(
    directory: str,
    lost: Iterable[LostBlob],
    advice: str,
    command: str,
    *,
    verify: bool,
    as_json: bool,
) -> None:
    """Tell what was lost, check the rest if that is wished; status 1 if anything is wrong."""
    is_wrong = False
    for one in lost:
        is_wrong = True
        typer.echo(plain(f"{one}: {advice}"), err=True)
    if verify and check_store(directory, command=command, as_json=as_json):
        is_wrong = True
    if is_wrong:
        raise typer.Exit(1)
