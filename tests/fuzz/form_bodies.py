"""Bodies of forms: the reader and what the fields say, but for their signatures.

Input: four bytes that say where the network cuts, then the body.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.submitted_checksums import submitted_digests
from pillarbox.forms.submitted_object import object_spec, requested_callback
from pillarbox.model.limits import MAX_FIELD_VALUE_SIZE, MAX_FIELDS, MAX_KEY_SIZE
from pillarbox.model.names import check_key, has_control_characters
from pillarbox.model.refusals import Refusal
from pillarbox.server.form_reader import FileEnd, FormField, FormReader, TrailingField
from tests.bodies.cases import CASES
from tests.fuzz.answered import check_answered
from tests.fuzz.cuts import ways_to_cut

_BOUNDARY = b"xYzZY"
_PLACES = 4


@dataclass(frozen=True, slots=True)
class _Form:
    """A body that was accepted."""

    fields: tuple[tuple[str, str], ...]
    file: FilePart
    content: bytes
    late: tuple[str, ...]


def check(data: bytes) -> None:
    """A body is one form or one refusal, however it is cut; a form keeps to the limits."""
    places, body = data[:_PLACES], data[_PLACES:]
    whole, *others = (_read(pieces) for pieces in ways_to_cut(places, body))
    assert all(other == whole for other in others), (whole, others)
    if isinstance(whole, _Form):
        _check_form(whole, body)


def _read(pieces: list[bytes]) -> _Form | tuple[str, str | None, str]:
    """A form, or code, EC and message of a refusal."""
    reader = FormReader(_BOUNDARY)
    fields: list[tuple[str, str]] = []
    late: list[str] = []
    content: list[bytes] = []
    files: list[FilePart] = []
    ends = 0
    try:
        for piece in pieces:
            for event in reader.feed(piece):
                if isinstance(event, FormField):
                    assert not files
                    fields.append((event.name, event.value))
                elif isinstance(event, FilePart):
                    files.append(event)
                elif isinstance(event, FileEnd):
                    ends += 1
                elif isinstance(event, TrailingField):
                    assert ends
                    late.append(event.name)
                else:
                    assert files
                    assert not ends
                    content.append(event)
        reader.close()
    except Refusal as refusal:
        check_answered(refusal)
        return refusal.code, refusal.ec, refusal.message
    assert (len(files), ends) == (1, 1)
    return _Form(tuple(fields), files[0], b"".join(content), tuple(late))


def _check_form(form: _Form, body: bytes) -> None:
    assert len(form.fields) + len(form.late) <= MAX_FIELDS
    assert all(name for name, _ in form.fields)
    assert all(len(value.encode()) <= MAX_FIELD_VALUE_SIZE for _, value in form.fields)
    told = sum(len(value.encode()) for _, value in form.fields) + len(form.content)
    assert told < len(body)
    filename = form.file.filename or ""
    assert not set("/\\") & set(filename), filename
    try:
        submitted = SubmittedForm.of(form.fields, form.file)
        key = check_key(submitted.key())
        spec = object_spec(submitted, key, "Standard", encrypted_at_rest=True)
        submitted_digests(submitted)
        requested_callback(submitted)
    except Refusal as refusal:
        check_answered(refusal)
        return
    assert 1 <= len(spec.key) <= MAX_KEY_SIZE
    kept = spec.headers
    for text in (kept.content_type, *kept.standard.values(), *kept.user_metadata.values()):
        assert not has_control_characters(text), text


_NO_PLACES = bytes(_PLACES)


def _part(head: bytes, content: bytes) -> bytes:
    return b'--xYzZY\r\nContent-Disposition: form-data; name="' + head + b"\r\n\r\n" + content


SEEDS = (
    *(
        _NO_PLACES + case.body
        for case in CASES
        if case.content_type and case.content_type.endswith(_BOUNDARY) and len(case.body) < 4096
    ),
    _NO_PLACES
    + b"\r\n".join(
        [
            _part(b'key"', b"user/eric/${filename}"),
            _part(b'x-oss-object-acl"', b"private"),
            _part(b'x-oss-tagging"', b"a=1&b=%20"),
            _part(b'x-oss-meta-a"', "é".encode()),
            _part(b'success_action_redirect"', b"http://a.example/?b=c"),
            _part(b'callback"', b"eyJjYWxsYmFja1VybCI6Imh0dHA6Ly9hLmV4YW1wbGUvIn0="),
            _part(b'Content-Type"', b"text/plain; charset=utf-8"),
            _part(b'file"; filename="C:\\\\a\\"b%22.txt"\r\nContent-Type: image/png', b"\x89PNG"),
            _part(b'submit"', b"Go"),
            b"--xYzZY--\r\n",
        ]
    ),
)
WORDS = (
    *(b"\r\n--xYzZY", b"--xYzZY--", b"\r\n\r\n", b'Content-Disposition: form-data; name="key"'),
    *(b"Content-Length: 5", b'; filename="', b"; name*=", b"${filename}", b"x-amz-acl"),
    *(
        b"x-oss-callback-var",
        b"x-amz-storage-class",
        b"x-oss-storage-class",
        b"success_action_status",
    ),
)
