"""The object that a submitted form asks for, its values checked (OSS: "PostObject", form fields).

Server and `explain` share it, so that both refuse the same values in the same order.
"""

from __future__ import annotations

from pillarbox.callback.submitted import (
    SubmittedCallback,
    check_variable_fields,
    read_callback,
)
from pillarbox.callback.template import CUSTOM_PREFIX
from pillarbox.forms.fields import SubmittedForm
from pillarbox.model.object_headers import (
    check_header_value,
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import DEFAULT_CONTENT_TYPE, ObjectSpec


def object_spec(
    form: SubmittedForm,
    key: bytes,
    acl_text: str | None,
    storage_class: str,
    *,
    encrypted_at_rest: bool,
) -> ObjectSpec:
    """What the fields say about the object, checked.

    Args:
        key: final, checked.
        acl_text: of the form's field or the request's header.
        storage_class: where the form names none: the bucket's.
        encrypted_at_rest: whether the operator vouches for an encrypted disk.

    Raises:
        Refusal: for a value that no object can have.
    """
    check_header_value("success_action_redirect", form.get("success_action_redirect") or "")
    return ObjectSpec(
        key=key,
        headers=read_object_headers(form.get, form.content_type, form.metadata),
        acl=read_object_acl(acl_text),
        tags=read_tagging(form.own("tagging")),
        storage_class=read_storage_class(form.own("storage-class"), storage_class),
        encryption=read_encryption(form.get, encrypted_at_rest=encrypted_at_rest),
        forbid_overwrite=form.own("forbid-overwrite") == "true",
    )


def requested_callback(form: SubmittedForm) -> SubmittedCallback | None:
    """Whom the form wants called after the upload, checked; None if nobody.

    Raises:
        Refusal: `InvalidArgument` for a callback that can't be made (OSS: "Callback").
    """
    text = form.get("callback")
    if text is None:
        return None
    named = {n: value for n, value in form.values.items() if n.startswith(CUSTOM_PREFIX)}
    mime_type = form.content_type or DEFAULT_CONTENT_TYPE
    return read_callback(text, check_variable_fields(named), mime_type)
