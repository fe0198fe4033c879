"""Looking up why a store refused a form, in its data directory."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pillarbox.forms.refused_form import RefusedForm
from pillarbox.storage.journal import MAX_DAYS, read_lines
from pillarbox.storage.layout import Layout

_REQUEST_ID = re.compile(r"[0-9A-F]{24}")


def find_refused_form(data_dir: Path, request_id: str) -> RefusedForm:
    """The form that was refused under `request_id`; the server may be running, or not.

    Raises:
        ValueError: there is none, in a sentence.
        OSError: the directory can't be read.
    """
    wanted = request_id.strip().upper()
    if _REQUEST_ID.fullmatch(wanted) is None:
        raise ValueError(
            f"the request id {request_id[:40]!r} is none: it has 24 digits and letters A to F, as "
            "RequestId of the error document"
        )
    layout = Layout(data_dir)
    if not layout.catalog.exists():
        raise ValueError(f"{data_dir} is no data directory: give the --data of pillarbox serve")
    eldest = datetime.now(UTC) - timedelta(days=MAX_DAYS)
    for line in read_lines(layout.refused_forms):
        if wanted.encode() not in line:
            continue
        try:
            form = RefusedForm.of_line(line)
        except ValueError:  # torn by a crash
            continue
        if form.request_id == wanted and form.time >= eldest:
            return form
    raise ValueError(
        f"{data_dir} tells of no form refused under {wanted}: it was accepted, or is older than "
        f"{MAX_DAYS} days, or another store answered, or too many were refused at that time"
    )
