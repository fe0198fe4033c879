"""What a `PostForm` says, said to Amazon S3 and to what speaks its dialect.

The same form, two spellings::

    form = PostForm(endpoint="https://s3.eu-central-1.amazonaws.com", bucket="resumes",
                    key_prefix="2030/eric/", max_size=10 * 1024 * 1024)
    signed = sign_s3_v4(form, Credentials("id", "secret"), "eu-central-1")

S3 looks at the key after `${filename}` is filled in, knows no condition on several values, and
wants every field named by the policy (S3: "POST policy"). What an S3 form can't say is an error
here, before a visitor meets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import escape

from pillarbox.forms.doubts import doubts_for_any_store
from pillarbox.forms.fields import FILENAME_VARIABLE
from pillarbox.forms.object_fields import header_fields, metadata_fields
from pillarbox.forms.post_form import PostForm
from pillarbox.forms.post_policy import size_conditions
from pillarbox.forms.presigned_post import presign_post
from pillarbox.forms.signed_form import Credentials, SignedForm
from pillarbox.forms.success import success_fields
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import S3
from pillarbox.policy import ConditionEntry

_TYPE = "Content-Type"

#: By the names that OSS has for storage classes; S3: "Using Amazon S3 storage classes".
S3_STORAGE_CLASSES = {
    "Standard": "STANDARD",
    "IA": "STANDARD_IA",
    "Archive": "GLACIER",
    "ColdArchive": "DEEP_ARCHIVE",
}


def sign_s3_v4(
    form: PostForm,
    credentials: Credentials,
    region: str,
    *,
    now: datetime | None = None,
    path_style: bool | None = None,
) -> SignedForm:
    """The form with a V4 signature of S3 (S3: "Authenticating requests: browser-based uploads").

    Args:
        region: such as `eu-central-1`.
        now: aware; the time of day where it isn't given.
        path_style: whether the bucket is in the path of the form's address; None for where the
            host is an IP address or `localhost`.

    Raises:
        ValueError: for what an S3 form can't say, or what can never work.

    Warns:
        DoubtfulForm: for what is hardly meant.
    """
    return _signed(form, credentials, region, now, path_style=path_style)


def sign_s3_v2(
    form: PostForm,
    credentials: Credentials,
    *,
    now: datetime | None = None,
    path_style: bool | None = None,
) -> SignedForm:
    """As `sign_s3_v4`, with the older signature, which stores of others still take."""
    return _signed(form, credentials, None, now, path_style=path_style)


def _signed(
    form: PostForm,
    credentials: Credentials,
    region: str | None,
    now: datetime | None,
    *,
    path_style: bool | None,
) -> SignedForm:
    moment = datetime.now(UTC) if now is None else now.astimezone(UTC)
    _refuse_what_s3_can_not_say(form)
    fields = dict(_fields(form))
    conditions: list[ConditionEntry] = [{name: value} for name, value in fields.items()]
    if _has_filename_inside(form.key_field):
        # The condition that `presign_post` adds would ask for the text as it stands.
        raise ValueError(
            f"the key {form.key_field[:80]!r} has ${{filename}} before its end: S3 judges the key "
            "after the name is filled in, so no condition can hold; put it at the end"
        )
    conditions += size_conditions(form.min_size, form.max_size)
    conditions += _type_conditions(form.content_types)
    conditions += form.conditions
    lifetime = _lifetime(form, moment)
    return presign_post(
        form.endpoint,
        form.bucket,
        form.key_field,
        credentials,
        region=region,
        fields=fields,
        conditions=conditions,
        expires_in=lifetime,
        content_types=form.content_types,
        accept=form.accept or form.content_types,
        doubts=doubts_for_any_store(form, lifetime),
        now=moment,
        path_style=path_style,
    )


def _fields(form: PostForm) -> Iterator[tuple[str, str]]:
    """The fields but key and signature. Without an ACL none: a visitor can add no field here."""
    if form.acl is not ObjectAcl.DEFAULT:
        yield "acl", str(form.acl)
    for name, value in success_fields(form.success_redirect, form.success_status):
        if value:
            yield name, value
    yield from header_fields(form.headers)
    if form.storage_class is not None:
        yield S3.field("storage-class"), S3_STORAGE_CLASSES[form.storage_class]
    if form.tags:
        yield "tagging", _tagging(form.tags)
    yield from metadata_fields(form.metadata.items(), S3)
    if _is_one_type(form.content_types):
        yield _TYPE, form.content_types[0]


def _type_conditions(types: tuple[str, ...]) -> Iterator[ConditionEntry]:
    """For `image/*`, whose field the page adds; one type is a field of the form itself."""
    if types and not _is_one_type(types):
        yield ["starts-with", f"${_TYPE}", types[0].removesuffix("*")]


def _is_one_type(types: tuple[str, ...]) -> bool:
    return len(types) == 1 and not types[0].endswith("/*")


def _has_filename_inside(key: str) -> bool:
    return FILENAME_VARIABLE in key.removesuffix(FILENAME_VARIABLE)


def _refuse_what_s3_can_not_say(form: PostForm) -> None:
    if len(form.content_types) > 1:
        raise ValueError(
            f"an S3 policy can't allow several types ({', '.join(form.content_types)}): give one, "
            "or one like image/*"
        )
    if form.forbid_overwrite:
        raise ValueError(
            "an S3 form can't forbid to replace an object: give each upload a key of its own"
        )
    if form.callback is not None:
        raise ValueError("an S3 form has no callback: leave it out, or sign the form for OSS")
    if form.storage_class is not None and form.storage_class not in S3_STORAGE_CLASSES:
        raise ValueError(
            f"S3 has no storage class like {form.storage_class}: give one of "
            f"{', '.join(S3_STORAGE_CLASSES)}"
        )


def _tagging(tags: Mapping[str, str]) -> str:
    """The document of the field (S3: "POST Object"), in one line: browsers send a line break as
    CR LF, which is not what the policy says.
    """
    items = "".join(
        f"<Tag><Key>{escape(name)}</Key><Value>{escape(value)}</Value></Tag>"
        for name, value in tags.items()
    )
    return f"<Tagging><TagSet>{items}</TagSet></Tagging>"


def _lifetime(form: PostForm, moment: datetime) -> timedelta:
    if isinstance(form.expires, timedelta):
        return form.expires
    if form.expires <= moment:
        raise ValueError(
            f"the form would have expired, at {form.expires.isoformat()}: give a time to come"
        )
    return form.expires - moment
