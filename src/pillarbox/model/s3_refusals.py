"""Refusals as S3 words them: the codes and texts that its clients compare.

The operations refuse in one way, the catalogue's (`refusals.py`); an answer to an S3 client is
translated at the rim. S3: "Error responses"; facts 11.4. There are no EC numbers in S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus as Status

from pillarbox.model import refusals
from pillarbox.model.dialects import S3, Dialect
from pillarbox.model.refusals import Refusal, RefusalKind

# --- what only S3's clients can be refused for -------------------------------------------------

#: Of a signature that can't be used, by its date or by what it leaves out. Unlike refusals of
#: rights it says why; `as_s3` keeps its text, for it has no EC.
SIGNATURE_NOT_ACCEPTED = RefusalKind("AccessDenied", Status.FORBIDDEN, "Access Denied")
INVALID_STORAGE_CLASS = RefusalKind(
    "InvalidStorageClass",
    Status.BAD_REQUEST,
    "The storage class you specified is not valid",
)
MALFORMED_ACL = RefusalKind(
    "MalformedACLError",
    Status.BAD_REQUEST,
    "The XML you provided was not well-formed or did not validate against our published schema",
)
UNEXPECTED_CONTENT = RefusalKind(
    "UnexpectedContent", Status.BAD_REQUEST, "This request does not support content"
)
MISSING_SECURITY_HEADER = RefusalKind(
    "MissingSecurityHeader", Status.BAD_REQUEST, "Your request is missing a required header"
)
BUCKET_ALREADY_OWNED_BY_YOU = RefusalKind(
    "BucketAlreadyOwnedByYou",
    Status.CONFLICT,
    "Your previous request to create the named bucket succeeded and you already own it.",
)
ILLEGAL_LOCATION = RefusalKind(
    "IllegalLocationConstraintException",
    Status.BAD_REQUEST,
    "The location constraint is incompatible for the region specific endpoint this request was "
    "sent to.",
)
KEY_TOO_LONG = RefusalKind("KeyTooLongError", Status.BAD_REQUEST, "Your key is too long")
NO_SUCH_LIFECYCLE_CONFIGURATION = RefusalKind(
    "NoSuchLifecycleConfiguration",
    Status.NOT_FOUND,
    "The lifecycle configuration does not exist",
)
NO_SUCH_TAG_SET = RefusalKind("NoSuchTagSet", Status.NOT_FOUND, "The TagSet does not exist")
INVALID_PART_NUMBER = RefusalKind(
    "InvalidPartNumber",
    Status.REQUESTED_RANGE_NOT_SATISFIABLE,
    "The requested partnumber is not satisfiable",
)
RESTORE_NOT_ALLOWED = RefusalKind(
    "InvalidObjectState",
    Status.FORBIDDEN,
    "Restore is not allowed for the object's current storage class",
)


def catalogue() -> tuple[RefusalKind, ...]:
    """Every refusal kind of this module."""
    return tuple(value for value in globals().values() if isinstance(value, RefusalKind))


# --- what both can be refused for ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wording:
    """What S3 says.

    Attributes:
        message: of the refusal with the catalogue's own text; one that says more is kept.
        always: whether the message stands for all texts.
        details: further children of the error document.
    """

    code: str
    status: int
    message: str
    always: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


def _same(kind: RefusalKind, message: str, *, always: bool = False) -> _Wording:
    """S3's text of a refusal whose code and status are the same."""
    return _Wording(kind.code, kind.status, message, always)


_INVALID_TOKEN = _Wording(
    "InvalidToken",
    Status.BAD_REQUEST,
    "The provided token is malformed or otherwise invalid.",
    always=True,
)
_FIELDS_TOO_LARGE = _Wording(
    "MaxPostPreDataLengthExceeded",
    Status.BAD_REQUEST,
    "Your POST request fields preceding the upload file were too large.",
    always=True,
)
_INVALID_TAG = "The tag provided was not a valid tag. This error can occur if the tag did not pass "

_KEY_TOO_LONG = _same(KEY_TOO_LONG, KEY_TOO_LONG.message, always=True)

