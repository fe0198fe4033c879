"""Referer rules of a bucket: which web pages may show its objects (OSS: "Hotlink protection").

They hold for requests to objects without an Authorization header: anonymous ones and signed URLs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from pillarbox.model import refusals
from pillarbox.model.names import has_control_characters

#: Under which kind the catalog keeps a bucket's rules.
REFERER = "referer"

#: Characters. No documented limit; a longer Referer names no page that anybody could mean.
MAX_REFERER_LENGTH = 8192

_PATH = re.compile(r"[^:/?#]+://[^/?#]*")


@dataclass(frozen=True, slots=True)
class RefererConfiguration:
    """The rules; as they stand here they let everybody in.

    Attributes:
        allow_empty: whether a request may come without a Referer.
        truncate_query: whether a Referer is compared without its query.
        truncate_path: whether it is compared without its path and what follows.
        allowed: patterns of the whitelist; `*` stands for any text, `?` for one character.
        refused: patterns of the blacklist, which goes before the whitelist.
    """

    allow_empty: bool = True
    truncate_query: bool = True
    truncate_path: bool = False
    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def allows(self, referer: str) -> bool:
        """Whether a request with this Referer, empty for none, may come in."""
        if not referer:
            return self.allow_empty or not self.allowed
        if len(referer) > MAX_REFERER_LENGTH:
            return not (self.allowed or self.refused)
        compared = self._compared(referer)
        if any(_matches(pattern, compared) for pattern in self.refused):
            return False
        return not self.allowed or any(_matches(pattern, compared) for pattern in self.allowed)

    def _compared(self, referer: str) -> str:
        if self.truncate_path and (host := _PATH.match(referer)):
            return host[0]
        if self.truncate_query or self.truncate_path:
            return referer.partition("?")[0]
        return referer


def check_referers(patterns: Sequence[str]) -> None:
    """Raise the refusal `InvalidArgument` for a pattern that no Referer could match."""
    for pattern in patterns:
        if not pattern or has_control_characters(pattern):
            raise refusals.INVALID_ARGUMENT(ArgumentName="Referer", ArgumentValue=pattern[:128])


def referer_document(configuration: RefererConfiguration) -> str:
    """The configuration as the JSON that the catalog keeps."""
    return json.dumps(asdict(configuration), separators=(",", ":"), ensure_ascii=False)


def read_referer_document(text: str) -> RefererConfiguration:
    """The inverse of `referer_document`."""
    document = json.loads(text)
    document["allowed"] = tuple(document["allowed"])
    document["refused"] = tuple(document["refused"])
    return RefererConfiguration(**document)


def _matches(pattern: str, text: str) -> bool:
    """Whether `text` begins with what the pattern stands for, in any letter case.

    Piece by piece between the stars, each as far left as it goes: one expression for the whole
    would try every combination of places.
    """
    first, *others = pattern.lower().split("*")
    text = text.lower()
    found = _piece(first).match(text)
    for piece in others:
        if found is None:
            return False
        found = _piece(piece).search(text, found.end())
    return found is not None


@lru_cache(maxsize=4096)
def _piece(piece: str) -> re.Pattern[str]:
    return re.compile(re.escape(piece).replace(r"\?", "."), re.DOTALL)
