"""The object that a submitted form asks for, its values checked.

OSS: "PostObject", S3: "POST Object", form fields.

Server and `explain` share it, so that both refuse the same values in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping

from pillarbox.callback.submitted import (
    SubmittedCallback,
    check_variable_fields,
    read_callback,
)
from pillarbox.callback.template import CUSTOM_PREFIX
from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.form_rules import OSS_FIELDS, S3_FIELDS
from pillarbox.forms.s3_values import (
    read_canned_acl,
    read_s3_encryption,
    read_s3_storage_class,
    read_tagging_document,
)
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import S3
from pillarbox.model.object_headers import (
    ENCRYPTION_NAMES,
    check_header_value,
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import ObjectSpec

#: What a form may say of its object besides headers, in either dialect.
_EXTRAS = frozenset(
    name
    for words in (OSS_FIELDS, S3_FIELDS)
    for name in (
        words.acl,
        words.tagging,
        words.storage_class,
        *map(words.dialect.field, ("forbid-overwrite", *ENCRYPTION_NAMES)),
    )
)


def object_spec(
    form: SubmittedForm,
    key: bytes,
    storage_class: str,
    *,
    encrypted_at_rest: bool,
) -> ObjectSpec:
    """What the fields say about the object, checked.

    Args:
        key: final, checked.
        storage_class: where the form names none: the bucket's.
        encrypted_at_rest: whether the operator vouches for an encrypted disk.

    Raises:
        Refusal: for a value that no object can have.
    """
    check_header_value("success_action_redirect", form.redirect or "")
    content_type = form.content_type or form.rules.dialect.rules.default_type
    headers = read_object_headers(form.get, content_type, form.metadata)
    if _EXTRAS.isdisjoint(form.values):
        return ObjectSpec(key, headers, storage_class=storage_class)  # as of nearly every form
    return ObjectSpec(
        key=key,
        headers=headers,
        acl=_acl(form),
        tags=requested_tags(form),
        storage_class=_storage_class(form, storage_class),
        encryption=_encryption(form, encrypted_at_rest=encrypted_at_rest),
        forbid_overwrite=form.own("forbid-overwrite") == "true",
    )


def _acl(form: SubmittedForm) -> ObjectAcl:
    match form.spelled(lambda words: words.acl):
        case (dialect, text) if dialect is S3:
            return read_canned_acl(text)
        case (_, text):
            return read_object_acl(text)
    return ObjectAcl.DEFAULT


def requested_tags(form: SubmittedForm) -> Mapping[str, str]:
    """The tags that the object shall have; refusals for values that no tag can have."""
    match form.spelled(lambda words: words.tagging):
        case (dialect, text) if dialect is S3:
            return read_tagging_document(text)
        case (_, text):
            return read_tagging(text)
    return {}


def _storage_class(form: SubmittedForm, default: str) -> str:
    match form.spelled(lambda words: words.storage_class):
        case (dialect, text) if dialect is S3:
            return read_s3_storage_class(text, default)
        case (_, text):
            return read_storage_class(text, default)
    return default


def _encryption(form: SubmittedForm, *, encrypted_at_rest: bool) -> str | None:
    """Either dialect's fields; those of a dialect that a form may not speak it doesn't have."""
    return read_encryption(form.get, encrypted_at_rest=encrypted_at_rest) or read_s3_encryption(
        form.get, encrypted_at_rest=encrypted_at_rest
    )


def brings_extras_as_s3(form: SubmittedForm) -> bool:
    """Whether the ACL and the tags that a form brings, if any, are in the words of S3."""
    said = (form.spelled(lambda words: words.acl), form.spelled(lambda words: words.tagging))
    return all(found is None or found[0] is S3 for found in said)


def requested_callback(form: SubmittedForm) -> SubmittedCallback | None:
    """Whom the form wants called after the upload, checked; None if nobody.

    Raises:
        Refusal: `InvalidArgument` for a callback that can't be made (OSS: "Callback").
    """
    text = form.get("callback")
    if text is None:
        return None
    named = {n: value for n, value in form.values.items() if n.startswith(CUSTOM_PREFIX)}
    mime_type = form.content_type or form.rules.dialect.rules.default_type
    return read_callback(text, check_variable_fields(named), mime_type)
