"""What each field of a form means (OSS: "PostObject", form fields; S3: "POST Object").

A form arrives as fields in order and one file. This module answers, without any I/O, the
questions that server, toolkit and `explain` have in common:

    which fields are there         names match in any letter case; the first of an unknown one
                                   counts, a second one of a known name is refused
    what is the object's key       `${filename}` becomes the file's base name
    what is its Content-Type       x-oss-content-type, else the file part's, else the field's
    what do conditions see         the key unexpanded, the type effective, the bucket addressed

Where the S3 dialect differs, the form's rules say so (`form_rules.py`). Which signature a form
bears says `submitted_signature.py`, what its policy must name `coverage.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pillarbox.forms.form_rules import OSS_FIELDS, FormRules, Vocabulary, rules_of_folded
from pillarbox.model import refusals
from pillarbox.model.dialects import Dialect
from pillarbox.model.names import check_key, fold_field_name
from pillarbox.model.refusals import Refusal

FILENAME_VARIABLE = "${filename}"


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

    rules: FormRules
    names: Mapping[str, str]
    values: Mapping[str, str]
    repeated: frozenset[str]
    file: FilePart

    @classmethod
    def of(
        cls, fields: Iterable[tuple[str, str]], file: FilePart, acl_header: str | None = None
    ) -> Self:
        """The form of `fields`, name and value in the order in which they came.

        Args:
            acl_header: the request header `x-oss-object-acl`, which counts for a field of that
                name where the dialect has it and the form brings no ACL.

        Raises:
            Refusal: `InvalidArgument` for a second occurrence of a field that we know.
        """
        folded = [(fold_field_name(name), name, value) for name, value in fields]
        rules = rules_of_folded([(lower, value) for lower, _, value in folded])
        names: dict[str, str] = {}
        values: dict[str, str] = {}
        repeated: set[str] = set()
        for lower, name, value in folded:
            if lower not in values:
                names[lower] = name
                values[lower] = value
            elif lower == "bucket" or rules.knows(lower):
                # Nobody acts on `bucket` (the address does), but two names of it are a trick.
                raise _repeated(name)
            else:
                repeated.add(lower)
        has_acl = any(values.get(words.acl) for words in rules.vocabularies)
        if acl_header and rules.takes_acl_header and not has_acl:
            names[OSS_FIELDS.acl] = OSS_FIELDS.acl
            values[OSS_FIELDS.acl] = acl_header
        return cls(rules, names, values, frozenset(repeated), file)

    @property
    def dialect(self) -> Dialect:
        """The one that signed; OSS if nobody did."""
        return self.rules.dialect

    def get(self, name: str) -> str | None:
        """The value of a field by name in any letter case; an empty one counts as absent."""
        value = self.values.get(name)
        if value is None and not name.islower():
            value = self.values.get(fold_field_name(name))
        return value or None

    def own(self, name: str) -> str | None:
        """The value of a field with the dialect's prefix: `object-acl` is x-oss-object-acl."""
        return self.values.get(self.dialect.prefix + name) or None

    def spelled(self, name_in: Callable[[Vocabulary], str]) -> tuple[Dialect, str] | None:
        """The value of the field that has this name in its dialect, and the dialect it came in."""
        for words in self.rules.vocabularies:
            if value := self.values.get(name_in(words)):
                return words.dialect, value
        return None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """User metadata: name without the prefix, lower case, and value."""
        prefixes = self.rules.metadata_prefixes
        return tuple(
            [
                (name.partition("-meta-")[2], value)
                for name, value in self.values.items()
                if name.startswith(prefixes)
            ]
        )

    @property
    def redirect(self) -> str | None:
        """Where the browser goes after the upload (S3: the older `redirect` comes second)."""
        for name in self.rules.redirects:
            if value := self.values.get(name):
                return value
        return None

    @property
    def content_type(self) -> str | None:
        """The effective type, None if nobody gave one (OSS: "PostObject", x-oss-content-type)."""
        if self.rules.field_is_type:
            return self.get("content-type")
        return self.own("content-type") or self.file.content_type or self.get("content-type")

    def key(self) -> str:
        """The object's final key, `${filename}` filled in.

        Raises:
            Refusal: `InvalidArgument` if the form has no key before the file.
        """
        template = self.values.get("key")
        if not template:
            if self.rules.missing_field is not None:
                raise refusals.INVALID_ARGUMENT(
                    self.rules.missing_field.format("key"), ArgumentName="key"
                )
            raise refusals.INVALID_ARGUMENT(
                "The bucket POST must contain the specified 'key'. If it is specified, please "
                "check the order of the fields",
                ArgumentName="key",
            )
        return expand_filename(template, self.file.filename)

    def object_key(self, *, leading_slash: bool) -> bytes:
        """The final key, checked.

        Args:
            leading_slash: whether the operator lets keys begin with a slash or a backslash.

        Raises:
            Refusal: as `key`, and `InvalidObjectName`.
        """
        key = self.key()
        is_free = leading_slash or self.dialect.rules.has_slash_keys
        return check_key(key, allow_leading_slash=is_free)

    def condition_values(self, bucket: str) -> dict[str, str]:
        """What policy conditions are compared with, by lower case field name.

        The bucket is the addressed one, never a field of that name (CVE-2023-43040); the key is
        the text before `${filename}` is filled in (OSS: "PostObject", key), in S3 after that.
        """
        seen = dict(self.values)
        seen["bucket"] = bucket
        if self.rules.fills_key_first and seen.get("key"):
            seen["key"] = self.key()
        effective = self.content_type
        if effective is not None:
            seen["content-type"] = effective
        return seen

    def refuse_other_bucket(self, bucket: str) -> None:
        """Refuse `InvalidArgument` a field `bucket` that names another than the one addressed.

        Nobody would act on it, but a program on the way might have (CVE-2023-43040). In S3 the
        field is judged by the policy as others are, so there it is `AccessDenied`.
        """
        named = self.values.get("bucket")
        if named and named != bucket:
            if self.rules.covers_all:
                raise refusals.ACCESS_DENIED()
            raise refusals.INVALID_ARGUMENT(
                "The field 'bucket' names another bucket than the address of the form.",
                ArgumentName="bucket",
                ArgumentValue=named[:128],
            )

    def refuse_repeated(self, named: frozenset[str]) -> None:
        """Refuse a second occurrence of a field that the policy names (`named`, lower case)."""
        for name in self.repeated & named:
            raise _repeated(self.names[name])


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
