"""The V1 signature of a form (OSS: "PostObject", "POST V1 signature")."""

from __future__ import annotations

import base64
import hmac


def sign(secret: str, policy_field: bytes) -> str:
    """The value of the form field `Signature`: base64 of HMAC-SHA1 over the policy field.

    Args:
        secret: of the AccessKey.
        policy_field: the base64 text of the field `policy`, byte for byte as it stands in the
            form. It is never decoded and encoded again: white space inside it counts.
    """
    digest = hmac.digest(secret.encode("utf-8"), policy_field, "sha1")
    return base64.b64encode(digest).decode("ascii")
