"""Nothing secret is kept, wherever in a form it stands."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pillarbox.forms.fields import FilePart
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.forms.redaction import STRUCK, is_secret_field, redact_answer
from pillarbox.forms.refused_form import RefusedForm, judged_report
from pillarbox.forms.report import Report, ReportedRefusal
from pillarbox.forms.store_rules import USUAL_RULES
from pillarbox.model import refusals
from pillarbox.model.objects import AccessKey
from pillarbox.model.refusals import Refusal

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = AccessKey("LTAIknownKeyId", 'The"Secret\\0123456789', account_id="1")
TOKEN = "CAISTOKEN0123456789/+=="
CALLBACK = "eyJjYWxsYmFja1VybCI6ImEifQ=="
SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS1mb3Jt"


def policy(*conditions: object) -> str:
    text = json.dumps({"expiration": "2030-01-01T13:00:00Z", "conditions": conditions})
    return base64.b64encode(text.encode()).decode()


def form(*fields: tuple[str, str]) -> PresentedForm:
    usual = (("OSSAccessKeyId", KEY.id), ("Signature", SIGNATURE))
    file = PresentedFile(FilePart("a.txt"), 5)
    return PresentedForm((*fields, *usual), bucket="inbox", file=file)


def report(
    *fields: tuple[str, str], answer: Refusal | None = None, key: AccessKey | None = KEY
) -> Report:
    given = answer or refusals.ACCESS_DENIED()
    return judged_report(form(*fields), given, NOW, key, USUAL_RULES)


def text_of(found: Report) -> str:
    return RefusedForm("0" * 24, NOW, "inbox", found).line().decode()


@pytest.mark.parametrize(
    "name",
    [
        *("policy", "signature", "x-oss-signature", "x-oss-security-token", "x-amz-signature"),
        *("callback", "callback-var", "x:a", "csrf_token", "password", "authorization"),
    ],
)
def test_fields_that_are_secret(name: str) -> None:
    assert is_secret_field(name)


@pytest.mark.parametrize(
    "name", ["key", "x-oss-signature-version", "x-oss-credential", "x-oss-date", "content-type"]
)
def test_fields_that_are_not(name: str) -> None:
    assert not is_secret_field(name)


def test_values_are_told_as_far_as_conditions_name_them() -> None:
    found = report(
        ("key", "a"),
        ("x-oss-meta-a", "named"),
        ("other", "unnamed"),
        ("policy", policy({"x-oss-meta-a": "b"})),
    )
    assert [(c.expected, c.received) for c in found.conditions] == [("b", "named")]
    assert "other" in found.fields
    assert "unnamed" not in text_of(found)
    assert found.policy is not None
    assert found.policy.text is None


def test_a_long_value_is_cut() -> None:
    found = report(("key", "a" * 1000), ("policy", policy(["starts-with", "$key", "b" * 500])))
    (condition,) = found.conditions
    assert condition.received == "a" * 199 + "…"
    assert len(condition.expected) == 200


@pytest.mark.parametrize("name", ["x-oss-security-token", "callback", "x:a", "x-oss-signature"])
@pytest.mark.parametrize("expected", ["short", "longer-than-others", 'quoted " and \\'])
def test_a_condition_on_a_secret_field(name: str, expected: str) -> None:
    given = refusals.ACCESS_DENIED(
        "Invalid according to Policy: Policy Condition failed: "
        + json.dumps(["eq", f"${name}", expected]),
        ec="0006-00000227",
        Condition=json.dumps(["eq", f"${name}", expected]),
        Expected=expected,
        Received="what-came",
    )
    fields = (("key", "a"), (name, "what-came"), ("policy", policy(["eq", f"${name}", expected])))
    found = report(*fields, answer=given)
    (condition,) = found.conditions
    assert condition.condition == json.dumps(["eq", f"${name}", STRUCK])
    assert (condition.expected, condition.received) == (STRUCK, STRUCK)
    assert found.refusal is not None
    shown = json.dumps(["eq", f"${name}", STRUCK])
    assert found.refusal.message.endswith(f"Condition failed: {shown}")
    assert found.refusal.details == {"Condition": shown}
    for secret in (expected, json.dumps(expected)[1:-1], "what-came"):
        assert secret not in text_of(found)


def test_secrets_that_stand_in_other_fields() -> None:
    wrong = {"x-oss-meta-a": f"a {TOKEN}", "x-oss-meta-b": KEY.secret, "x-oss-meta-c": SIGNATURE}
    conditions = [["in", f"${name}", ["a", "b"]] for name in wrong]
    field = policy(*conditions, {"x-oss-meta-d": CALLBACK})
    found = report(
        ("key", f"keys/{KEY.secret}"),
        *wrong.items(),
        ("x-oss-meta-d", field),
        ("x-oss-security-token", TOKEN),
        ("callback", CALLBACK),
        ("policy", field),
    )
    text = text_of(found)
    escaped = json.dumps(KEY.secret)[1:-1]
    for secret in (TOKEN, escaped, json.dumps(escaped)[1:-1], SIGNATURE, CALLBACK, field):
        assert secret not in text
    assert f"keys/{STRUCK}" in text
    assert [c.received for c in found.conditions] == [f"a {STRUCK}", *[STRUCK] * 3]


def test_a_secret_that_an_excerpt_cuts() -> None:
    value = "x" * 190 + KEY.secret
    found = report(("key", "a"), ("x-oss-meta-a", value), ("policy", policy({"x-oss-meta-a": ""})))
    assert KEY.secret[:8] not in text_of(found)
    cut = refusals.ACCESS_DENIED(Received=f"{KEY.secret[:15]}…")
    assert KEY.secret[:8] not in text_of(report(("key", "a"), answer=cut))
    alike = refusals.ACCESS_DENIED(Received=f"{KEY.secret[:12]} else")
    assert f"{KEY.secret[12]} else"[1:] in text_of(report(("key", "a"), answer=alike))


def test_an_id_that_no_access_key_has_may_be_a_secret() -> None:
    credential = "MisplacedSecret0123456789/20300101/cn-hangzhou/oss/aliyun_v4_request"
    fields = (
        ("key", "a"),
        ("x-oss-credential", credential),
        ("x-oss-date", "20300101T120000Z"),
        ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
        ("x-oss-signature", "00" * 32),
        ("policy", policy({"x-oss-credential": credential})),
    )
    presented = PresentedForm(fields, bucket="inbox", file=PresentedFile(FilePart("a"), 5))
    given = refusals.INVALID_ACCESS_KEY_ID()
    found = judged_report(presented, given, NOW, None, USUAL_RULES)
    assert "MisplacedSecret" not in text_of(found)
    assert found.signature is not None
    assert found.signature["credential"] == STRUCK
    known = judged_report(presented, given, NOW, KEY, USUAL_RULES)
    assert known.signature is not None
    assert known.signature["credential"] == credential
    assert set(known.signature) == {"algorithm", "credential", "date"}
    assert report(("key", "a"), ("policy", policy({"key": "a"})), key=None).signature == {
        "algorithm": "V1, HMAC-SHA1",
        "accessKeyId": STRUCK,
    }


def test_what_is_quoted_of_an_unreadable_policy() -> None:
    text = json.dumps({"expiration": "2030-13-01T00:00:00.000Z", "conditions": [TOKEN * 2]})
    fields = (("key", "a"), ("policy", base64.b64encode(text.encode()).decode()))
    good = "Invalid Policy: Invalid 'expiration' value: '2030-13-01T00:00:00.000Z'"
    found = report(*fields, answer=refusals.INVALID_POLICY(good))
    assert found.refusal is not None
    assert found.refusal.message == good
    bad = refusals.INVALID_POLICY(f'Invalid Policy: Invalid condition "{TOKEN * 2}": no List')
    for told in (report(*fields, answer=bad).refusal, redact_answer(ReportedRefusal.of(bad))):
        assert told is not None
        assert told.message == f'Invalid Policy: Invalid condition "{STRUCK}": no List'


def test_details_that_may_hold_values_are_dropped() -> None:
    given = refusals.SIGNATURE_DOES_NOT_MATCH(
        SignatureProvided=SIGNATURE, ArgumentValue="v", ArgumentName="n", ProposedSize="1"
    )
    for told in (
        report(("key", "a"), answer=given).refusal,
        redact_answer(ReportedRefusal.of(given)),
    ):
        assert told is not None
        assert told.details == {"ArgumentName": "n", "ProposedSize": "1"}


def test_without_its_form_an_answer_tells_no_value() -> None:
    condition = '["in", "$x-oss-meta-a", ["expected", "other"]]'
    shown = f'["in", "$x-oss-meta-a", "{STRUCK}"]'
    details = {"Condition": condition, "Expected": "expected", "Received": "received"}
    message = f"Condition failed: {condition}"
    told = redact_answer(ReportedRefusal("AccessDenied", 403, message, None, details))
    assert (told.message, told.details) == (f"Condition failed: {shown}", {"Condition": shown})
    cut = '["in", "$x-oss-meta-' + "a" * 500 + "…"
    message, details = f"Condition failed: {cut}", {"Condition": cut}
    told = redact_answer(ReportedRefusal("AccessDenied", 403, message, None, details))
    assert (told.message, told.details) == (f"Condition failed: {STRUCK}", {"Condition": STRUCK})
    sizes = {"Condition": '["content-length-range", 1, 2]', "MaxSizeAllowed": "2"}
    told = redact_answer(ReportedRefusal("EntityTooLarge", 400, "", None, sizes))
    assert told.details == sizes


def test_a_form_of_no_known_access_key_tells_no_value() -> None:
    fields = (("key", "a/name"), ("x-oss-meta-a", "its-value"))
    field = policy(["eq", "$x-oss-meta-a", "expected-value"], ["content-length-range", 0, 3])
    found = report(*fields, ("policy", field), key=None)
    assert [c.condition for c in found.conditions] == [
        f'["eq", "$x-oss-meta-a", "{STRUCK}"]',
        '["content-length-range", 0, 3]',
    ]
    for value in ("its-value", "expected-value"):
        assert value not in text_of(found)
    unsigned = PresentedForm((("key", "a/long-name"),), bucket="inbox")
    found = judged_report(unsigned, refusals.ACCESS_DENIED(), NOW, None, USUAL_RULES)
    assert "a/long-name" not in text_of(found)
    unsigned = replace(unsigned, file=PresentedFile(FilePart("a"), 5))
    found = judged_report(unsigned, refusals.ACCESS_DENIED(), NOW, None, USUAL_RULES)
    assert "a/long-name" in text_of(found)


@pytest.mark.parametrize("count", [5, 50])
def test_many_secrets_in_many_places(count: int) -> None:
    secrets = [f"secret{n:09}" for n in range(count)]
    fields = [(f"token{n}", secret) for n, secret in enumerate(secrets)]
    named = [(f"x-oss-meta-{n}", f"a {secret} b") for n, secret in enumerate(secrets)]
    field = policy(*[{name: "x"} for name, _ in named])
    found = report(("key", "a"), ("policy", field), *fields, *named)
    assert len(found.conditions) == count
    assert "secret0" not in text_of(found)
    repeated = ("x-oss-meta-z", secrets[0][:12] * 20)
    found = report(*fields[:1], repeated, ("policy", policy({"x-oss-meta-z": ""})))
    assert found.conditions[0].received == STRUCK
