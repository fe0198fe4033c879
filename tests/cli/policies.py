"""Permission documents for tests of commands that take one."""

from __future__ import annotations

import json

UPLOADS = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Sid": "uploads",
                "Effect": "Allow",
                "Action": "oss:PutObject",
                "Resource": "acs:oss:*:*:photos/incoming/*",
            }
        ],
    }
)

#: The second statement has what nobody understands.
FAULTY = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": "oss:PutObject",
                "Resource": "*",
                "Condition": {"StringEquals": {"oss:Colour": "red"}},
            },
        ],
    }
)


def trust(account_id: str) -> str:
    """A trust policy for an account."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": account_id}}
    return json.dumps({"Version": "1", "Statement": [statement]})
