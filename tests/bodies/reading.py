"""What the server makes of a form's body, without a server: its key and file, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.model.names import check_key
from pillarbox.model.refusals import Refusal
from pillarbox.server.form_reader import FormField, FormReader, boundary_of


@dataclass(frozen=True, slots=True)
class Accepted:
    """The form becomes an object of exactly this key and these bytes."""

    key: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The form is refused and nothing is stored."""

    code: str
    ec: str | None = None
    status: int = 400


Verdict = Accepted | Refused


def read_form(content_type: bytes | None, pieces: Iterable[bytes]) -> Verdict:
    """The verdict on a body that arrives in `pieces`, by the steps that PostObject takes."""
    try:
        return _accept(FormReader(boundary_of(content_type)), pieces)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.ec, int(refusal.status))


def _accept(reader: FormReader, pieces: Iterable[bytes]) -> Accepted:
    fields: list[tuple[str, str]] = []
    content: list[bytes] = []
    key = b""
    for piece in pieces:
        for event in reader.feed(piece):
            if isinstance(event, FormField):
                fields.append((event.name, event.value))
            elif isinstance(event, FilePart):
                key = check_key(SubmittedForm.of(fields, event).key())
            elif isinstance(event, bytes):
                content.append(event)
    reader.close()
    return Accepted(key, b"".join(content))
