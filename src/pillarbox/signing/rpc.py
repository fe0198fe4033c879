"""The signature of RPC calls, as clients of STS send them (facts 6.5; STS: "AssumeRole", requests).

All parameters of a call stand in its query or in its body as a form; one of them is the signature.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from pillarbox.signing.percent_encoding import percent_encoded

METHOD = "HMAC-SHA1"
VERSION = "1.0"


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """What is signed: the verb, the path `/`, and all parameters but `Signature`, sorted by name.

    Args:
        method: uppercase.
        parameters: decoded.
    """
    canonical = "&".join(
        f"{percent_encoded(name)}={percent_encoded(value)}"
        for name, value in sorted(parameters.items())
        if name != "Signature"
    )
    return f"{method}&{percent_encoded('/')}&{percent_encoded(canonical)}"


def sign(secret: str, text: str) -> str:
    """The parameter `Signature`: base64 of HMAC-SHA1, under the secret with an `&` behind it."""
    digest = hmac.digest(f"{secret}&".encode(), text.encode("utf-8"), "sha1")
    return base64.b64encode(digest).decode("ascii")
