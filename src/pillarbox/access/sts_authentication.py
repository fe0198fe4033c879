"""Who calls STS: the two ways in which clients sign (facts 6.5; `signing.rpc`, `signing.acs3`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pillarbox.access.assume_role import StsRefusal
from pillarbox.access.caller import Caller
from pillarbox.access.nonces import MAX_NONCE_LENGTH, Nonces
from pillarbox.access.signers import Signer, Signers
from pillarbox.model.limits import MAX_CLOCK_SKEW_SECONDS
from pillarbox.model.refusals import Refusal
from pillarbox.signing import acs3, rpc
from pillarbox.signing.comparison import matches

_SKEW = timedelta(seconds=MAX_CLOCK_SKEW_SECONDS)
#: SDK: ali-oss sends milliseconds.
_FORMATS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ")


async def authenticate_rpc(
    method: str, parameters: Mapping[str, str], signers: Signers, nonces: Nonces, now: datetime
) -> Caller:
    """The caller of a call whose signature is one of its parameters.

    Raises:
        StsRefusal: it is none, too old, or was heard before.
    """
    get = parameters.get
    if get("SignatureMethod") != rpc.METHOD or get("SignatureVersion") != rpc.VERSION:
        raise StsRefusal(
            "InvalidParameter.SignatureMethod",
            400,
            f"The signature must be one of {rpc.METHOD}, version {rpc.VERSION}.",
        )
    _check_time(get("Timestamp") or "", now)
    signer = await _signer(get("AccessKeyId") or "", get("SecurityToken") or None, signers, now)
    text = rpc.string_to_sign(method, parameters)
    if not matches(rpc.sign(signer.secret, text), get("Signature") or ""):
        raise _mismatch(text)
    await _use(nonces, signer, get("SignatureNonce") or "", now)
    return signer.caller


async def authenticate_acs3(
    method: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    signers: Signers,
    nonces: Nonces,
    now: datetime,
) -> Caller:
    """The caller of a call that is signed in its header.

    Args:
        headers: lower case names.

    Raises:
        StsRefusal: as of `authenticate_rpc`, or the body is another than was signed.
    """
    try:
        given = acs3.Authorization.parse(headers.get("authorization", ""), has_body=bool(body))
    except ValueError as error:
        raise StsRefusal("IncompleteSignature", 400, f"{error}.") from None
    _check_time(headers.get("x-acs-date", ""), now)
    digest = hashlib.sha256(body).hexdigest()
    if headers.get("x-acs-content-sha256", "").strip().lower() != digest:
        raise StsRefusal(
            "InvalidParameter.ContentSha256", 400, "x-acs-content-sha256 is not that of the body."
        )
    token = headers.get("x-acs-security-token") or None
    signer = await _signer(given.access_key_id, token, signers, now)
    canonical = acs3.canonical_request(method, query.items(), headers, given.signed_headers, digest)
    if not matches(acs3.sign(signer.secret, canonical), given.signature):
        raise _mismatch(canonical)
    await _use(nonces, signer, headers.get("x-acs-signature-nonce", ""), now)
    return signer.caller


def _check_time(text: str, now: datetime) -> None:
    stamp = _moment(text)
    if stamp is None:
        raise StsRefusal(
            "InvalidTimeStamp.Format", 400, "The time must be written as 2030-01-01T00:00:00Z."
        )
    if abs(now - stamp) > _SKEW:
        raise StsRefusal(
            "InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."
        )


def _moment(text: str) -> datetime | None:
    for form in _FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None


async def _signer(access_key_id: str, token: str | None, signers: Signers, now: datetime) -> Signer:
    try:
        return await signers.find(access_key_id, token, now)
    except Refusal as refusal:
        if refusal.code == "InvalidAccessKeyId":
            raise StsRefusal(
                "InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."
            ) from None
        raise StsRefusal(refusal.code, int(refusal.status), refusal.message) from None


async def _use(nonces: Nonces, signer: Signer, nonce: str, now: datetime) -> None:
    if not nonce:
        raise StsRefusal("MissingSignatureNonce", 400, "SignatureNonce is mandatory.")
    if len(nonce) > MAX_NONCE_LENGTH:
        raise StsRefusal(
            "InvalidParameter.SignatureNonce",
            400,
            f"SignatureNonce must have {MAX_NONCE_LENGTH} characters at most.",
        )
    if not await nonces.use(signer.caller, nonce, now):
        raise StsRefusal("SignatureNonceUsed", 400, "Specified signature nonce was used already.")


def _mismatch(text: str) -> StsRefusal:
    return StsRefusal(
        "SignatureDoesNotMatch",
        400,
        f"Specified signature is not matched with our calculation. server string to sign is:{text}",
    )
