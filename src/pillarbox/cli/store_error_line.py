"""What went wrong between a command and a store: one line that says how to mend it."""

from __future__ import annotations

from pillarbox.cli.secret import SECRET_VARIABLE
from pillarbox.client.errors import (
    ChangedError,
    DamagedError,
    ForeignAnswerError,
    RefusedError,
    StoreError,
    UnreachableError,
)
from pillarbox.model.plain_text import plain
from pillarbox.model.spans import span_in_words

#: What a store says is cut to this, in characters.
_LONGEST = 500

_REMEDIES = {
    "AccessDenied": "take an AccessKey that may do that, such as one of the bucket's owner",
    "BucketAlreadyExists": "take another name, or the AccessKey of its owner",
    "BucketNotEmpty": "pillarbox rm -r oss://BUCKET empties it, --versions of what it kept too",
    "FileAlreadyExists": "take another key, or leave --forbid-overwrite out",
    "InvalidAccessKeyId": "give the id of an AccessKey of this store: --id or "
    "PILLARBOX_ACCESS_KEY_ID",
    "AccessKeyIdAndSecurityTokenNotMatch": "give the token that came with this AccessKey id: "
    "PILLARBOX_SECURITY_TOKEN",
    "InvalidSecurityToken": "give the token that came with this AccessKey id: "
    "PILLARBOX_SECURITY_TOKEN; if its role was deleted, get other credentials",
    "SecurityTokenExpired": "get new credentials: those have ended",
    "NoSuchBucket": "pillarbox bucket list shows those that are there",
    "NoSuchKey": "pillarbox ls -r oss://BUCKET shows those that are there",
    "NotImplemented": "this store can't do that",
    "SignatureDoesNotMatch": f"see that {SECRET_VARIABLE} holds the secret of this AccessKey id",
    "TooManyBuckets": "delete one that nobody needs",
}


def store_error_line(error: StoreError) -> str:
    """The line, without control characters."""
    match error:
        case RefusedError():
            return plain(f"{_refusal(error)}; {_remedy(error)}")
        case UnreachableError():
            return plain(
                f"can't reach {error.origin}: {error.reason[:_LONGEST]}; start the store there, "
                "or name another by --endpoint or PILLARBOX_ENDPOINT"
            )
        case ForeignAnswerError():
            return plain(
                f"{error.origin} gave no answer of a store but {error.status}, "
                f"{error.flaw[:_LONGEST]}; give the store's own URL by --endpoint or "
                "PILLARBOX_ENDPOINT"
            )
        case DamagedError():
            return plain(f"{error}; run the command again, and keep what you have until it agrees")
        case ChangedError():
            return plain(f"{error}; run the command again when nobody changes it")
    return plain(str(error))


def _refusal(refused: RefusedError) -> str:
    ec = f", EC {refused.ec}" if refused.ec else ""
    message = f": {refused.message[:_LONGEST].rstrip('.')}" if refused.message else ""
    request_id = f" (request id {refused.request_id[:_LONGEST]})" if refused.request_id else ""
    code = refused.code[:_LONGEST]
    return f"the store refused: {refused.status} {code}{ec}{message}{request_id}"


def _remedy(refused: RefusedError) -> str:
    # OSS names the endpoint of a bucket's region where another was asked.
    if endpoint := refused.details.get("Endpoint"):
        return f"the bucket is elsewhere: give --endpoint {endpoint[:_LONGEST]}"
    ahead = refused.clock_ahead
    if ahead is not None:
        side = "ahead of" if ahead.total_seconds() > 0 else "behind"
        return f"this machine's clock is {span_in_words(ahead)} {side} the store's: set it right"
    if remedy := _REMEDIES.get(refused.code):
        return remedy
    if argument := refused.details.get("ArgumentName"):
        value = refused.details.get("ArgumentValue", "")[:_LONGEST]
        return f"it means {argument[:_LONGEST]}, {value!r}"
    if refused.status >= 500:
        return "try again later; the store's log tells more under the request id"
    return "the store's documentation tells more under this code"
