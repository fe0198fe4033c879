"""What each field of a form means (OSS: "PostObject", form fields).

A form arrives as fields in order and one file. This module answers, without any I/O, the
questions that server, toolkit and `explain` have in common:

    which fields are there         names match in any letter case; the first of an unknown one
                                   counts, a second one of a known name is refused
    what is the object's key       `${filename}` becomes the file's base name
    what is its Content-Type       x-oss-content-type, else the file part's, else the field's
    what do conditions see         the key unexpanded, the type effective, the bucket addressed

Which signature a form bears says `submitted_signature.py`, what its policy must name `coverage.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pillarbox.model import refusals
from pillarbox.model.dialects import Dialect
from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import Refusal

FILENAME_VARIABLE = "${filename}"

_KNOWN_FIELDS = frozenset(
    {
        "key",
        "policy",
        "success_action_redirect",
        "success_action_status",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
        "callback",
    }
)
_KNOWN_PREFIXED = frozenset(
    {
        "signature-version",
        "credential",
        "date",
        "signature",
        "security-token",
        "content-type",
        "object-acl",
        "storage-class",
        "server-side-encryption",
        "server-side-encryption-key-id",
        "server-side-data-encryption",
        "forbid-overwrite",
        "tagging",
    }
)

_S3_PREFIX = "x-amz-"
_S3_ACCESS_KEY_FIELD = "awsaccesskeyid"


@dataclass(frozen=True, slots=True)
class FilePart:
    """The file part of a form, all but its bytes.

    Attributes:
        filename: base name, None if the part has no `filename` parameter.
        content_type: the part's own header Content-Type, parameters included, or None.
    """

    filename: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class SubmittedForm:
    """The fields before the file, and the file part.

    Attributes:
        names: lower case name to the name as written, in order of the form.
        values: lower case name to value, the empty text included.
    """

    dialect: Dialect
    names: Mapping[str, str]
    values: Mapping[str, str]
    repeated: frozenset[str]
    file: FilePart

    @classmethod
    def of(cls, dialect: Dialect, fields: Iterable[tuple[str, str]], file: FilePart) -> Self:
        """The form of `fields`, name and value in the order in which they came.

        Raises:
            Refusal: `InvalidArgument` for a second occurrence of a field that we know.
        """
        names: dict[str, str] = {}
        values: dict[str, str] = {}
        repeated: set[str] = set()
        for name, value in fields:
            lower = fold_field_name(name)
            if lower not in values:
                names[lower] = name
                values[lower] = value
            elif lower == "bucket" or is_known_field(lower, dialect):
                # Nobody acts on `bucket` (the address does), but two names of it are a trick.
                raise _repeated(name)
            else:
                repeated.add(lower)
        return cls(dialect, names, values, frozenset(repeated), file)

    def get(self, name: str) -> str | None:
        """The value of a field by name in any letter case; an empty one counts as absent."""
        return self.values.get(fold_field_name(name)) or None

    def own(self, name: str) -> str | None:
        """The value of a field with the dialect's prefix: `object-acl` is x-oss-object-acl."""
        return self.values.get(self.dialect.prefix + name) or None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """User metadata: name without the prefix, lower case, and value."""
        prefix = self.dialect.field("meta-")
        return tuple(
            (name.removeprefix(prefix), value)
            for name, value in self.values.items()
            if name.startswith(prefix)
        )

    @property
    def content_type(self) -> str | None:
        """The effective type, None if nobody gave one (OSS: "PostObject", x-oss-content-type)."""
        return self.own("content-type") or self.file.content_type or self.get("content-type")

    def key(self) -> str:
        """The object's final key, `${filename}` filled in.

        Raises:
            Refusal: `InvalidArgument` if the form has no key before the file.
        """
        template = self.values.get("key")
        if not template:
            raise refusals.INVALID_ARGUMENT(
                "The bucket POST must contain the specified 'key'. If it is specified, please "
                "check the order of the fields",
                ArgumentName="key",
            )
        return expand_filename(template, self.file.filename)

    def condition_values(self, bucket: str) -> dict[str, str]:
        """What policy conditions are compared with, by lower case field name.

        The bucket is the addressed one, never a field of that name (CVE-2023-43040); the key is
        the text before `${filename}` is filled in (OSS: "PostObject", key).
        """
        seen = dict(self.values)
        seen["bucket"] = bucket
        effective = self.content_type
        if effective is not None:
            seen["content-type"] = effective
        return seen

    def refuse_other_bucket(self, bucket: str) -> None:
        """Refuse `InvalidArgument` a field `bucket` that names another than the one addressed.

        Nobody would act on it, but a program on the way might have (CVE-2023-43040).
        """
        named = self.values.get("bucket")
        if named and named != bucket:
            raise refusals.INVALID_ARGUMENT(
                "The field 'bucket' names another bucket than the address of the form.",
                ArgumentName="bucket",
                ArgumentValue=named[:128],
            )

    def refuse_repeated(self, named: frozenset[str]) -> None:
        """Refuse a second occurrence of a field that the policy names (`named`, lower case)."""
        for name in self.repeated & named:
            raise _repeated(self.names[name])


def is_known_field(lower: str, dialect: Dialect) -> bool:
    """Whether the server acts on a field of this name (lower case)."""
    if lower in _KNOWN_FIELDS or lower.startswith("x:"):
        return True
    if lower in (dialect.access_key_field.lower(), dialect.v1_signature_field.lower()):
        return True
    if not lower.startswith(dialect.prefix):
        return is_s3_field(lower)
    rest = lower.removeprefix(dialect.prefix)
    return rest in _KNOWN_PREFIXED or rest.startswith("meta-")


def is_s3_field(lower: str) -> bool:
    """Whether a field (lower case) is of the S3 dialect alone: it asks for what we don't do."""
    return lower.startswith(_S3_PREFIX) or lower == _S3_ACCESS_KEY_FIELD


def base_name(filename: str) -> str:
    """The file's own name: what follows the last `/` or backslash of a path."""
    return filename.replace("\\", "/").rpartition("/")[2]


def expand_filename(template: str, filename: str | None) -> str:
    """`template` with every `${filename}` filled in; other `${…}` stay as they are."""
    return template.replace(FILENAME_VARIABLE, base_name(filename or ""))


def _repeated(name: str) -> Refusal:
    return refusals.INVALID_ARGUMENT(
        "A form field that the server acts on must occur only once.", ArgumentName=name[:128]
    )
