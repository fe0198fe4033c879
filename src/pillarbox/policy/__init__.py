"""The post policy: what a form may contain, and until when (OSS: "PostObject", policy).

A web site hands out a form together with a policy that it signed. Whoever fills in the form can
change every field, but not the policy; so the store checks the form against it. On the wire the
policy is one form field, the standard base64 of a JSON document::

    {"expiration": "2030-01-01T12:00:00.000Z",
     "conditions": [
        {"bucket": "photos"},
        ["starts-with", "$key", "user/eric/"],
        ["eq", "$success_action_status", "201"],
        ["in", "$content-type", ["image/jpeg", "image/png"]],
        ["not-in", "$cache-control", ["no-cache"]],
        ["content-length-range", 1, 10485760]]}

- Both members must be there, no other may. `expiration` is UTC and ends in `Z`; at that moment
  the policy is over.
- Each condition must hold, also several on one field. `{"field": "text"}` is short for
  `["eq", "$field", "text"]`. Operators and field names are read in any case, values are not; the
  `$` before a name may be missing.
- `\\$` in a value stands for a plain `$`: `user/\\${filename}` allows the key `user/${filename}`,
  for conditions see a key before `${filename}` is expanded.
- A field that no condition names is not checked, unless the caller asks for its coverage.
- Several content-length-ranges: a file must fit into all.

The order of a check, each step with its refusal::

    policy = read_policy(field)                  # 400 InvalidPolicyDocument
    check_expiry(policy, now)                    # 403 AccessDenied, as the next two
    check_coverage(policy, names)
    check_conditions(policy, values)
    check_policy_ceilings(policy, ceilings, now)  # the operator's
    check_size_ceiling(policy.size_range, size)  # 400 EntityTooLarge, as bytes arrive
    check_size_floor(policy.size_range, size)    # 400 EntityTooSmall, at the end of the file

Policies of the S3 dialect differ in some points (`PolicyRules`); which one signed, the form says.

`judge` tells the verdict of every condition instead of refusing at the first. `write_policy` and
`encode_policy` go the other way. The signature is not looked at here: see `pillarbox.signing`.
"""

from pillarbox.policy.ceilings import (
    NO_CEILINGS,
    Ceilings,
    check_policy_ceilings,
    check_upload_size,
    upload_ceiling,
)
from pillarbox.policy.conditions import (
    Condition,
    ContentLengthRange,
    Equals,
    FieldCondition,
    In,
    NotIn,
    StartsWith,
)
from pillarbox.policy.document import MAX_CONDITIONS, PostPolicy, read_policy
from pillarbox.policy.evaluation import (
    ABSENT,
    Verdict,
    check_conditions,
    check_coverage,
    check_expiry,
    check_size_ceiling,
    check_size_floor,
    check_strict_coverage,
    judge,
)
from pillarbox.policy.rules import OSS_POLICY, S3_POLICY, PolicyRules, policy_rules
from pillarbox.policy.size_range import SizeRange
from pillarbox.policy.writing import ConditionEntry, encode_policy, write_policy

__all__ = [
    "ABSENT",
    "MAX_CONDITIONS",
    "NO_CEILINGS",
    "OSS_POLICY",
    "S3_POLICY",
    "Ceilings",
    "Condition",
    "ConditionEntry",
    "ContentLengthRange",
    "Equals",
    "FieldCondition",
    "In",
    "NotIn",
    "PolicyRules",
    "PostPolicy",
    "SizeRange",
    "StartsWith",
    "Verdict",
    "check_conditions",
    "check_coverage",
    "check_expiry",
    "check_policy_ceilings",
    "check_size_ceiling",
    "check_size_floor",
    "check_strict_coverage",
    "check_upload_size",
    "encode_policy",
    "judge",
    "policy_rules",
    "read_policy",
    "upload_ceiling",
    "write_policy",
]
