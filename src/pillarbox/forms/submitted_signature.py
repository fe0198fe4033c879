"""Which signature a submitted form bears (OSS: "PostObject", "POST V4 signature").

S3's V2 has the algorithm of OSS's V1, so `SignedV1` is both.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.form_rules import OSS_FIELDS, S3_FIELDS
from pillarbox.model import refusals
from pillarbox.model.dialects import S3
from pillarbox.model.refusals import Refusal

#: OSS: "PostObject errors" has a number for this field of the S3 dialect alone.
_S3_FIELD_ECS = {"x-amz-server-side-encryption-aws-kms-key-id": "0006-00000116"}


#: Detail that names a field of the form, as it was written.
_FIELD = "FormField"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A form without key id, policy and signature: an anonymous upload."""


@dataclass(frozen=True, slots=True)
class SignedV1:
    """The three fields of a V1 signature, as they stand in the form."""

    access_key_id: str
    policy: str
    signature: str


@dataclass(frozen=True, slots=True)
class SignedV4:
    """The fields of a V4 signature, as they stand in the form."""

    credential: str
    date: str
    policy: str
    signature: str


FormSignature = Unsigned | SignedV1 | SignedV4


def signature_of(form: SubmittedForm) -> FormSignature:
    """Which signature a form bears (OSS: "PostObject", OSSAccessKeyId; "POST V4 signature").

    As soon as one of key id, policy and signature is present the others are mandatory. Fields of
    two algorithms in one form are refused: which of them was meant would be a guess.

    Raises:
        Refusal: `InvalidArgument` for an incomplete or ambiguous set, `NotImplemented` for fields
            of the other dialect, and for those of S3 that this store can't do.
    """
    dialect = form.dialect
    _refuse_two_dialects(form)
    _refuse_foreign_fields(form)
    v1 = [form.get(name) for name in (dialect.access_key_field, dialect.v1_signature_field)]
    v4_names = ("credential", "date", "signature")
    version = form.get(dialect.v4_algorithm_field)
    v4 = [form.own(name) for name in v4_names]
    has_v4 = version is not None or any(v4)
    if has_v4 and any(v1):
        raise refusals.INVALID_ARGUMENT(
            f"A form bears one signature: the fields of {dialect.v1_name} and V4 must not be "
            "mixed.",
            ArgumentName=dialect.v4_algorithm_field,
        )
    if has_v4:
        return _signed_v4(form, version, v4)
    if not any(v1) and not form.values.get("policy"):
        return Unsigned()
    access_key_id, signature = v1
    if access_key_id is None:
        raise _missing(form, "Post request accessKeyId is empty.", dialect.access_key_field)
    if signature is None:
        raise _missing(form, "Post request signature is empty.", dialect.v1_signature_field)
    return SignedV1(access_key_id, _policy_of(form), signature)


def _refuse_two_dialects(form: SubmittedForm) -> None:
    """Refuse a form that bears parts of an OSS and of an S3 signature.

    By which rules it was to be judged would be a guess, and theirs are not the same.
    """
    if OSS_FIELDS.signs.isdisjoint(form.values) or S3_FIELDS.signs.isdisjoint(form.values):
        return
    full = {name for name, value in form.values.items() if value}
    if full & OSS_FIELDS.signs and (of_s3 := full & S3_FIELDS.signs):
        raise refusals.INVALID_ARGUMENT(
            "A form bears one signature: the fields of an OSS and of an S3 signature must not be "
            "mixed.",
            ArgumentName=form.names[min(of_s3)][:128],
        )


def _refuse_foreign_fields(form: SubmittedForm) -> None:
    """Refuse what this store doesn't do for such a form: to drop it is a false success."""
    for name, value in form.values.items():
        if value and form.rules.is_foreign(name):
            raise refusals.NOT_IMPLEMENTED(
                "This store does nothing about this field in such a form.",
                ec=_S3_FIELD_ECS.get(name),
                **{_foreign_kind(form, name): form.names[name][:128]},
            )


def _foreign_kind(form: SubmittedForm, name: str) -> str:
    """What a refusal calls a field: in an S3 form one of OSS's is no header that S3 has."""
    return _FIELD if form.dialect is S3 and OSS_FIELDS.owns(name) else "Header"


def _signed_v4(form: SubmittedForm, version: str | None, values: list[str | None]) -> SignedV4:
    dialect = form.dialect
    if version is None:
        raise _missing(form, "Post request signature version is empty.", dialect.v4_algorithm_field)
    if version != dialect.v4_algorithm:
        raise refusals.INVALID_ARGUMENT(
            f"This signature version is not supported; {dialect.v4_algorithm} is.",
            ArgumentName=dialect.v4_algorithm_field,
            ArgumentValue=version[:128],
        )
    credential, date, signature = values
    if credential is None:
        raise _missing(form, "Post request accessKeyId is empty.", dialect.field("credential"))
    if date is None:
        raise _missing(form, "Post request date is empty.", dialect.field("date"))
    if signature is None:
        raise _missing(form, "Post request signature is empty.", dialect.field("signature"))
    return SignedV4(credential, date, _policy_of(form), signature)


def _policy_of(form: SubmittedForm) -> str:
    policy = form.values.get("policy")
    if policy is None:
        raise _missing(form, "Post request policy is empty.", "policy", "0002-00000702")
    if not policy:
        raise refusals.INVALID_POLICY(
            "Invalid Policy: Expecting '{' but found End-of-Input", ec="0006-00000205"
        )
    return policy


def _missing(form: SubmittedForm, message: str, name: str, ec: str | None = None) -> Refusal:
    if form.rules.missing_field is not None:
        message = form.rules.missing_field.format(name)
    return refusals.INVALID_ARGUMENT(message, ec=ec, ArgumentName=name)
