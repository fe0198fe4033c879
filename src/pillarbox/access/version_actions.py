"""What is asked of the rules about a version that a request names.

OSS and S3: permissions of each operation.
"""

from __future__ import annotations

from pillarbox.model.versioning import NamedVersion

_ACTIONS = {
    f"oss:{name}": f"oss:{version}"
    for name, version in (
        ("GetObject", "GetObjectVersion"),
        ("GetObjectAcl", "GetObjectVersionAcl"),
        ("GetObjectTagging", "GetObjectVersionTagging"),
        ("PutObjectAcl", "PutObjectVersionAcl"),
        ("PutObjectTagging", "PutObjectVersionTagging"),
        ("DeleteObject", "DeleteObjectVersion"),
        ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
        ("RestoreObject", "RestoreObjectVersion"),
    )
}


def version_action(action: str, named: NamedVersion | None) -> str:
    """What the rules are asked: `action`, or its like of versions where one is named."""
    return action if named is None else _ACTIONS[action]
