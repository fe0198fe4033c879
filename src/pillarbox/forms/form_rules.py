"""Where the forms of the dialects differ: which fields there are, and how they are judged.

OSS: "PostObject". S3: "POST Object", "Creating a POST policy". Which dialect a form speaks, the
fields of its signature say; an unsigned form may use the words of both.

What conditions mean differs too: see `pillarbox.policy.rules`. The texts of refusals are in
`pillarbox.model.s3_refusals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pillarbox.model.checksums import ALGORITHMS
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.model.names import fold_field_name

_COMMON_FIELDS = frozenset(
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


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The fields of one dialect; all names are lower case.

    Attributes:
        acl, tagging: names of the fields with the object's ACL and tags.
        redirects: names of the fields with the address to go to, the first that has one counts.
        plain: further names that the server acts on.
        prefixed: the same, without the dialect's prefix; metadata comes on top.
        access_key_field: name of the field with the AccessKey id of a V1 (S3: V2) signature.
        signs: names of the fields that no other signature than one of this dialect has.
    """

    dialect: Dialect
    acl: str
    tagging: str
    redirects: tuple[str, ...]
    plain: frozenset[str]
    prefixed: frozenset[str]
    access_key_field: str = field(init=False)
    signs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Put together what every form asks for."""
        dialect = self.dialect
        access_key_field = dialect.access_key_field.lower()
        names = (dialect.field(name) for name in ("credential", "date", "signature"))
        signs = frozenset({access_key_field, dialect.v4_algorithm_field, *names})
        object.__setattr__(self, "access_key_field", access_key_field)
        object.__setattr__(self, "signs", signs)

    def has(self, lower: str) -> bool:
        """Whether the server acts on a field of this name."""
        if lower in self.plain or lower.startswith("x:"):
            return True
        if not lower.startswith(self.dialect.prefix):
            return False
        rest = lower.removeprefix(self.dialect.prefix)
        return rest in self.prefixed or rest.startswith("meta-")

    def owns(self, lower: str) -> bool:
        """Whether a field of this name can mean nothing but this dialect."""
        return lower.startswith(self.dialect.prefix) or lower == self.access_key_field

    @property
    def storage_class(self) -> str:
        """Name of the field with the storage class."""
        return self.dialect.field("storage-class")


OSS_FIELDS = Vocabulary(
    dialect=OSS,
    acl="x-oss-object-acl",
    tagging="x-oss-tagging",
    redirects=("success_action_redirect",),
    plain=frozenset({*_COMMON_FIELDS, "ossaccesskeyid", "signature"}),
    prefixed=frozenset(
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
    ),
)

S3_FIELDS = Vocabulary(
    dialect=S3,
    acl="acl",
    tagging="tagging",
    redirects=("success_action_redirect", "redirect"),
    plain=frozenset(
        {
            *_COMMON_FIELDS,
            "awsaccesskeyid",
            "signature",
            "acl",
            "tagging",
            "redirect",
            "content-md5",
        }
    ),
    prefixed=frozenset(
        {
            "algorithm",
            "credential",
            "date",
            "signature",
            "security-token",
            "storage-class",
            "server-side-encryption",
            "checksum-algorithm",
            *(one.header.removeprefix(S3.prefix) for one in ALGORITHMS),
        }
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class FormRules:
    """How a form is judged.

    Attributes:
        dialect: of the signature and of the answer.
        vocabularies: whose fields count; of two that say the same the first.
        covers_all: whether the policy must name every field, the bucket too.
        fills_key_first: whether conditions see the key with `${filename}` filled in.
        field_is_type: whether the field Content-Type alone says the type.
        takes_acl_header: whether the header `x-oss-object-acl` counts for the field.
        missing_field: what the refusal of a form without a field says, with `{}` for its name;
            None where each field has a text of its own.
        redirects: names of the fields with the address to go to, the first ones first.
        metadata_prefixes: how the names of fields with user metadata begin.
    """

    dialect: Dialect
    vocabularies: tuple[Vocabulary, ...]
    covers_all: bool = False
    fills_key_first: bool = False
    field_is_type: bool = False
    takes_acl_header: bool = True
    missing_field: str | None = None
    redirects: tuple[str, ...] = field(init=False)
    metadata_prefixes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Put together what every form asks for."""
        prefixes = tuple(words.dialect.field("meta-") for words in self.vocabularies)
        object.__setattr__(self, "metadata_prefixes", prefixes)
        names = dict.fromkeys(name for words in self.vocabularies for name in words.redirects)
        object.__setattr__(self, "redirects", tuple(names))

    def knows(self, lower: str) -> bool:
        """Whether the server acts on a field of this name (lower case), or refuses it."""
        return any(words.has(lower) for words in self.vocabularies) or self.is_foreign(lower)

    def is_foreign(self, lower: str) -> bool:
        """Whether a field of this name (lower case) asks for what a form of this kind can't have.

        To drop an ACL or an encryption would be a false success. OSS is known for ignoring what
        it doesn't know behind its own prefix, S3's prefix stands for headers that do something.
        """
        is_owned = S3_FIELDS.owns(lower) or (
            OSS_FIELDS not in self.vocabularies and OSS_FIELDS.owns(lower)
        )
        return is_owned and not any(words.has(lower) for words in self.vocabularies)


OSS_FORM = FormRules(OSS, (OSS_FIELDS,))
UNSIGNED_FORM = FormRules(OSS, (OSS_FIELDS, S3_FIELDS))
S3_FORM = FormRules(
    S3,
    (S3_FIELDS,),
    covers_all=True,
    fills_key_first=True,
    field_is_type=True,
    takes_acl_header=False,
    missing_field=(
        "Bucket POST must contain a field named '{}'.  If it is specified, please check the order "
        "of the fields."
    ),
)


def rules_of(fields: Iterable[tuple[str, str]]) -> FormRules:
    """The rules for a form of these fields, names and values.

    A field with a value beats an empty one, and OSS beats S3: who signs in both dialects is
    refused with the signature.
    """
    return rules_of_folded([(fold_field_name(name), value) for name, value in fields])


def rules_of_folded(fields: Sequence[tuple[str, str]]) -> FormRules:
    """As `rules_of`, of names in lower case."""
    for is_full in (True, False):
        names = [name for name, value in fields if bool(value) is is_full]
        if not OSS_FIELDS.signs.isdisjoint(names):
            return OSS_FORM
        if not S3_FIELDS.signs.isdisjoint(names):
            return S3_FORM
    return UNSIGNED_FORM
