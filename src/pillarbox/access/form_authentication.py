"""Who signed a form (OSS: "POST V1 signature", "POST V4 signature"; S3: V2 and V4).

The order is OSS's as far as it shows: key id, signature, then the policy document. Only the
algorithm that the form names is tried.
"""

from __future__ import annotations

from datetime import datetime

from pillarbox.access.caller import ANONYMOUS, Caller
from pillarbox.access.signers import Signer, Signers
from pillarbox.forms.fields import SubmittedForm
from pillarbox.forms.submitted_signature import SignedV1, SignedV4, Unsigned, signature_of
from pillarbox.model import refusals
from pillarbox.model.dialects import Dialect
from pillarbox.policy import PostPolicy, policy_rules, read_policy
from pillarbox.signing import post_v1, post_v4
from pillarbox.signing.comparison import matches

EC_SIGNATURE = "0002-00000705"


class VerifiedPolicies:
    """Policies whose signature was found right, beside the policy that was read.

    A site signs one policy and a thousand visitors post it. The secret is part of the entry's
    name, so that a key made anew under an old id never meets an old entry.
    """

    def __init__(self, capacity: int = 1024, largest: int = 16 * 1024) -> None:
        """Keep at most `capacity` policies of at most `largest` characters each."""
        self._capacity = capacity
        self._largest = largest
        self._entries: dict[tuple[str, ...], PostPolicy] = {}

    def get(self, *name: str) -> PostPolicy | None:
        """The policy that was kept under `name`, or None."""
        return self._entries.get(name)

    def keep(self, policy: PostPolicy, *name: str) -> None:
        """Remember `policy`; the oldest entry makes room."""
        if sum(map(len, name)) > self._largest:
            return
        if len(self._entries) >= self._capacity:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = policy


async def authenticate_form(
    form: SubmittedForm,
    signers: Signers,
    now: datetime,
    region: str | None,
    verified: VerifiedPolicies,
) -> tuple[Caller, PostPolicy | None]:
    """The signer of a form and the policy that was signed; anybody and None without a signature.

    Args:
        now: aware.
        region: the only one that a V4 credential may name, None for any.

    Raises:
        Refusal: for an incomplete, unknown or wrong signature, or a policy that can't be read.
    """
    signature = signature_of(form)
    token = form.own("security-token") or None
    match signature:
        case Unsigned():
            return ANONYMOUS, None
        case SignedV1():
            signer = await signers.find(signature.access_key_id, token, now)
            policy = _verify_v1(signature, signer, form.dialect, verified)
        case SignedV4():
            scope = post_v4.Scope.parse(signature.credential, form.dialect)
            date = post_v4.parse_date(signature.date, form.dialect)
            post_v4.check_date(scope, date, now, form.dialect)
            post_v4.check_region(scope, region, form.dialect)
            signer = await signers.find(scope.access_key_id, token, now)
            policy = _verify_v4(signature, scope, signer, form.dialect, verified)
    return signer.caller, policy


def _verify_v1(
    given: SignedV1, signer: Signer, dialect: Dialect, verified: VerifiedPolicies
) -> PostPolicy:
    # The dialect is part of the name: V1 and S3's V2 sign alike, and their policies mean others.
    name = (dialect.name, signer.access_key_id, signer.secret, given.policy, given.signature)
    policy = verified.get(*name)
    if policy is None:
        _compare(post_v1.sign(signer.secret, given.policy.encode("utf-8")), given.signature, signer)
        policy = read_policy(given.policy, policy_rules(dialect))
        verified.keep(policy, *name)
    return policy


def _verify_v4(
    given: SignedV4,
    scope: post_v4.Scope,
    signer: Signer,
    dialect: Dialect,
    verified: VerifiedPolicies,
) -> PostPolicy:
    name = (
        f"{dialect.name} v4",
        scope.day,
        scope.region,
        signer.access_key_id,
        signer.secret,
        given.policy,
        given.signature,
    )
    policy = verified.get(*name)
    if policy is None:
        text = given.policy.encode("utf-8")
        _compare(post_v4.sign(signer.secret, scope, text, dialect), given.signature, signer)
        policy = read_policy(given.policy, policy_rules(dialect))
        verified.keep(policy, *name)
    return policy


def _compare(expected: str, given: str, signer: Signer) -> None:
    """The form's string to sign is the policy field itself, which the client has: not repeated."""
    if not matches(expected, given):
        raise refusals.SIGNATURE_DOES_NOT_MATCH(
            ec=EC_SIGNATURE, OSSAccessKeyId=signer.access_key_id, SignatureProvided=given[:128]
        )
