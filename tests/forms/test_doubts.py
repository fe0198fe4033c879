import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.forms import Callback, Credentials, DoubtfulForm, ObjectAcl, PostForm

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")


def form(**changes: Any) -> PostForm:
    usual: dict[str, Any] = {
        "endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
        "bucket": "resumes",
        "key_prefix": "2030/eric/",
        "max_size": 10,
        "content_types": ("application/pdf",),
    }
    return PostForm(**(usual | changes))


def doubts(**changes: Any) -> tuple[str, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulForm)
        return form(**changes).sign_v1(CREDENTIALS, now=NOW).doubts


def test_a_form_without_doubts_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert form().sign_v1(CREDENTIALS, now=NOW).doubts == ()
        assert form().sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW).doubts == ()


def test_the_warning_points_at_the_line_that_signs() -> None:
    with pytest.warns(DoubtfulForm, match="no size cap") as v1:
        form(max_size=None).sign_v1(CREDENTIALS, now=NOW)
    with pytest.warns(DoubtfulForm, match="no size cap") as v4:
        form(max_size=None).sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW)
    assert (v1[0].filename, v4[0].filename) == (__file__, __file__)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"max_size": None}, "no size cap: a visitor may upload 5368709120 bytes"),
        ({"key_prefix": ""}, "the key prefix is empty"),
        ({"key_prefix": None, "key": "${filename}"}, "the key prefix is empty"),
        ({"key_prefix": "user/1"}, "doesn't end in /: a visitor may also write 'user/10/…'"),
        ({"expires": timedelta(days=365)}, "good for 365 days"),
        ({"expires": NOW + timedelta(days=1000)}, "good for 1000 days"),
        ({"content_types": (), "accept": ("image/*", ".pdf")}, "image/*, .pdf is expected, but"),
        ({"content_types": (), "key_prefix": None, "key": "cv/1.PDF"}, "application/pdf is exp"),
        ({"acl": "public-read-write"}, "lets anybody replace the object"),
        ({"endpoint": "https://resumes.example.com"}, "https://resumes.resumes.example.com/:"),
        ({"tags": {"a": "b"}}, "OSS documents no tags for forms"),
        ({"callback": Callback(url="a.example", body="a=${x:b}")}, "no variable has that name"),
        ({"conditions": [["eq", "$name", "x"]]}, '["eq", "$name", "x"] asks for a field that'),
        ({"key_prefix": "a\nb/"}, "the field key has a line break"),
        ({"metadata": {"a": "é" * 2049}}, "the field x-oss-meta-a takes 4098 bytes"),
    ],
)
def test_doubts(changes: dict[str, Any], text: str) -> None:
    # A long field makes a long policy, a doubt of its own.
    (found,) = [doubt for doubt in doubts(**changes) if "field policy takes" not in doubt]
    assert text in found


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": timedelta(days=364, hours=23)},
        {"content_types": ()},
        {"content_types": (), "key_prefix": None, "key": "cv/1.unknown"},
        {"acl": ObjectAcl.PUBLIC_READ},
        {"endpoint": "http://127.0.0.1:9000"},
        {"conditions": [["not-in", "$cache-control", ["no-cache"]]]},
        {"conditions": [["starts-with", "$name", ""]]},
        {"metadata": {"a": "é" * 200}},
        {"callback": Callback(url="a.example", body="a=${x:b}", variables={"b": "1"})},
    ],
)
def test_no_doubts(changes: dict[str, Any]) -> None:
    assert doubts(**changes) == ()


def test_a_policy_that_outlives_its_v4_signature() -> None:
    with pytest.warns(DoubtfulForm, match="a V4 signature lasts 7 days"):
        signed = form(expires=timedelta(days=8)).sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW)
    assert signed.expires == NOW + timedelta(days=7)
    assert '"2030-01-09T00:00:00.000Z"' in signed.policy
    assert doubts(expires=timedelta(days=8)) == ()


def test_a_long_policy() -> None:
    conditions = [["not-in", "$cache-control", [f"{n:040}"]] for n in range(60)]
    (found,) = doubts(conditions=conditions)
    assert found.startswith("the field policy takes ")
