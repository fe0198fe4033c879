"""What an operator decided that changes the verdict on a form."""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.policy.ceilings import NO_CEILINGS, Ceilings


@dataclass(frozen=True, slots=True)
class StoreRules:
    """How a store judges where stores differ.

    Attributes:
        strict_forms: a policy must name every field that matters.
        s3_forms: the bucket expects forms of S3: see `bucket_forms`.
        leading_slash_keys: a key may begin with `/` or a backslash.
        encrypted_at_rest: the disk is encrypted, so AES256 may be asked for.
        ceilings: what any policy may allow, and any upload be, at most.
    """

    strict_forms: bool = False
    leading_slash_keys: bool = False
    encrypted_at_rest: bool = False
    ceilings: Ceilings = NO_CEILINGS
    s3_forms: bool = False


#: Those of a store where nobody decided anything.
USUAL_RULES = StoreRules()
