"""The refusal of a wrong header or URL signature: it shows what the server signed, so that the
client's author can lay it beside what the client signed (OSS: "Error responses").
"""

from __future__ import annotations

import re
from html import escape

from pillarbox.model import refusals
from pillarbox.model.dialects import OSS, Dialect

# oss2 reads at most 4,096 bytes of an error document. These budgets, in bytes of XML, leave some
# 1,400 for everything else in it.
_MAX_STRING = 1000
_MAX_SHOWN_IN_HEX = 400  # three characters each
_MAX_VALUE = 160
# A V4 string to sign is short, so that the canonical request takes its place in the budget.
_MAX_V4_STRING = 400
_MAX_V4_SHOWN_IN_HEX = 200
_MAX_CANONICAL_REQUEST = 1000

# What XML 1.0 can't hold, by production 2 [Char].
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def signature_mismatch(
    access_key_id: str,
    signature_provided: str,
    string_to_sign: bytes,
    *,
    canonical_request: bytes | None = None,
    ec: str | None = None,
    dialect: Dialect = OSS,
) -> refusals.Refusal:
    """`SignatureDoesNotMatch` with the children that OSS documents.

    Args:
        string_to_sign: what the server signed. `StringToSignBytes` has it in hex, for what can't
            be seen in the text. Both are cut where they would be too long for the document.
        canonical_request: of a V4 signature, whose string to sign holds only its hash.
        ec: where it isn't that of a header's signature.
    """
    if canonical_request is None:
        text_size, hex_size, more = _MAX_STRING, _MAX_SHOWN_IN_HEX, {}
    else:
        text_size, hex_size = _MAX_V4_STRING, _MAX_V4_SHOWN_IN_HEX
        shown = canonical_request.decode("utf-8", "replace")
        more = {"CanonicalRequest": _fit(shown, _MAX_CANONICAL_REQUEST)}
    details = {
        dialect.access_key_field: _fit(access_key_id, _MAX_VALUE),
        "SignatureProvided": _fit(signature_provided, _MAX_VALUE),
        "StringToSign": _fit(string_to_sign.decode("utf-8", "replace"), text_size),
        "StringToSignBytes": string_to_sign[:hex_size].hex(" ").upper(),
        **more,
    }
    return refusals.SIGNATURE_DOES_NOT_MATCH(ec=ec, **details)


def _fit(text: str, size: int) -> str:
    """`text` as XML can hold it, cut so that it takes at most `size` bytes when escaped."""
    used = 0
    kept = []
    for character in _ILLEGAL.sub("\ufffd", text):
        used += len(escape(character).encode("utf-8"))
        if used > size:
            break
        kept.append(character)
    return "".join(kept)
