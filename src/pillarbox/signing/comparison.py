"""The one place that compares a signature with the one that we computed."""

from __future__ import annotations

import hmac


def matches(expected: str, given: str) -> bool:
    """Whether `given` is the signature `expected`, in a time that doesn't tell where they differ.

    Both stay text: a `given` that is no base64 or hex at all is a wrong signature like any other,
    not a malformed request (OSS: "POST V1 signature"). Any text may be given, lone surrogates
    included; `hmac.compare_digest` itself takes only ASCII text.
    """
    return hmac.compare_digest(expected.encode("utf-8"), given.encode("utf-8", "surrogatepass"))
