"""Permission documents: RAM policies of users and roles, bucket policies, trust policies.

One grammar for all (RAM: "Policy elements"; OSS: "Policy syntax and elements"), a JSON document::

    {"Version": "1",
     "Statement": [
       {"Sid": "uploads",
        "Effect": "Allow",
        "Principal": ["1234567890123456:user/webform"],
        "Action": ["oss:PutObject", "oss:AbortMultipartUpload"],
        "Resource": ["acs:oss:*:*:photos/incoming/*"],
        "Condition": {"IpAddress": {"acs:SourceIp": ["192.0.2.0/24"]},
                      "Bool": {"acs:SecureTransport": ["true"]}}}]}

- A statement speaks of a request if all of its elements do. `NotAction` stands for every action
  but those. Of conditions each must hold, of a condition's values one (of a negated one's none).
- `*` stands for any text, `?` for one character, in actions, resources and the Like operators.
- Whoever is denied by one statement is denied, whatever others allow; whoever no statement allows
  is not allowed.
- Only bucket policies and trust policies have a `Principal`: an account (`1234…`), a user
  (`1234…:user/NAME`), a role's sessions (`1234…:role/NAME`), the same with `acs:ram::` in front,
  or `*`.

What is not understood is refused when a document is put, with the number of its statement, and
never ignored: a condition that nobody checks is a door that somebody believes to be shut.
"""

from pillarbox.access.ram.conditions import Condition
from pillarbox.access.ram.document import (
    DocumentKind,
    RamPolicy,
    RamPolicyError,
    Statement,
    kept_ram_policy,
    read_ram_policy,
)
from pillarbox.access.ram.evaluation import Effect, Finding, evaluate, looks_at
from pillarbox.access.ram.question import Question, RequestContext, Requester

__all__ = [
    "Condition",
    "DocumentKind",
    "Effect",
    "Finding",
    "Question",
    "RamPolicy",
    "RamPolicyError",
    "RequestContext",
    "Requester",
    "Statement",
    "evaluate",
    "kept_ram_policy",
    "looks_at",
    "read_ram_policy",
]
