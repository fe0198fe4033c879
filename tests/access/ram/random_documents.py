"""Random permission documents, as JSON that a store would be given, and random questions.

Patterns are made of what questions ask for, with pieces replaced by wildcards, so that many match.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from hypothesis import strategies as st

from pillarbox.access.ram import (
    DocumentKind,
    Question,
    RamPolicy,
    RamPolicyError,
    Requester,
    read_ram_policy,
)
from tests.access.ram import questions
from tests.access.ram.questions import NOW, OWNER, STRANGER, question

ACTIONS = [
    *("oss:GetObject", "oss:PutObject", "oss:DeleteObject", "oss:GetObjectAcl"),
    *("oss:PutObjectAcl", "oss:ListObjects", "oss:PutBucketCors"),
]
BUCKETS = ["photos", "videos"]
KEYS = ["a", "incoming/a.pdf", "incoming/", "outgoing/a.pdf"]
PREFIXES = ["", "incoming/", "secret/"]
ADDRESSES = ["192.0.2.7", "198.51.100.1", "::ffff:192.0.2.7", "2001:db8::7"]
MOMENTS = [NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)]

REQUESTERS = [
    *(questions.ANYBODY, questions.ACCOUNT, questions.USER, questions.SESSION),
    *(questions.OTHER_ACCOUNT, questions.OTHER_USER),
]

EVERYBODY = "*"
SOMEBODY = [
    *(OWNER, STRANGER, f"acs:ram::{OWNER}:root", f"{OWNER}:user/webform", f"{OWNER}:user/w*"),
    *(f"{STRANGER}:user/*", "*:user/guest", f"{OWNER}:role/uploader", f"{OWNER}:role/*/app"),
]


def _pattern(texts: Sequence[str]) -> st.SearchStrategy[str]:
    """One of the texts, as it is or with a piece of it replaced by a wildcard."""
    return st.builds(
        _blurred,
        st.sampled_from(texts),
        st.sampled_from(["", "*", "*", "?"]),
        st.integers(0, 20),
        st.integers(0, 20),
    )


def _blurred(text: str, wildcard: str, start: int, length: int) -> str:
    if not wildcard:
        return text
    length = 1 if wildcard == "?" else length
    return f"{text[:start]}{wildcard}{text[start + length :]}"


def _some(one: st.SearchStrategy[str], most: int = 2) -> st.SearchStrategy[Any]:
    """One text, or a list of some."""
    return one | st.lists(one, min_size=1, max_size=most)


_paths = [*BUCKETS, *(f"{bucket}/{key}" for bucket in BUCKETS for key in KEYS)]

_resources = st.sampled_from(["*", "acs:oss:*:*:*", "acs:oss:*:*:photos*"]) | st.builds(
    "acs:{}:{}:{}:{}".format,
    st.sampled_from(["oss", "*"]),
    st.sampled_from(["*", "*", "", "cn-hangzhou", "oss-cn-hangzhou", "oss-cn-beijing"]),
    st.sampled_from(["*", "*", "", OWNER, STRANGER]),
    _pattern(_paths) | st.just("*"),
)

_moments = st.sampled_from([moment.isoformat() for moment in MOMENTS])
_ranges = st.sampled_from(
    ["192.0.2.0/24", "198.51.100.1", "::ffff:192.0.2.0/120", "2001:db8::/32", "0.0.0.0/0", "::/0"]
)
_truth = st.sampled_from(["true", "false"])
_tests = {
    **dict.fromkeys(["IpAddress", "NotIpAddress"], (["acs:SourceIp"], _ranges)),
    "Bool": (["acs:SecureTransport", "pillarbox:Form"], _truth),
    **dict.fromkeys(
        ["DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals"],
        (["acs:CurrentTime"], _moments),
    ),
    **dict.fromkeys(
        ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
        (["oss:Prefix", "oss:Delimiter", "acs:UserAgent"], _pattern([*PREFIXES, "/", "curl/8"])),
    ),
}


_condition = st.one_of(
    [
        st.builds(
            lambda operator, key, values: {operator: {key: values}},
            st.just(operator),
            st.sampled_from(keys),
            _some(values.filter(bool)),
        )
        for operator, (keys, values) in _tests.items()
    ]
)
_conditions = st.sampled_from([0, 0, 1]).flatmap(lambda some: _condition if some else st.just({}))

_broad = st.sampled_from(["*", "oss:*", "oss:Get*", "oss:Put*", "oss:*Object"])
_actions = _some(_pattern(ACTIONS) | _broad)


def _principals(*, public: bool) -> st.SearchStrategy[Any]:
    return _some(st.sampled_from([*SOMEBODY, *([EVERYBODY] * len(SOMEBODY) if public else [])]))


def _statements(
    kind: DocumentKind, effect: str, *, public: bool
) -> st.SearchStrategy[dict[str, Any]]:
    common: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.just(effect),
        "Resource": _some(_resources),
        "Condition": _conditions,
    }
    if kind is DocumentKind.BUCKET:
        common["Principal"] = _principals(public=public or effect == "Deny")
    named, others = ({name: _actions, **common} for name in ("Action", "NotAction"))
    return st.fixed_dictionaries(named) | st.fixed_dictionaries(others)


def _read(entries: Sequence[dict[str, Any]], kind: DocumentKind) -> RamPolicy | None:
    """The document of these statements; None if none is taken: a NotAction may leave nothing."""
    try:
        return read_ram_policy(json.dumps({"Version": "1", "Statement": entries}), kind)
    except RamPolicyError:
        return None


def policies(
    kind: DocumentKind, effect: str | None = None, *, most: int = 2, public: bool = True
) -> st.SearchStrategy[RamPolicy]:
    """Documents that a store takes, read.

    Args:
        effect: the only one of the statements, None for either.
        most: statements.
        public: whether a statement that allows may name everybody.
    """
    effects = ["Allow", "Deny"] if effect is None else [effect]
    one = st.one_of([_statements(kind, effect, public=public) for effect in effects])
    listed = st.lists(one, min_size=1, max_size=most)
    read = listed.map(lambda entries: _read(entries, kind))
    return read.filter(lambda policy: policy is not None)  # type: ignore[return-value]


def _asked(
    action: str, key: str | None, requester: Requester, bucket: str, parts: dict[str, Any]
) -> Question:
    return replace(question(action, key, requester, **parts), bucket=bucket)


#: Questions of anybody about a bucket of `OWNER` or something in it.
asked = st.builds(
    _asked,
    st.sampled_from(ACTIONS),
    st.sampled_from([None, *KEYS]),
    st.sampled_from(REQUESTERS),
    st.sampled_from(["photos", *BUCKETS]),
    st.fixed_dictionaries(
        {
            "now": st.sampled_from(MOMENTS),
            "source_ip": st.sampled_from([None, *map(ip_address, ADDRESSES)]),
            "secure": st.booleans(),
            "form": st.booleans(),
            "prefix": st.sampled_from([None, *PREFIXES]),
            "delimiter": st.sampled_from([None, "/"]),
            "user_agent": st.sampled_from([None, "curl/8"]),
        }
    ),
)
