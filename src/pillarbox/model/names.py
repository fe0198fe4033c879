"""Names of buckets, keys and regions, and AccessKey ids (OSS: "Bucket naming conventions")."""

from __future__ import annotations

import re
import string
import unicodedata

from pillarbox.model import refusals
from pillarbox.model.limits import MAX_KEY_SIZE

_BUCKET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")
_REGION = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_ACCESS_KEY_ID = re.compile(r"[0-9A-Za-z._=]{1,128}")


def is_bucket_name(name: str) -> bool:
    """Whether `name` follows OSS's rule: 3 to 63 of `a-z 0-9 -`, a letter or digit at both ends."""
    return _BUCKET_NAME.fullmatch(name) is not None


def check_bucket_name(name: str) -> None:
    """Raise the refusal `InvalidBucketName` unless `name` may name a bucket."""
    if not is_bucket_name(name):
        raise refusals.INVALID_BUCKET_NAME(BucketName=name[:128])


def is_region(name: str) -> bool:
    """Whether `name` looks like a region, such as `cn-hangzhou`: 1 to 64 of `a-z 0-9 -`."""
    return _REGION.fullmatch(name) is not None


def is_access_key_id(key_id: str) -> bool:
    """Whether `key_id` consists of what OSS accepts: letters, digits and `. _ =`."""
    return _ACCESS_KEY_ID.fullmatch(key_id) is not None


def check_key(key: str, *, allow_leading_slash: bool = False) -> bytes:
    """The UTF-8 bytes of an object key, or the refusal `InvalidObjectName`.

    A key has 1 to 1,023 bytes and begins with neither `/` nor a backslash. Everything else is
    legal, `..` and control characters included: a key is never a path.
    """
    if not key:
        raise refusals.INVALID_OBJECT_NAME("The Object name can not be empty.")
    try:
        encoded = key.encode("utf-8")
    except UnicodeEncodeError:
        raise refusals.INVALID_OBJECT_NAME() from None
    if len(encoded) > MAX_KEY_SIZE:
        raise refusals.INVALID_OBJECT_NAME(
            "The Length of Object name must be less than 1024.",
            Size=str(len(encoded)),
            MaxSizeAllowed=str(MAX_KEY_SIZE),
        )
    if key[0] in "/\\" and not allow_leading_slash:
        raise refusals.INVALID_OBJECT_NAME()
    return encoded


_CONTROL = re.compile("[\x00-\x1f\x7f]")


def has_control_characters(text: str) -> bool:
    """Whether `text` holds a character that must not stand in a header: C0 controls or DEL."""
    return _CONTROL.search(text) is not None


_TAG_CHARACTERS = frozenset(string.ascii_letters + string.digits + " +-=._:/")


def is_tag_text(text: str) -> bool:
    """Whether every character of `text` may stand in an object tag ("PutObjectTagging")."""
    return all(character in _TAG_CHARACTERS for character in text)


def is_wide_tag_text(text: str) -> bool:
    """The same as S3 has it: letters, numbers and blanks of all languages ("Tag restrictions")."""
    return all(
        character in "+-=._:/@" or unicodedata.category(character)[0] in "LMNZ"
        for character in text
    )


_ASCII_LOWER = {ord(upper): upper.lower() for upper in string.ascii_uppercase}


def fold_field_name(name: str) -> str:
    """The name of a form field in lower case, as which all its spellings are one field.

    ASCII letters only (OSS: "PostObject", field names): `str.lower` would turn the Kelvin sign
    into a `k`, and a form could then send a `key` that no policy names.
    """
    # A tenth of the time, and names that nobody minds are ASCII.
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)
