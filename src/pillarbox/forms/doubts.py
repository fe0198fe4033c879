"""What a form may say although it is hardly meant: sentences for a warning.

What is dangerous beyond doubt, or can never work, is refused (ValueError) elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from pillarbox.forms.endpoint import names_bucket
from pillarbox.forms.post_policy import key_prefix_of
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.policy import FieldCondition

if TYPE_CHECKING:
    from pillarbox.forms.post_form import PostForm

#: "HTTP 400 status code" allows a field this many bytes, "PostObject" 2 MB: docs disagree.
SAFE_FIELD_SIZE = 4 * 1024
LONG_EXPIRY = timedelta(days=365)

#: By the end of a key: the types that such an object is expected to have.
_EXPECTED_TYPES = {
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


class DoubtfulForm(UserWarning):
    """A form was signed that is hardly meant as it is.

    `warnings.simplefilter("error", DoubtfulForm)` makes such forms errors.
    """


def doubts_about(
    form: PostForm,
    fields: Mapping[str, str],
    lifetime: timedelta,
    good_for: timedelta,
    added: Sequence[FieldCondition],
) -> Iterator[str]:
    """The doubts about a form.

    Args:
        fields: all of its fields, the signed ones included.
        lifetime: from signing until the policy expires.
        good_for: how much of that the signature lasts.
        added: conditions on fields that the form doesn't have.
    """
    yield from doubts_for_any_store(form, lifetime)
    if good_for < lifetime:
        yield (
            f"the policy expires {lifetime} from now, but a V4 signature lasts {good_for.days} "
            "days: give no more"
        )
    if form.tags:
        yield (
            "OSS documents no tags for forms (Pillarbox takes them): tag the object afterwards, if "
            "it goes to OSS"
        )
    if form.callback is not None:
        yield from form.callback.doubts()
    for condition in added:
        yield (
            f"the condition {condition.render()[:200]} asks for a field that the form doesn't "
            "have: the page must add it, or every upload is refused"
        )
    yield from _about_the_fields(fields)


def doubts_for_any_store(form: PostForm, lifetime: timedelta) -> Iterator[str]:
    """Those that don't depend on the store's dialect; `lifetime` is that of the policy."""
    yield from _about_the_file(form)
    yield from _about_the_key(form.key_field)
    if lifetime >= LONG_EXPIRY:
        yield (
            f"the form is good for {lifetime.days} days, for whoever gets hold of it and for any "
            "number of uploads: give minutes or hours"
        )
    if form.acl is ObjectAcl.PUBLIC_READ_WRITE:
        yield "the ACL public-read-write lets anybody replace the object: give public-read"
    if names_bucket(form.endpoint, form.bucket):
        yield (
            f"the endpoint {form.endpoint!r} begins with the bucket already, so the form goes to "
            f"{form.action}: give the endpoint without it"
        )


def _about_the_fields(fields: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        if "\n" in value or "\r" in value:
            yield (
                f"the field {name} has a line break: browsers send each as CR LF, so the policy "
                "may refuse what they send"
            )
        size = len(value.encode())
        if size > SAFE_FIELD_SIZE:
            yield (
                f"the field {name} takes {size} bytes: OSS's documents disagree on whether more "
                f"than {SAFE_FIELD_SIZE} are allowed"
            )


def _about_the_file(form: PostForm) -> Iterator[str]:
    if form.max_size is None:
        yield (
            f"no size cap: a visitor may upload {MAX_FILE_SIZE} bytes (5 GiB); give a largest size"
        )
    if form.content_types:
        return
    expected = form.accept or _expected_type(form.key_field)
    if expected:
        yield (
            f"{', '.join(expected)} is expected, but any content type is allowed: give the "
            "content types to allow"
        )


def _about_the_key(key: str) -> Iterator[str]:
    prefix = key_prefix_of(key)
    if prefix is None:
        return
    if not prefix:
        yield (
            "the key prefix is empty: a visitor may write, and replace, any object of the "
            "bucket; give a prefix of the visitor's own"
        )
    elif not prefix.endswith("/"):
        yield (
            f"the key prefix {prefix!r} doesn't end in /: a visitor may also write "
            f"{prefix + '0/…'!r}, which may belong to another"
        )


def _expected_type(key: str) -> tuple[str, ...]:
    found = (type_ for end, type_ in _EXPECTED_TYPES.items() if key.lower().endswith(end))
    return tuple(found)
