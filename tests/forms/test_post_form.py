import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.callback.document import Callback
from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.post_form import Credentials, PostForm, SignedForm
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import OSS
from pillarbox.model.limits import MAX_FILE_SIZE
from pillarbox.policy import check_conditions, check_coverage, judge, read_policy
from pillarbox.signing import post_v1, post_v4

pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.doubts.DoubtfulForm")

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")


def form(**changes: Any) -> PostForm:
    given_: dict[str, Any] = {
        "endpoint": "https://oss-cn-hangzhou.aliyuncs.com",
        "bucket": "example-bucket",
        "key": "user/eric/${filename}",
        "expires": timedelta(hours=12),
    }
    return PostForm(**(given_ | changes))


def submitted(signed: SignedForm, content_type: str = "image/png", **changes: str) -> SubmittedForm:
    fields = {**signed.fields, **changes}
    return SubmittedForm.of(fields.items(), FilePart("a.png", content_type))


def allows(signed: SignedForm, content_type: str = "image/png", **changes: str) -> bool:
    values = submitted(signed, content_type, **changes).condition_values("example-bucket")
    policy = read_policy(signed.fields["policy"])
    return all(verdict.passed for verdict in judge(policy, values))


def conditions(signed: SignedForm) -> list[Any]:
    document = json.loads(signed.policy)
    assert list(document) == ["expiration", "conditions"]
    found: list[Any] = document["conditions"]
    return found


def test_v1_whole() -> None:
    signed = form(
        min_size=1,
        max_size=10,
        acl=ObjectAcl.PRIVATE,
        success_status=201,
        success_redirect="https://example.com/done?a=$b",
        metadata={"Author": "é"},
    ).sign_v1(CREDENTIALS, now=NOW)
    assert signed.action == "https://example-bucket.oss-cn-hangzhou.aliyuncs.com/"
    assert list(signed.fields) == [
        "key",
        "x-oss-object-acl",
        "success_action_status",
        "success_action_redirect",
        "x-oss-meta-author",
        "OSSAccessKeyId",
        "policy",
        "Signature",
    ]
    assert signed.policy == (
        '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
        '["starts-with","$key","user/eric/"],["content-length-range",1,10],'
        '["eq","$x-oss-object-acl","private"],["eq","$success_action_status","201"],'
        r'["eq","$success_action_redirect","https://example.com/done?a=\\$b"],'
        '["eq","$x-oss-meta-author","é"]]}'
    )
    assert base64.b64decode(signed.fields["policy"]).decode() == signed.policy
    assert signed.fields["OSSAccessKeyId"] == CREDENTIALS.access_key_id
    assert signed.fields["Signature"] == post_v1.sign(
        CREDENTIALS.access_key_secret, signed.fields["policy"].encode()
    )
    check_conditions(
        read_policy(signed.fields["policy"]),
        submitted(signed).condition_values("example-bucket"),
    )


def test_v4_whole() -> None:
    signed = form().sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW)
    assert list(signed.fields) == [
        "key",
        "x-oss-object-acl",
        "x-oss-signature-version",
        "x-oss-credential",
        "x-oss-date",
        "policy",
        "x-oss-signature",
    ]
    assert conditions(signed) == [
        {"bucket": "example-bucket"},
        {"x-oss-signature-version": "OSS4-HMAC-SHA256"},
        {"x-oss-credential": "TestAccessKeyId01/20300101/cn-hangzhou/oss/aliyun_v4_request"},
        {"x-oss-date": "20300101T000000Z"},
        ["starts-with", "$key", "user/eric/"],
        ["eq", "$x-oss-object-acl", "default"],
    ]
    scope = post_v4.Scope.parse(signed.fields["x-oss-credential"], OSS)
    post_v4.check_date(scope, post_v4.parse_date(signed.fields["x-oss-date"], OSS), NOW, OSS)
    policy_field = signed.fields["policy"].encode()
    expected = post_v4.sign(CREDENTIALS.access_key_secret, scope, policy_field, OSS)
    assert signed.fields["x-oss-signature"] == expected
    policy = read_policy(policy_field)
    check_coverage(policy, ["x-oss-signature-version", "x-oss-credential", "x-oss-date"])
    assert allows(signed)


def test_v4_takes_its_day_in_utc() -> None:
    beijing = datetime(2030, 1, 1, 7, tzinfo=timezone(timedelta(hours=8)))
    signed = form().sign_v4(CREDENTIALS, "cn-hangzhou", now=beijing)
    assert signed.fields["x-oss-date"] == "20291231T230000Z"
    assert "/20291231/" in signed.fields["x-oss-credential"]


