"""What boto3 tells of an answer, in fewer words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.s3_store import ALL_USERS


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    """Status and code of a refusal."""
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def granted_to_all(acl: dict[str, Any]) -> list[str]:
    """What everybody may, in an answer of GetBucketAcl or GetObjectAcl."""
    return sorted(g["Permission"] for g in acl["Grants"] if g["Grantee"].get("URI") == ALL_USERS)
