"""Resource elements: `acs:oss:REGION:ACCOUNT:PATH` (OSS: "Policy syntax and elements").

A role that may be assumed is `acs:ram::ACCOUNT:role/NAME`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pillarbox.access.ram.question import Question
from pillarbox.access.ram.wildcards import matches_pattern

_PARTS = 5
_ROLE = "role/"


@dataclass(frozen=True, slots=True)
class ResourcePattern:
    """One Resource element, by its parts; each may hold `*` and `?`.

    Attributes:
        service: `oss`, `ram`, or `*`.
        region: such as `oss-cn-hangzhou`; empty stands for any, as does `*`.
        account: of the bucket's owner; empty stands for any, as does `*`.
        path: `BUCKET`, `BUCKET/KEY`, `role/NAME`, `*`.
    """

    service: str
    region: str
    account: str
    path: str

    def covers(self, question: Question) -> bool:
        """Whether the pattern stands for what the question is about."""
        return (
            self.service in ("*", question.service)
            and self._covers_region(question.region)
            and _covers(self.account, question.owner_id or "")
            and matches_pattern(self.path, question.path)
        )

    def may_name_bucket(self, bucket: str) -> bool:
        """Whether it can stand for something in `bucket`."""
        return self.service in ("oss", "*") and matches_pattern(self.path.partition("/")[0], bucket)

    def _covers_region(self, region: str) -> bool:
        return _covers(self.region, region) or matches_pattern(self.region, f"oss-{region}")


def _may_name_role(path: str) -> bool:
    """Whether a pattern can stand for `role/NAME`, as far as its letters up to a wildcard tell."""
    letters = re.split(r"[*?]", path)[0]
    if letters == path:
        return len(path) > len(_ROLE) and path.startswith(_ROLE)
    return letters.startswith(_ROLE) or _ROLE.startswith(letters)


def _covers(pattern: str, text: str) -> bool:
    return not pattern or matches_pattern(pattern, text)


def read_resource(text: str) -> ResourcePattern:
    """The pattern that `text` spells; `*` alone is everything.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if text == "*":
        return ResourcePattern("*", "", "", "*")
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "acs" or parts[1] not in ("oss", "ram", "*"):
        raise ValueError(
            f"the Resource {text!r} is none of OSS: write acs:oss:*:*:BUCKET/KEY, or *"
        )
    if "${" in text:
        raise ValueError(f"the Resource {text!r} has a variable: variables are not understood")
    if not parts[4]:
        raise ValueError(f"the Resource {text!r} names no bucket: write acs:oss:*:*:BUCKET/KEY")
    if parts[1] == "ram" and not (parts[2] in ("", "*") and _may_name_role(parts[4])):
        raise ValueError(f"the Resource {text!r} names no role: write acs:ram::ACCOUNT:role/NAME")
    return ResourcePattern(parts[1], parts[2], parts[3], parts[4])