@pytest.mark.parametrize(
    ("endpoint", "action"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/example-bucket"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/example-bucket"),
        ("http://[::1]:9000", "http://[::1]:9000/example-bucket"),
        ("http://localhost:9000", "http://localhost:9000/example-bucket"),
        ("http://store.localhost:9000", "http://example-bucket.store.localhost:9000/"),
        ("https://oss.example.com", "https://example-bucket.oss.example.com/"),
        ("https://oss.example.com:8443", "https://example-bucket.oss.example.com:8443/"),
    ],
)
def test_where_the_form_goes(endpoint: str, action: str) -> None:
    assert form(endpoint=endpoint).action == action


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("upload/${filename}", ["starts-with", "$key", "upload/"]),
        ("${filename}", ["starts-with", "$key", ""]),
        ("a$b/${filename}", ["starts-with", "$key", r"a\$b/"]),
        ("a/b.txt", ["eq", "$key", "a/b.txt"]),
        ("user/${filename}.bak", ["eq", "$key", r"user/\${filename}.bak"]),
        ("${filename}/${filename}", ["starts-with", "$key", r"\${filename}/"]),
        ("cost$5", ["eq", "$key", r"cost\$5"]),
    ],
)
def test_the_condition_on_the_key(key: str, condition: list[str]) -> None:
    signed = form(key=key).sign_v1(CREDENTIALS, now=NOW)
    assert conditions(signed)[1] == condition
    assert signed.fields["key"] == key
    assert allows(signed)


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(
        lambda key: key[0] not in "/\\"
    ),
    st.booleans(),
)
def test_its_own_policy_allows_the_form_and_no_other_key(start: str, filename: bool) -> None:
    key = start + ("${filename}" if filename else "")
    signed = form(key=key).sign_v1(CREDENTIALS, now=NOW)
    assert allows(signed)
    assert not allows(signed, key=("y" if start[0] == "x" else "x") + key)


def test_each_fixed_field_is_held_by_the_policy() -> None:
    signed = form(
        acl=ObjectAcl.PRIVATE,
        success_status=201,
        success_redirect="https://example.com/",
        metadata={"tag": "a"},
        key="a/b",
    ).sign_v1(CREDENTIALS, now=NOW)
    assert allows(signed)
    for name in (
        "key",
        "x-oss-object-acl",
        "success_action_status",
        "success_action_redirect",
        "x-oss-meta-tag",
    ):
        assert not allows(signed, **{name: "other"}), name
    policy = read_policy(signed.fields["policy"])
    values = submitted(signed).condition_values("another-bucket")
    assert not all(verdict.passed for verdict in judge(policy, values))


@pytest.mark.parametrize(
    ("types", "condition", "good", "bad"),
    [
        (("image/png",), ["eq", "$content-type", "image/png"], "image/png", "image/jpeg"),
        (("image/*",), ["starts-with", "$content-type", "image/"], "image/png", "imagex"),
        (
            ("image/png", "image/jpeg"),
            ["in", "$content-type", ["image/png", "image/jpeg"]],
            "image/jpeg",
            "text/html",
        ),
    ],
)
def test_the_condition_on_the_type(
    types: tuple[str, ...], condition: list[Any], good: str, bad: str
) -> None:
    signed = form(content_types=types).sign_v1(CREDENTIALS, now=NOW)
    assert conditions(signed)[2] == condition
    assert signed.content_types == types
    assert allows(signed, good)
    assert not allows(signed, bad)


@pytest.mark.parametrize(
    ("sizes", "condition"),
    [
        ({}, None),
        ({"max_size": 0}, ["content-length-range", 0, 0]),
        ({"max_size": 10}, ["content-length-range", 0, 10]),
        ({"min_size": 1}, ["content-length-range", 1, MAX_FILE_SIZE]),
        ({"min_size": 5, "max_size": 5}, ["content-length-range", 5, 5]),
    ],
)
def test_the_condition_on_the_size(sizes: dict[str, int], condition: list[Any] | None) -> None:
    found = conditions(form(**sizes).sign_v1(CREDENTIALS, now=NOW))
    assert [one for one in found if one == condition] == ([] if condition is None else [condition])
    assert len(found) == (3 if condition is None else 4)


def test_expires_at_a_moment() -> None:
    moment = datetime(2115, 1, 1, tzinfo=UTC)
    assert '"2115-01-01T00:00:00.000Z"' in form(expires=moment).sign_v1(CREDENTIALS).policy


def test_signs_for_now_if_nothing_else_is_said() -> None:
    before = datetime.now(UTC)
    signed = form(expires=timedelta(hours=1)).sign_v1(CREDENTIALS)
    after = datetime.now(UTC)
    expiration = read_policy(signed.fields["policy"]).expiration
    assert before - timedelta(milliseconds=1) <= expiration - timedelta(hours=1) <= after


def test_the_secret_shows_nowhere() -> None:
    signed = form().sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW)
    for text in (repr(CREDENTIALS), str(CREDENTIALS), repr(signed), str(dict(signed.fields))):
        assert CREDENTIALS.access_key_secret not in text


