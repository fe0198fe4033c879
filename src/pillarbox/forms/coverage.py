"""Which fields of a submitted form its policy must name."""

from __future__ import annotations

from collections.abc import Sequence

from pillarbox.forms.fields import SubmittedForm

#: S3: "POST Object", policy: what needs no condition. Checksums prove themselves.
_EXEMPT = frozenset(
    {
        "awsaccesskeyid",
        "ossaccesskeyid",
        "signature",
        "x-amz-signature",
        "policy",
        "file",
        "bucket",
    }
)
_EXEMPT_PREFIXES = ("x-ignore-", "x-amz-checksum-")


def required_coverage(form: SubmittedForm) -> Sequence[str]:
    """Fields that the policy of this form must name, whatever the bucket says.

    In OSS three of a V4 signature ("POST V4 signature"), in S3 all that were sent, and the bucket
    ("POST Object"; facts 11.3).
    """
    if form.rules.covers_all:
        return _whole_coverage(form)
    if form.own("signature") is None:
        return []
    dialect = form.dialect
    return [dialect.v4_algorithm_field, dialect.field("credential"), dialect.field("date")]


def s3_coverage(form: SubmittedForm) -> Sequence[str]:
    """Fields that the policy must name in a bucket that expects S3's forms: see `bucket_forms`.

    A V4 signature is either dialect's alone, and an unsigned form has no policy.
    """
    is_v1 = form.own("signature") is None and form.get("policy") is not None
    return _whole_coverage(form) if is_v1 and not form.rules.covers_all else []


def _whole_coverage(form: SubmittedForm) -> list[str]:
    sent = [written for name, written in form.names.items() if not _is_exempt(name)]
    return [*sent, "bucket"]


def _is_exempt(name: str) -> bool:
    return name in _EXEMPT or name.startswith(_EXEMPT_PREFIXES)


def strict_coverage(form: SubmittedForm) -> Sequence[str]:
    """Fields of this form that a strict bucket wants named by the policy, lower case.

    They change who may read the object, who is called, where the browser goes, or what becomes
    of an object that is there: a visitor must not add them to a form that a site signed. An ACL
    counts also if a header brings it.
    """
    vocabularies = form.rules.vocabularies
    sensitive = [
        *(words.acl for words in vocabularies),
        "callback",
        *(name for words in vocabularies for name in words.redirects),
        *(words.storage_class for words in vocabularies),
        *(words.tagging for words in vocabularies),
        form.dialect.field("forbid-overwrite"),
    ]
    found = [name for name in dict.fromkeys(sensitive) if form.get(name)]
    found.extend(name for name in form.values if name.startswith("x:"))
    return found
