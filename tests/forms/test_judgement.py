"""Each kind of flaw, as an explanation tells it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.forms import Callback, Credentials, PostForm, sign_s3_v2, sign_s3_v4
from pillarbox.forms.explanation import Check, Explanation, Outcome
from pillarbox.forms.fields import FilePart
from pillarbox.forms.judgement import explain_form, explain_policy
from pillarbox.forms.presented_form import PresentedFile, PresentedForm
from pillarbox.forms.report import Report
from pillarbox.forms.store_rules import StoreRules
from pillarbox.model import refusals
from pillarbox.policy import Ceilings

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECRET = "TestAccessKeySecret0123456789"
CREDENTIALS = Credentials("TestAccessKeyId01", SECRET)
FILE = PresentedFile(FilePart("cv.pdf", "application/pdf"), 100)


def presented(version: str = "v1", **settings: Any) -> PresentedForm:
    usual: dict[str, Any] = {
        "endpoint": "http://127.0.0.1:9000",
        "bucket": "inbox",
        "key": "a/${filename}",
        "expires": NOW + timedelta(hours=1),
        "max_size": 1000,
        "content_types": ("application/pdf",),
    }
    unsigned = PostForm(**(usual | settings))
    signed = {
        "v1": lambda: unsigned.sign_v1(CREDENTIALS, now=NOW),
        "v4": lambda: unsigned.sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW),
        "s3v2": lambda: sign_s3_v2(unsigned, CREDENTIALS, now=NOW),
        "s3v4": lambda: sign_s3_v4(unsigned, CREDENTIALS, "us-east-1", now=NOW),
    }[version]()
    return PresentedForm(tuple(signed.fields.items()), bucket="inbox", file=FILE)


def changed(form: PresentedForm, **values: str | None) -> PresentedForm:
    """With other values of fields; None leaves one out, a new name is appended."""
    fields = [(name, values.pop(name, value)) for name, value in form.fields]
    fields.extend(values.items())
    return replace(form, fields=tuple((n, v) for n, v in fields if v is not None))


def refused(explanation: Explanation) -> tuple[str, str]:
    """The step and the code of the answer."""
    check = next(check for check in explanation.checks if check.refusal is not None)
    assert explanation.refusal is check.refusal
    assert explanation.refusal is not None
    return check.name, explanation.refusal.code


def step(explanation: Explanation, name: str) -> Check:
    return next(check for check in explanation.checks if check.name == name)


@pytest.mark.parametrize(
    ("version", "name"), [("v1", "V1"), ("v4", "V4"), ("s3v2", "V2"), ("s3v4", "V4")]
)
def test_a_good_form(version: str, name: str) -> None:
    found = explain_form(presented(version), NOW, SECRET)
    assert step(found, "signature").said.startswith(name)
    report = Report.of(found, (), ())
    assert report.signature is not None
    assert report.signature["algorithm"].startswith(name)
    assert found.refusal is None
    assert {check.outcome for check in found.checks} == {Outcome.PASSED}
    assert {entry.outcome for entry in found.conditions} == {Outcome.PASSED}
    assert "1 hour, until 2030-01-01T13:00:00+00:00" in step(found, "expiry").said
    assert step(found, "key").said == "a/cv.pdf"


def test_a_form_of_another_secret() -> None:
    found = explain_form(presented(), NOW, "wrong-secret")
    assert refused(found) == ("signature", "SignatureDoesNotMatch")
    assert "wrong-secret" not in repr(found)
    assert "Is the secret that of TestAccessKeyId01?" in step(found, "signature").said


def test_no_secret_leaves_the_signature_open() -> None:
    found = explain_form(presented(), NOW)
    assert found.refusal is None
    assert step(found, "signature").outcome is Outcome.UNKNOWN


def test_an_expired_form() -> None:
    found = explain_form(presented(), NOW + timedelta(hours=9), SECRET)
    assert refused(found) == ("expiry", "AccessDenied")
    assert "That was 8 hours ago." in step(found, "expiry").said
    assert "not in local time with a Z" in step(found, "expiry").said


def test_a_form_that_a_fast_clock_refuses() -> None:
    found = explain_form(presented(), NOW + timedelta(minutes=50), SECRET)
    assert found.refusal is None
    assert "whose clock runs ahead" in step(found, "expiry").said


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (timedelta(minutes=-14), "Signed 14 minutes in the future"),
        (timedelta(minutes=5), "Signed 5 minutes ago"),
    ],
)
def test_clock_skew_that_is_allowed(shift: timedelta, said: str) -> None:
    found = explain_form(presented("v4"), NOW + shift, SECRET)
    assert found.refusal is None
    assert said in step(found, "signing date").said


@pytest.mark.parametrize("shift", [timedelta(minutes=-16), timedelta(days=7, seconds=1)])
def test_clock_skew_that_is_not(shift: timedelta) -> None:
    form = presented("v4", expires=NOW + timedelta(days=7))
    found = explain_form(form, NOW + shift, SECRET)
    assert refused(found) == ("signing date", "InvalidArgument")


def test_a_condition_that_does_not_hold() -> None:
    form = changed(presented(), key="b/cv.pdf", success_action_status="404")
    found = explain_form(form, NOW, SECRET)
    assert refused(found) == ("conditions", "AccessDenied")
    failed = [entry for entry in found.conditions if entry.outcome is Outcome.REFUSED]
    assert [(entry.expected, entry.received) for entry in failed] == [
        ('a value that starts with "a/"', "b/cv.pdf")
    ]


def test_a_field_that_is_absent() -> None:
    found = explain_form(changed(presented(), **{"x-oss-object-acl": None}), NOW, SECRET)
    assert refused(found) == ("conditions", "AccessDenied")
    failed = [entry for entry in found.conditions if entry.outcome is Outcome.REFUSED]
    assert [entry.received for entry in failed] == [None]


def test_a_condition_whose_field_comes_late() -> None:
    form = changed(presented(), **{"x-oss-object-acl": None})
    found = explain_form(replace(form, late=("x-oss-object-acl",)), NOW, SECRET)
    assert "stands behind the file: put it in front" in step(found, "conditions").said
    assert "no store reads them: x-oss-object-acl." in step(found, "fields").said


def test_a_late_submit_button_is_nothing_to_speak_of() -> None:
    found = explain_form(replace(presented(), late=("submit", "KEY")), NOW, SECRET)
    assert found.refusal is None
    assert "none behind the file" in step(found, "fields").said


def test_a_known_field_that_stands_twice() -> None:
    form = presented()
    form = replace(form, fields=(*form.fields, ("KEY", "other")))
    found = explain_form(form, NOW, SECRET)
    assert refused(found) == ("fields", "InvalidArgument")
    assert "(KEY)" in step(found, "fields").said
    assert step(found, "key").said == "a/cv.pdf"


@pytest.mark.filterwarnings("ignore:the condition")
def test_a_field_of_the_policy_that_stands_twice() -> None:
    form = changed(presented(conditions=[["eq", "$team", "a"]]), team="a")
    assert explain_form(form, NOW, SECRET).refusal is None
    form = replace(form, fields=(*form.fields, ("Team", "b")))
    assert refused(explain_form(form, NOW, SECRET)) == ("duplicates", "InvalidArgument")


def test_a_policy_in_bad_base64() -> None:
    found = explain_form(changed(presented(), policy="e30*"), NOW)
    assert refused(found) == ("policy", "InvalidPolicyDocument")
    assert found.policy is None
    assert step(found, "strict forms").outcome is Outcome.STRICT


def test_a_v4_policy_that_covers_too_little() -> None:
    policy = '{"expiration": "2030-01-01T13:00:00Z", "conditions": [["starts-with", "$key", "a/"]]}'
    form = changed(presented("v4"), policy=base64.b64encode(policy.encode()).decode())
    found = explain_form(form, NOW)
    assert refused(found) == ("coverage", "AccessDenied")


@pytest.mark.parametrize("strict", [False, True])
def test_a_field_that_a_strict_bucket_wants_named(strict: bool) -> None:
    form = changed(presented(), success_action_redirect="https://example.com/")
    found = explain_form(form, NOW, SECRET, StoreRules(strict_forms=strict))
    if strict:
        assert refused(found) == ("strict forms", "AccessDenied")
    else:
        assert found.refusal is None
        assert "no condition names success_action_redirect" in step(found, "strict forms").said


@pytest.mark.parametrize(("size", "code"), [(9, "EntityTooSmall"), (1001, "EntityTooLarge")])
def test_a_file_of_the_wrong_size(size: int, code: str) -> None:
    form = replace(presented(min_size=10), file=replace(FILE, size=size))
    found = explain_form(form, NOW, SECRET)
    assert refused(found) == ("size", code)
    assert f"{size} bytes" in [entry.received for entry in found.conditions]


def test_a_file_of_the_wrong_type() -> None:
    form = replace(presented(), file=replace(FILE, part=FilePart("a.txt", "text/plain")))
    assert refused(explain_form(form, NOW, SECRET)) == ("conditions", "AccessDenied")


def test_without_file_and_bucket_their_conditions_stay_open() -> None:
    found = explain_form(replace(presented(), file=None, bucket=None), NOW, SECRET)
    assert found.refusal is None
    unknown = [entry.condition for entry in found.conditions if entry.outcome is Outcome.UNKNOWN]
    assert [text.split('"')[1] for text in unknown] == ["eq", "content-length-range", "eq"]
    assert step(found, "size").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("name", "value", "where", "code"),
    [
        ("callback", "e30=", "values", "InvalidArgument"),
        ("x-oss-storage-class", "Cellar", "values", "InvalidArgument"),
        ("Signature", None, "signature", "InvalidArgument"),
        ("OSSAccessKeyId", "no/id", "signature", "InvalidAccessKeyId"),
        ("x-oss-credential", "x", "signature", "InvalidArgument"),
        ("key", None, "key", "InvalidArgument"),
        ("key", "/a", "key", "InvalidObjectName"),
    ],
)
def test_other_flaws(name: str, value: str | None, where: str, code: str) -> None:
    assert refused(explain_form(changed(presented(), **{name: value}), NOW)) == (where, code)


@pytest.mark.parametrize("sign", ["v1", "v4"])
def test_whether_a_security_token_is_good_is_left_open(sign: str) -> None:
    form = changed(presented(sign), **{"x-oss-security-token": "token"})
    found = explain_form(form, NOW, SECRET)
    assert found.refusal is None
    assert step(found, "token").outcome is Outcome.UNKNOWN
    assert step(found, "signature").outcome is Outcome.PASSED
    unsigned = PresentedForm((("key", "a"), ("x-oss-security-token", "token")), file=FILE)
    assert "token" not in [check.name for check in explain_form(unsigned, NOW).checks]


def test_whether_a_callback_may_be_made_is_left_open() -> None:
    callback = Callback(url="https://site.example/a;b.example", body="k=${object}")
    form = PresentedForm((("key", "a"), ("callback", callback.encode())), bucket="inbox", file=FILE)
    said = step(explain_form(form, NOW), "values").said
    assert said.endswith("Whether the callback's hosts may be called, the store alone knows.")


def test_a_v4_credential_that_is_none() -> None:
    found = explain_form(changed(presented("v4"), **{"x-oss-credential": "x"}), NOW, SECRET)
    assert refused(found) == ("signing date", "InvalidArgument")


def test_an_anonymous_form() -> None:
    form = PresentedForm((("key", "a"), ("x:a", "1")), bucket="inbox", file=FILE)
    found = explain_form(form, NOW, SECRET)
    assert found.refusal is None
    assert "public-read-write" in step(found, "signature").said
    assert (
        refused(explain_form(form, NOW, SECRET, StoreRules(strict_forms=True)))[0] == "strict forms"
    )


def test_the_acl_of_the_header_counts() -> None:
    form = replace(changed(presented(), **{"x-oss-object-acl": None}), acl_header="public-read")
    found = explain_form(form, NOW, SECRET)
    assert "public-read" in [entry.received for entry in found.conditions]
    assert refused(found)[0] == "conditions"


def test_a_broken_frame_comes_first_without_a_file_and_last_with_one() -> None:
    broken = refusals.MALFORMED_POST()
    form = replace(presented(), flaw=broken)
    found = explain_form(form, NOW, SECRET)
    assert refused(found) == ("frame", "MalformedPOSTRequest")
    assert found.checks[-1].name == "frame"
    found = explain_form(replace(form, file=None), NOW, SECRET)
    assert [check.name for check in found.checks] == ["frame"]


def test_a_policy_alone() -> None:
    field = dict(presented().fields)["policy"]
    found = explain_policy(field, NOW)
    assert found.refusal is None
    assert {entry.outcome for entry in found.conditions} == {Outcome.UNKNOWN}
    assert refused(explain_policy(field, NOW + timedelta(hours=1))) == ("expiry", "AccessDenied")
    assert refused(explain_policy("e30=", NOW)) == ("policy", "InvalidPolicyDocument")


def test_what_an_operator_allows_passes() -> None:
    fields = (("key", "/a"), ("x-oss-server-side-encryption", "AES256"))
    form = PresentedForm(fields, bucket="inbox", file=FILE)
    assert refused(explain_form(form, NOW, SECRET)) == ("key", "InvalidObjectName")
    slashes = StoreRules(leading_slash_keys=True)
    assert refused(explain_form(form, NOW, SECRET, slashes)) == ("values", "NotImplemented")
    both = StoreRules(leading_slash_keys=True, encrypted_at_rest=True)
    assert explain_form(form, NOW, SECRET, both).refusal is None


def test_what_an_operator_lets_a_policy_allow() -> None:
    form = presented()
    assert "ceilings" not in [check.name for check in explain_form(form, NOW, SECRET).checks]
    bounds = StoreRules(ceilings=Ceilings(timedelta(hours=1), 1000))
    assert step(explain_form(form, NOW, SECRET, bounds), "ceilings").outcome is Outcome.PASSED
    for ceilings in (Ceilings(lifetime=timedelta(minutes=59)), Ceilings(size=999)):
        found = explain_form(form, NOW, SECRET, StoreRules(ceilings=ceilings))
        assert refused(found) == ("ceilings", "AccessDenied")
        names = [check.name for check in found.checks]
        assert names[names.index("ceilings") + 1] == "strict forms"
    anonymous = PresentedForm((("key", "a"),), bucket="inbox", file=replace(FILE, size=1001))
    found = explain_form(anonymous, NOW, SECRET, StoreRules(ceilings=Ceilings(size=1000)))
    assert refused(found) == ("size", "EntityTooLarge")


@pytest.mark.parametrize(
    ("size", "outcome"), [(9, Outcome.UNKNOWN), (1000, Outcome.UNKNOWN), (1001, Outcome.REFUSED)]
)
def test_a_file_whose_end_was_not_seen(size: int, outcome: Outcome) -> None:
    form = replace(presented(min_size=10), file=replace(FILE, size=size, complete=False))
    found = explain_form(form, NOW, SECRET)
    (entry,) = [entry for entry in found.conditions if "length-range" in entry.condition]
    assert (entry.received, entry.outcome) == (f"at least {size} bytes", outcome)
    assert ("its end was not seen" in step(found, "size").said) == (found.refusal is None)