_WORDINGS = {
    refusals.REQUEST_IS_NOT_MULTIPART.code: _Wording(
        refusals.PRECONDITION_FAILED.code,
        Status.PRECONDITION_FAILED,
        "At least one of the pre-conditions you specified did not hold",
        always=True,
        details={
            "Condition": "Bucket POST must be of the enclosure-type multipart/form-data",
        },
    ),
    refusals.INVALID_OBJECT_NAME.code: _Wording(
        "InvalidURI", Status.BAD_REQUEST, "Couldn't parse the specified URI.", always=True
    ),
    refusals.ACCESS_DENIED.code: _same(refusals.ACCESS_DENIED, "Access Denied"),
    refusals.INVALID_ACCESS_KEY_ID.code: _same(
        refusals.INVALID_ACCESS_KEY_ID,
        "The AWS Access Key Id you provided does not exist in our records.",
        always=True,
    ),
    refusals.INVALID_SECURITY_TOKEN.code: _INVALID_TOKEN,
    refusals.TOKEN_OF_ANOTHER_KEY.code: _INVALID_TOKEN,
    refusals.SECURITY_TOKEN_EXPIRED.code: _Wording(
        "ExpiredToken", Status.BAD_REQUEST, "The provided token has expired.", always=True
    ),
    refusals.USER_DISABLE.code: _Wording(
        "AccountProblem",
        Status.FORBIDDEN,
        "There is a problem with your account that prevents the operation from completing "
        "successfully.",
    ),
    refusals.WRONG_NUMBER_OF_FILES.code: _Wording(
        "InvalidArgument",
        Status.BAD_REQUEST,
        "POST requires exactly one file upload per request.",
        always=True,
    ),
    refusals.FIELD_ITEM_TOO_LONG.code: _FIELDS_TOO_LARGE,
    refusals.FIELDS_TOO_LARGE.code: _FIELDS_TOO_LARGE,
    refusals.ENTITY_TOO_LARGE.code: _same(
        refusals.ENTITY_TOO_LARGE, "Your proposed upload exceeds the maximum allowed size"
    ),
    refusals.ENTITY_TOO_SMALL.code: _same(
        refusals.ENTITY_TOO_SMALL, "Your proposed upload is smaller than the minimum allowed size"
    ),
    refusals.INVALID_ENCRYPTION_ALGORITHM.code: _same(
        refusals.INVALID_ENCRYPTION_ALGORITHM,
        "The encryption request you specified is not valid. Supported value: AES256.",
    ),
    refusals.INVALID_TAGGING_KEY.code: _Wording(
        "InvalidTag", Status.BAD_REQUEST, _INVALID_TAG + "input validation."
    ),
    refusals.REPEATED_TAGS.code: _Wording(
        "InvalidTag", Status.BAD_REQUEST, "Cannot provide multiple Tags with the same key"
    ),
    refusals.TOO_MANY_TAGS.code: _Wording(
        "BadRequest", Status.BAD_REQUEST, "Object tags cannot be greater than 10"
    ),
    refusals.NO_SUCH_CORS_CONFIGURATION.code: _same(
        refusals.NO_SUCH_CORS_CONFIGURATION, "The CORS configuration does not exist"
    ),
    refusals.NO_SUCH_BUCKET_POLICY.code: _same(
        refusals.NO_SUCH_BUCKET_POLICY, "The bucket policy does not exist"
    ),
    refusals.INVALID_RANGE.code: _same(
        refusals.INVALID_RANGE, "The requested range is not satisfiable"
    ),
    refusals.PRECONDITION_FAILED.code: _same(
        refusals.PRECONDITION_FAILED,
        "At least one of the pre-conditions you specified did not hold",
    ),
    refusals.INTERNAL_ERROR.code: _same(
        refusals.INTERNAL_ERROR, "We encountered an internal error. Please try again."
    ),
}

_DEFAULTS = {kind.code: kind.message for kind in refusals.catalogue()}

#: S3 doesn't tell which rule denied it.
_EC_OF_RIGHTS = "0003-"

_DETAILS = {"OSSAccessKeyId": "AWSAccessKeyId"}
#: Values of ArgumentName and Header.
_NAMES = {"x-oss-object-acl": "acl", "x-oss-tagging": "tagging"}


def worded(refusal: Refusal, dialect: Dialect) -> Refusal:
    """The refusal as a client of this dialect hears it."""
    return as_s3(refusal) if dialect is S3 else refusal


def as_s3(refusal: Refusal) -> Refusal:
    """The same refusal in the words of S3, without EC."""
    wording = _wording_of(refusal)
    code, status, message = refusal.code, refusal.status, refusal.message
    if wording is not None:
        code, status = wording.code, wording.status
        is_of_rights = (refusal.ec or "").startswith(_EC_OF_RIGHTS)
        if wording.always or is_of_rights or message == _DEFAULTS[refusal.code]:
            message = wording.message
    details = {_DETAILS.get(name, name): _named(name, v) for name, v in refusal.details.items()}
    if wording is not None:
        details |= wording.details
    return Refusal(code, status, message, None, details, refusal.headers, refusal.hint)


def _wording_of(refusal: Refusal) -> _Wording | None:
    if refusal.code == refusals.INVALID_OBJECT_NAME.code and "MaxSizeAllowed" in refusal.details:
        return _KEY_TOO_LONG
    return _WORDINGS.get(refusal.code)


def _named(detail: str, value: str) -> str:
    """The name of a field or header in S3's spelling; other details as they are."""
    if detail not in ("ArgumentName", "Header"):
        return value
    return _NAMES.get(value, value.replace("x-oss-", "x-amz-", 1))