def test_fields_are_not_to_be_changed_after_signing() -> None:
    signed = form().sign_v1(CREDENTIALS, now=NOW)
    with pytest.raises(TypeError):
        signed.fields["key"] = "other"  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endpoint": "oss-cn-hangzhou.aliyuncs.com"}, "is no URL of a store: write it like"),
        ({"endpoint": "ftp://example.com"}, "is no URL of a store"),
        ({"endpoint": "http://"}, "is no URL of a store"),
        ({"endpoint": "http://a:99999"}, "is no URL"),
        ({"endpoint": "http://[::1"}, "is no URL"),
        ({"endpoint": "http://u:p@example.com"}, "'…@example.com'.*write http://example.com"),
        ({"endpoint": "http://example.com/bucket"}, "more than a host and a port"),
        ({"endpoint": "http://example.com?x"}, "more than a host and a port"),
        ({"bucket": "Photos"}, "is no bucket name"),
        ({"key": None}, "a key or a key prefix: give one"),
        ({"key_prefix": "a/"}, "a key or a key prefix: give one"),
        ({"key": None, "key_prefix": "/a/"}, "can't name an object"),
        ({"acl": "public"}, "give one of default"),
        ({"headers": {"X-Odd": "1"}}, "can't be set by a form"),
        ({"storage_class": "Cheap"}, "the storage class 'Cheap' is none"),
        ({"tags": {"": ""}}, "can't be stored"),
        ({"content_types": "image/png"}, r"write \('image/png',\)"),
        ({"key": ""}, "can not be empty"),
        ({"key": "/a"}, "can't name an object"),
        ({"key": "é" * 512}, "less than 1024"),
        ({"expires": timedelta(0)}, "give a time to come"),
        ({"expires": datetime(2030, 1, 1)}, "has no time zone"),
        ({"min_size": -1}, "the least size -1"),
        ({"min_size": MAX_FILE_SIZE + 1}, "the least size"),
        ({"max_size": MAX_FILE_SIZE + 1}, "5 GiB"),
        ({"min_size": 2, "max_size": 1}, "swap them"),
        ({"content_types": ("png",)}, "write it like image/png"),
        ({"content_types": ("",)}, "write it like image/png"),
        ({"content_types": ("a/b\n",)}, "write it like image/png"),
        ({"content_types": ("image/p*",)}, "has a \\*"),
        ({"content_types": ("*/*",)}, "has a \\*"),
        ({"content_types": ("image/*", "text/plain")}, "one by one"),
        ({"success_status": 202}, "200, 201 and 204"),
        ({"success_redirect": "/done"}, "absolute URL"),
        ({"success_redirect": "javascript://x"}, "absolute URL"),
        ({"success_redirect": "http://[::1"}, "absolute URL"),
        ({"success_redirect": "http://a/\r\nX: y"}, "absolute URL"),
        ({"metadata": {"a_b": "c"}}, "letters, digits and -"),
        ({"metadata": {"": "c"}}, "letters, digits and -"),
        ({"metadata": {"a": "\n"}}, "control character"),
    ],
)
def test_refuses_what_can_never_work(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        form(**changes)


def test_refuses_an_expiry_beyond_all_calendars() -> None:
    with pytest.raises(ValueError, match="after the year 9999"):
        form(expires=timedelta(days=9_000_000)).sign_v1(CREDENTIALS, now=NOW)


def test_an_empty_redirect_is_sent_and_not_held() -> None:
    signed = form(success_redirect="").sign_v1(CREDENTIALS, now=NOW)
    assert signed.fields["success_action_redirect"] == ""
    assert "success_action_redirect" not in signed.policy
    assert allows(signed)


def test_a_key_prefix_is_a_key_that_ends_in_the_filename() -> None:
    with_prefix = form(key=None, key_prefix="user/eric/").sign_v1(CREDENTIALS, now=NOW)
    assert with_prefix == form(key="user/eric/${filename}").sign_v1(CREDENTIALS, now=NOW)


def test_every_field_in_order() -> None:
    callback = Callback(url="https://a.example/", body="k=${object}", variables={"v": "1"})
    signed = form(
        acl="private",
        success_status=200,
        success_redirect="https://example.com/",
        headers={"cache-control": "no-store", "Content-Disposition": "inline"},
        storage_class="IA",
        forbid_overwrite=True,
        tags={"a": "b c"},
        metadata={"Note": "n"},
        callback=callback,
        content_types=("image/png",),
        accept=(".png",),
        min_size=1,
        max_size=2,
    ).sign_v1(CREDENTIALS, now=NOW)
    assert list(signed.fields.items())[1:-3] == [
        ("x-oss-object-acl", "private"),
        ("success_action_status", "200"),
        ("success_action_redirect", "https://example.com/"),
        ("Cache-Control", "no-store"),
        ("Content-Disposition", "inline"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-forbid-overwrite", "true"),
        ("x-oss-tagging", "a=b%20c"),
        ("x-oss-meta-note", "n"),
        ("callback", callback.encode()),
        ("x:v", "1"),
    ]
    named = {condition[1] for condition in conditions(signed)[1:]} - {1}
    assert named == {"$content-type", "$key"} | {f"${name}" for name in list(signed.fields)[1:-3]}
    assert (signed.accept, signed.min_size, signed.max_size) == ((".png",), 1, 2)
    assert signed.expires == NOW + timedelta(hours=12)
    for name in list(signed.fields)[:-3]:
        assert not allows(signed, **{name: "other"}), name


def test_the_acl_is_held_also_where_none_is_asked_for() -> None:
    signed = form().sign_v1(CREDENTIALS, now=NOW)
    assert signed.fields["x-oss-object-acl"] == "default"
    assert not allows(signed, **{"x-oss-object-acl": "public-read-write"})
    fields = {name: value for name, value in signed.fields.items() if name != "x-oss-object-acl"}
    without = SubmittedForm.of(fields.items(), FilePart("a.png", "image/png"))
    policy = read_policy(signed.fields["policy"])
    verdicts = judge(policy, without.condition_values("example-bucket"))
    assert not all(verdict.passed for verdict in verdicts)


def test_temporary_credentials() -> None:
    credentials = Credentials("STS.abc", "temporary-secret", "CAISxxTESTTOKEN==")
    v1 = form().sign_v1(credentials, now=NOW)
    assert list(v1.fields)[-1] == "x-oss-security-token"
    assert "security-token" not in v1.policy
    v4 = form().sign_v4(credentials, "cn-hangzhou", now=NOW)
    assert {"x-oss-security-token": "CAISxxTESTTOKEN=="} in conditions(v4)
    assert v4.fields["x-oss-security-token"] == "CAISxxTESTTOKEN=="


@pytest.mark.parametrize(
    "changes",
    [
        {"key": f"{CREDENTIALS.access_key_secret}/a"},
        {"metadata": {"a": CREDENTIALS.access_key_secret}},
        {"callback": Callback(url="a.example", body=f"k={CREDENTIALS.access_key_secret}")},
        {"conditions": [["not-in", "$key", [CREDENTIALS.access_key_secret]]]},
    ],
)
def test_refuses_to_show_the_secret(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="holds the AccessKey secret") as caught:
        form(**changes).sign_v1(CREDENTIALS, now=NOW)
    assert CREDENTIALS.access_key_secret not in str(caught.value)
    with pytest.raises(ValueError, match="holds the AccessKey secret"):
        form(**changes).sign_v4(CREDENTIALS, "cn-hangzhou", now=NOW)


def test_refuses_to_sign_what_has_expired() -> None:
    expired = form(expires=NOW)
    with pytest.raises(ValueError, match="would have expired, at 2030-01-01T00:00:00"):
        expired.sign_v1(CREDENTIALS, now=NOW)
    assert expired.sign_v1(CREDENTIALS, now=NOW - timedelta(seconds=1)).expires == NOW


def test_refuses_a_field_that_no_store_takes() -> None:
    conditions = [["not-in", "$name", ["x" * 2500] * 900]]
    with pytest.raises(ValueError, match=r"the field policy takes \d+ bytes, 2097152"):
        form(conditions=conditions).sign_v1(CREDENTIALS, now=NOW)


def test_refuses_a_policy_for_several_buckets() -> None:
    several = form(conditions=[["starts-with", "$bucket", "ex"]])
    with pytest.raises(ValueError, match="bucket must match exactly"):
        several.sign_v1(CREDENTIALS, now=NOW)


def test_refuses_to_sign_at_a_moment_without_time_zone() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        form().sign_v1(CREDENTIALS, now=datetime(2030, 1, 1))


_VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20)


@given(note=_VALUES, disposition=_VALUES, query=_VALUES, prefix=_VALUES)
def test_a_form_keeps_its_own_policy_whatever_its_values(
    note: str, disposition: str, query: str, prefix: str
) -> None:
    signed = form(
        key=None,
        key_prefix=f"a{prefix}/",
        metadata={"note": note},
        headers={"Content-Disposition": disposition},
        success_redirect=f"https://example.com/?{query}",
        callback=Callback(url="https://a.example/", body=f"a={note.replace('{', '')}"),
    ).sign_v1(CREDENTIALS, now=NOW)
    assert allows(signed)
    for name in ("x-oss-meta-note", "Content-Disposition", "success_action_redirect", "callback"):
        assert not allows(signed, **{name: signed.fields[name] + "x"}), name
