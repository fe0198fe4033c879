"""Which fields of a submitted form its policy must name."""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.forms.fields import SubmittedForm


def required_coverage(form: SubmittedForm) -> Sequence[str]:
    """Fields that a V4 policy must name (OSS: "POST V4 signature"), lower case."""
    dialect = form.dialect
    return (dialect.v4_algorithm_field, dialect.field("credential"), dialect.field("date"))


def strict_coverage(form: SubmittedForm, sent_acl: bool) -> Sequence[str]:
    """Fields of this form that a strict bucket wants named by the policy, lower case.

    They change who may read the object, who is called, where the browser goes, or what becomes
    of an object that is there: a visitor must not add them to a form that a site signed.

    Args:
        sent_acl: whether the request brings an ACL, be it by field or by header.
    """
    dialect = form.dialect
    found = [dialect.field("object-acl")] if sent_acl else []
    sensitive = [
        "callback",
        "success_action_redirect",
        dialect.field("storage-class"),
        dialect.field("tagging"),
        dialect.field("forbid-overwrite"),
    ]
    found.extend(name for name in sensitive if form.get(name))
    found.extend(name for name in form.values if name.startswith("x:"))
    return found
