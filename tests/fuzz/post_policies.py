"""Post policies: the document, what it says of a form, and the same document written anew.

Input: a byte whose lowest bit chooses the dialect, then lines `NAME=VALUE` of a form, an empty
line, and the policy's JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.model.dialects import OSS, S3
from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import Refusal
from pillarbox.policy import (
    Ceilings,
    PostPolicy,
    check_conditions,
    check_coverage,
    check_expiry,
    check_policy_ceilings,
    check_size_ceiling,
    check_size_floor,
    encode_policy,
    policy_rules,
    read_policy,
)
from pillarbox.policy.conditions import ContentLengthRange, FieldCondition
from pillarbox.policy.document import MAX_CONDITIONS
from pillarbox.policy.evaluation import judge
from pillarbox.policy.rules import PolicyRules
from tests.fuzz.answered import check_answered

_NOW = datetime(2030, 1, 1, tzinfo=UTC)
_SIZES = (0, 1, 1000, 5 << 30)


def check(data: bytes) -> None:
    """A document is a policy or `InvalidPolicyDocument`; it judges each form in one way."""
    rules = policy_rules(S3 if data[:1] and data[0] & 1 else OSS)
    lines, _, document = data[1:].partition(b"\n\n")
    _check_raw(document, rules)
    policy = _read(base64.b64encode(document).decode("ascii"), rules)
    if policy is None:
        return
    assert policy.text.encode() == document
    assert 1 <= len(policy.conditions) <= MAX_CONDITIONS
    _compare_with_standard_reader(policy)
    _check_written_anew(policy, rules)
    fields = [line.partition(b"=") for line in lines.split(b"\n")]
    _judge(
        policy,
        [
            (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
            for name, _, value in fields
        ],
    )


def _check_raw(document: bytes, rules: PolicyRules) -> None:
    """The field itself is no base64 but by chance."""
    _read(document.decode("utf-8", "replace"), rules)


def _read(field: str, rules: PolicyRules) -> PostPolicy | None:
    try:
        return read_policy(field, rules)
    except Refusal as refusal:
        check_answered(refusal, "InvalidPolicyDocument")
        return None


def _compare_with_standard_reader(policy: PostPolicy) -> None:
    if "\\$" not in policy.text:
        document = json.loads(policy.text)
        assert len(document["conditions"]) == len(policy.conditions)
        assert set(document) == {"expiration", "conditions"}


def _check_written_anew(policy: PostPolicy, rules: PolicyRules) -> None:
    """What is shown of a condition, in a refusal or by `pillarbox explain`, is that condition."""
    shown = ",".join(condition.render() for condition in policy.conditions)
    moment = policy.expiration.replace(tzinfo=None).isoformat(timespec="microseconds")
    again = read_policy(
        encode_policy(f'{{"expiration":"{moment}Z","conditions":[{shown}]}}'), rules
    )
    assert again.conditions == policy.conditions
    assert again.size_range == policy.size_range
    assert again.covered == policy.covered
    assert again.expiration == policy.expiration


def _judge(policy: PostPolicy, fields: list[tuple[str, str]]) -> None:
    values = {fold_field_name(name): value for name, value in fields}
    verdicts = judge(policy, values)
    failed = [verdict for verdict in verdicts if not verdict.passed]
    named = [entry for entry in policy.conditions if isinstance(entry, FieldCondition)]
    assert [verdict.condition for verdict in verdicts] == named
    assert {condition.name for condition in named} == policy.covered
    refusal = _refusal_of(lambda: check_conditions(policy, values))
    assert (refusal is not None) is bool(failed)
    expired = _refusal_of(lambda: check_expiry(policy, _NOW))
    assert (expired is not None) is (policy.expiration <= _NOW)
    uncovered = _refusal_of(lambda: check_coverage(policy, values))
    assert (uncovered is not None) is bool(values.keys() - policy.covered)
    _refusal_of(lambda: check_policy_ceilings(policy, Ceilings(timedelta(hours=1), 1000), _NOW))
    _refusal_of(lambda: SubmittedForm.of(fields, FilePart()).refuse_repeated(policy.covered))
    _check_sizes(policy)


def _check_sizes(policy: PostPolicy) -> None:
    ranges = [entry for entry in policy.conditions if isinstance(entry, ContentLengthRange)]
    for size in _SIZES:
        refusals = [
            _refusal_of(partial(hold, policy.size_range, size))
            for hold in (check_size_ceiling, check_size_floor)
        ]
        fits = all(
            entry.sizes.minimum <= size
            and (entry.sizes.maximum is None or size <= entry.sizes.maximum)
            for entry in ranges
        )
        assert (refusals == [None, None]) is fits


def _refusal_of(step: Callable[[], object]) -> Refusal | None:
    try:
        step()
    except Refusal as refusal:
        check_answered(refusal)
        return refusal
    return None


def _seed(dialect: int, fields: str, *conditions: str) -> bytes:
    head = '{"expiration":"2030-01-01T12:00:00.000Z","conditions":['
    return bytes([dialect]) + f"{fields}\n\n{head}{','.join(conditions)}]}}".encode()


SEEDS = tuple(
    _seed(dialect, fields, *conditions)
    for dialect in (0, 1)
    for fields, *conditions in (
        ("key=user/eric/a.txt\ncontent-type=image/png", '["starts-with","$key","user/eric/"]'),
        ("bucket=drop", '{"bucket":"drop"}', '["content-length-range",1,10485760]'),
        (
            "Content-Type=image/png,image/jpeg\nx-oss-meta-a=b",
            '["in","$content-type",["image/png","image/jpg"]]',
            '["not-in","$cache-control",["no-cache"]]',
            '["eq","$x-oss-meta-a","\\u0062"]',
        ),
        ("key=\\$a", '["eq","$key","\\$a"]', '["starts-with","$Content-Type","image/"]'),
        ("acl=public-read", '{"acl":"public-read"}', '["eq","$success_action_status","201"]'),
        ("a=b", '["content-length-range",5,1]', '["content-length-range","1","5"]'),
    )
)
WORDS = (
    *(b'"expiration"', b'"conditions"', b'"starts-with"', b'"eq"', b'"in"', b'"not-in"'),
    *(b'"content-length-range"', b'"$key"', b"\\$", b"\\ud83d\\udca9", b"1e5", b"[[[[", b"\n\n"),
    b"2030-01-01T12:00:00.000Z",
)
