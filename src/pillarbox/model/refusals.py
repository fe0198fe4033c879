"""The catalogue of refusals: every error answer that Pillarbox can give to a client.

A refusal has a code, an HTTP status, a message and, where OSS publishes one, an EC number
(OSS: "Error responses", "HTTP 400 status code" and its neighbours, the EC pages). Clients compare
codes and messages byte for byte, so texts that look misspelt are OSS's own.

Raise one by calling its kind::

    raise NO_SUCH_BUCKET(BucketName="photos")
    raise INVALID_ARGUMENT("Post request signature is empty.", ArgumentName="Signature")

Only the server's `answers` module turns a `Refusal` into XML. What S3 alone says of a body stands
in `body_refusals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus as Status


class Refusal(Exception):  # noqa: N818 (a refusal is the word of the whole house)
    """An error answer to a client.

    Attributes:
        code: OSS's error code, such as `NoSuchBucket`.
        status: HTTP status.
        message: the text of `<Message>`.
        ec: OSS's fine-grained error number, or None where none is published.
        details: further children of `<Error>`, in order.
        headers: further response headers.
        hint: for the log and for `pillarbox explain`: how to mend it. Never sent to the client.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        ec: str | None = None,
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message
        self.ec = ec
        self.details: dict[str, str] = dict(details or {})
        self.headers: dict[str, str] = dict(headers or {})
        self.hint = hint


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One entry of the catalogue; call it to make the `Refusal`."""

    code: str
    status: int
    message: str
    ec: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self, message: str | None = None, /, *, ec: str | None = None, **details: str
    ) -> Refusal:
        """The refusal, with another message or EC than the usual and `details` as XML children."""
        return Refusal(
            self.code,
            self.status,
            self.message if message is None else message,
            self.ec if ec is None else ec,
            details,
            self.headers,
        )


# --- the form: framing and fields ------------------------------------------------------------

REQUEST_IS_NOT_MULTIPART = RefusalKind(
    "RequestIsNotMultiPartContent",
    Status.BAD_REQUEST,
    "Bucket POST must be of the enclosure-type multipart/form-data.",
)
MALFORMED_POST = RefusalKind(
    "MalformedPOSTRequest",
    Status.BAD_REQUEST,
    "The body of your POST request is not well-formed multipart/form-data.",
)
WRONG_NUMBER_OF_FILES = RefusalKind(
    "IncorrectNumberOfFilesInPOSTRequest",
    Status.BAD_REQUEST,
    "POST requires exactly one file upload per request.",
)
FIELD_ITEM_TOO_LONG = RefusalKind(
    "FieldItemTooLong", Status.BAD_REQUEST, "Your value of form field is too long."
)
FIELDS_TOO_LARGE = RefusalKind(
    "MaxPOSTPreDataLengthExceededError",
    Status.BAD_REQUEST,
    "Your POST request fields preceding the upload file were too large.",
    "0006-00000112",
)

# --- the policy ------------------------------------------------------------------------------

INVALID_POLICY = RefusalKind(
    "InvalidPolicyDocument",
    Status.BAD_REQUEST,
    "Invalid Policy: Invalid JSON.",
    "0006-00000201",
)
ENTITY_TOO_LARGE = RefusalKind(
    "EntityTooLarge",
    Status.BAD_REQUEST,
    "Your proposed upload exceeds the maximum allowed size.",
    "0006-00000003",
)
ENTITY_TOO_SMALL = RefusalKind(
    "EntityTooSmall",
    Status.BAD_REQUEST,
    "Your proposed upload smaller than the minimum allowed size.",
    "0006-00000004",
)

# --- arguments -------------------------------------------------------------------------------

INVALID_ARGUMENT = RefusalKind("InvalidArgument", Status.BAD_REQUEST, "Invalid Argument.")
INVALID_REQUEST = RefusalKind("InvalidRequest", Status.BAD_REQUEST, "The request is invalid.")
INVALID_BUCKET_NAME = RefusalKind(
    "InvalidBucketName",
    Status.BAD_REQUEST,
    "The specified bucket is not valid.",
    "0015-00000001",
)
INVALID_OBJECT_NAME = RefusalKind(
    "InvalidObjectName", Status.BAD_REQUEST, "The specified object is not valid."
)
INVALID_DIGEST = RefusalKind(
    "InvalidDigest", Status.BAD_REQUEST, "The Content-MD5 you specified was invalid."
)
INVALID_CRC64 = RefusalKind(
    "InvalidCRC64",
    Status.BAD_REQUEST,
    "The x-oss-hash-crc64ecma you specified does not match what we calculated.",
)
INVALID_ENCRYPTION_ALGORITHM = RefusalKind(
    "InvalidEncryptionAlgorithmError",
    Status.BAD_REQUEST,
    "The encryption algorithm specified is not valid.",
)
INVALID_TAGGING_KEY = RefusalKind(
    "InvalidTaggingKey", Status.BAD_REQUEST, "The tagging key you provided is invalid."
)
REPEATED_TAGS = RefusalKind(
    "RepeatedTags", Status.BAD_REQUEST, "Tag keys must be unique.", "0010-00000210"
)
TOO_MANY_TAGS = RefusalKind(
    "TooManyTags", Status.BAD_REQUEST, "The object tags num is beyond limit."
)
MISSING_ARGUMENT = RefusalKind(
    "MissingArgument",
    Status.BAD_REQUEST,
    "Missing Some Required Arguments.",
    "0016-00000502",
)
INCOMPLETE_BODY = RefusalKind(
    "IncompleteBody",
    Status.BAD_REQUEST,
    "You did not provide the number of bytes specified by the Content-Length HTTP header.",
)
REQUEST_TIMEOUT = RefusalKind(
    "RequestTimeout",
    Status.BAD_REQUEST,
    "Your socket connection to the server was not read from or written to within the timeout "
    "period. Idle connections will be closed.",
)
MALFORMED_XML = RefusalKind(
    "MalformedXML",
    Status.BAD_REQUEST,
    "The XML you provided was not well-formed or did not validate against our published schema.",
)
TOO_MANY_BUCKETS = RefusalKind(
    "TooManyBuckets",
    Status.BAD_REQUEST,
    "You have attempted to create more buckets than allowed.",
)
CORS_RULE_BEYOND_LIMIT = RefusalKind(
    "CORSRuleBeyondLimit",
    Status.BAD_REQUEST,
    "The CORS Rules num is beyond limit.",
    "0034-00000006",
)
CORS_BAD_REQUEST = RefusalKind(
    "BadRequest",
    Status.BAD_REQUEST,
    "Insufficient information. Origin request header needed.",
    "0034-00000101",
)

# --- who, and may they -----------------------------------------------------------------------

ACCESS_DENIED = RefusalKind(
    "AccessDenied",
    Status.FORBIDDEN,
    "You have no right to access this object.",
    "0003-00000001",
)
#: Messages of `ACCESS_DENIED` for a policy over the operator's ceilings; they are ours.
POLICY_LIVES_TOO_LONG = "Invalid according to Policy: Policy lives longer than this store allows."
POLICY_ALLOWS_TOO_MUCH = (
    "Invalid according to Policy: Policy allows larger files than this store takes."
)
INVALID_ACCESS_KEY_ID = RefusalKind(
    "InvalidAccessKeyId",
    Status.FORBIDDEN,
    "The OSS Access Key Id you provided does not exist in our records.",
    "0002-00000902",
)
#: Message of `INVALID_ACCESS_KEY_ID` for an id that no AccessKey can have.
UNACCEPTABLE_KEY_ID = (
    "The OSS Access Key Id contains non-acceptable characters, which accepts only alphanumeric "
    "characters[0-9a-zA-Z] and several special characters[. _=]"
)
USER_DISABLE = RefusalKind(
    "UserDisable", Status.FORBIDDEN, "The account is disabled.", "0003-00000801"
)
INVALID_SECURITY_TOKEN = RefusalKind(
    "InvalidSecurityToken", Status.FORBIDDEN, "The security token you provided is invalid."
)
SECURITY_TOKEN_EXPIRED = RefusalKind(
    "SecurityTokenExpired", Status.FORBIDDEN, "The security token you provided has expired."
)
TOKEN_OF_ANOTHER_KEY = RefusalKind(
    "AccessKeyIdAndSecurityTokenNotMatch",
    Status.FORBIDDEN,
    "The OSS access key id and security token you provided does not match.",
)
SIGNATURE_DOES_NOT_MATCH = RefusalKind(
    "SignatureDoesNotMatch",
    Status.FORBIDDEN,
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method.",
    "0002-00000201",
)
REQUEST_TIME_TOO_SKEWED = RefusalKind(
    "RequestTimeTooSkewed",
    Status.FORBIDDEN,
    "The difference between the request time and the current time is too large.",
    "0002-00000504",
)
QUOTA_EXCEEDED = RefusalKind(
    # No page names a code; the text is that of a live test (PHP SDK: putBucketStorageCapacity).
    "QuotaExceeded",
    Status.FORBIDDEN,
    "Bucket storage exceed max storage capacity.",
)
CORS_FORBIDDEN = RefusalKind(
    "AccessForbidden",
    Status.FORBIDDEN,
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
    "Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are "
    "not whitelisted by the resource's CORS spec.",
    "0003-00000601",
)

# --- uploads in parts ------------------------------------------------------------------------

INVALID_PART = RefusalKind(
    "InvalidPart",
    Status.BAD_REQUEST,
    "One or more of the specified parts could not be found or the specified entity tag might not "
    "have matched the part's entity tag.",
)
INVALID_PART_ORDER = RefusalKind(
    "InvalidPartOrder",
    Status.BAD_REQUEST,
    "The list of parts was not in ascending order.",
)
NO_SUCH_UPLOAD = RefusalKind(
    "NoSuchUpload",
    Status.NOT_FOUND,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
    "been aborted or completed.",
    "0042-00000002",
)

# --- what is not there, what stands in the way -----------------------------------------------

NO_SUCH_BUCKET = RefusalKind(
    "NoSuchBucket", Status.NOT_FOUND, "The specified bucket does not exist.", "0015-00000101"
)
NO_SUCH_KEY = RefusalKind(
    "NoSuchKey", Status.NOT_FOUND, "The specified key does not exist.", "0026-00000001"
)
NO_SUCH_CORS_CONFIGURATION = RefusalKind(
    "NoSuchCORSConfiguration",
    Status.NOT_FOUND,
    "The CORS Configuration does not exist.",
)
NO_SUCH_BUCKET_POLICY = RefusalKind(
    "NoSuchBucketPolicy",
    Status.NOT_FOUND,
    "The specified bucket policy does not exist.",
    "0030-00000006",
)
METHOD_NOT_ALLOWED = RefusalKind(
    "MethodNotAllowed",
    Status.METHOD_NOT_ALLOWED,
    "The specified method is not allowed against this resource.",
)
BUCKET_ALREADY_EXISTS = RefusalKind(
    "BucketAlreadyExists",
    Status.CONFLICT,
    "The requested bucket name is not available. The bucket namespace is shared by all users of "
    "the system. Please select a different name and try again.",
    "0015-00000104",
)
BUCKET_NOT_EMPTY = RefusalKind(
    "BucketNotEmpty",
    Status.CONFLICT,
    "The bucket you tried to delete is not empty.",
    "0015-00000301",
)
FILE_ALREADY_EXISTS = RefusalKind(
    "FileAlreadyExists",
    Status.CONFLICT,
    "The object you specified already exists and can not be overwritten.",
    "0026-00000002",
)
MISSING_CONTENT_LENGTH = RefusalKind(
    "MissingContentLength",
    Status.LENGTH_REQUIRED,
    "You must provide the Content-Length HTTP header.",
)
PRECONDITION_FAILED = RefusalKind(
    "PreconditionFailed",
    Status.PRECONDITION_FAILED,
    "At least one of the pre-conditions you specified did not hold.",
)
INVALID_RANGE = RefusalKind(
    "InvalidRange",
    Status.REQUESTED_RANGE_NOT_SATISFIABLE,
    "The requested range cannot be satisfied.",
)

# --- stored all the same ----------------------------------------------------------------------

CALLBACK_FAILED = RefusalKind(
    # "HTTP 203 status code": the object is there, the site did not answer well.
    "CallbackFailed",
    Status.NON_AUTHORITATIVE_INFORMATION,
    "Error Status : -1.OSS can not connect to your callbackUrl, please check it.",
    "0007-00000203",
)

# --- the server itself -----------------------------------------------------------------------

NOT_IMPLEMENTED = RefusalKind(
    "NotImplemented",
    Status.NOT_IMPLEMENTED,
    "A header you provided implies functionality that is not implemented.",
)
HEADER_NOT_SUPPORTED = RefusalKind(
    # "HTTP 400 status code": OSS files the same code under 400 for headers such as
    # If-Modified-Since on a PUT, which no version of it will ever take.
    "NotImplemented",
    Status.BAD_REQUEST,
    "A header you provided implies functionality that is not implemented.",
)
INTERNAL_ERROR = RefusalKind(
    "InternalError",
    Status.INTERNAL_SERVER_ERROR,
    "The server met an error that it did not expect. Its log tells more under this request id.",
)
SERVICE_UNAVAILABLE = RefusalKind(
    "ServiceUnavailable",
    Status.SERVICE_UNAVAILABLE,
    "The server is stopping or cannot take more at the moment. Please retry later.",
    headers={"Retry-After": "1"},
)
INSUFFICIENT_STORAGE = RefusalKind(
    "InsufficientStorage",
    Status.INSUFFICIENT_STORAGE,
    "The server has no room left for this object.",
)


def catalogue() -> tuple[RefusalKind, ...]:
    """Every refusal kind of this module, in the order in which they stand here."""
    return tuple(value for value in globals().values() if isinstance(value, RefusalKind))
