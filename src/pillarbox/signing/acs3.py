"""ACS3-HMAC-SHA256, as today's clients of Alibaba's other services sign (STS among them).

The canonical request has the verb, the path, the sorted query, one line `name:value` for each
signed header, an empty line, the names of the signed headers joined by `;`, and the hex SHA-256 of
the body. What is signed is the algorithm's name and the hex SHA-256 of all that.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pillarbox.signing.percent_encoding import percent_encoded

ALGORITHM = "ACS3-HMAC-SHA256"

#: These decide what is done and when; left out of the signature they could be changed on the way.
REQUIRED_HEADERS = frozenset(
    {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"}
)

#: And of a call with a body: says how it is read.
BODY_HEADERS = frozenset({"content-type"})

_MEMBER = re.compile(r"\s*([A-Za-z]+)=([^,]*?)\s*")


@dataclass(frozen=True, slots=True)
class Authorization:
    """An Authorization header, taken apart.

    Attributes:
        signed_headers: lower case names, in the order given.
        signature: lower case hex.
    """

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str, *, has_body: bool) -> Self:
        """Read `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=…`.

        Args:
            has_body: whether the call has one, of at least a byte.

        Raises:
            ValueError: it is none.
        """
        algorithm, _, rest = header.strip().partition(" ")
        if algorithm != ALGORITHM:
            raise ValueError(f"the signature is none of {ALGORITHM}")
        members: dict[str, str] = {}
        for item in rest.split(","):
            found = _MEMBER.fullmatch(item)
            if found is None or found[1] in members:
                raise ValueError("the Authorization header is malformed")
            members[found[1]] = found[2]
        if set(members) != {"Credential", "SignedHeaders", "Signature"}:
            raise ValueError("the Authorization header is malformed")
        names = tuple(members["SignedHeaders"].split(";"))
        required = REQUIRED_HEADERS | BODY_HEADERS if has_body else REQUIRED_HEADERS
        if len(set(names)) != len(names) or not set(names) >= required:
            wanted = ", ".join(sorted(required))
            raise ValueError(f"the Authorization header does not sign all of {wanted}")
        return cls(members["Credential"], names, members["Signature"])


def canonical_request(
    method: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed_headers: Iterable[str],
    body_sha256: str,
) -> str:
    """The canonical request of a call, whose path is always `/`.

    Args:
        method: uppercase.
        query: decoded.
        headers: lower case name to value; a signed one that isn't there counts as empty.
        signed_headers: lower case, in the order of the Authorization header.
        body_sha256: lower case hex.
    """
    names = tuple(signed_headers)
    pairs = sorted((percent_encoded(name), percent_encoded(value)) for name, value in query)
    lines = [
        method,
        "/",
        "&".join(f"{name}={value}" for name, value in pairs),
        *(f"{name}:{headers.get(name, '').strip()}" for name in names),
        "",
        ";".join(names),
        body_sha256,
    ]
    return "\n".join(lines)


def sign(secret: str, canonical: str) -> str:
    """The signature of a canonical request, lower case hex."""
    digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    return hmac.digest(secret.encode("utf-8"), f"{ALGORITHM}\n{digest}".encode(), "sha256").hex()
