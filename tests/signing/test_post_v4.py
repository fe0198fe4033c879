import base64
import hmac
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import OSS
from pillarbox.model.refusals import Refusal
from pillarbox.signing import post_v4
from pillarbox.signing.post_v4 import Scope
from tests.signing import vectors

SCOPE = Scope(vectors.KEY_ID, "20300101", "cn-hangzhou")
DATE = datetime(2030, 1, 1, tzinfo=UTC)
MALFORMED = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/'
    'aliyun_v4_request".'
)


@pytest.mark.parametrize(
    ("policy", "signature"),
    [
        pytest.param(vectors.P4_POLICY, vectors.P4_SIGNATURE, id="P4"),
        pytest.param(vectors.P5_POLICY, vectors.P5_SIGNATURE, id="P5-token"),
    ],
)
def test_signs_as_the_vectors_do(policy: str, signature: str) -> None:
    field = base64.b64encode(policy.encode("utf-8"))
    assert post_v4.sign(vectors.SECRET, SCOPE, field, OSS) == signature


def test_the_key_is_made_in_the_four_documented_steps() -> None:
    steps = []
    key = b"aliyun_v4" + vectors.SECRET.encode()
    for text in (b"20300101", b"cn-hangzhou", b"oss", b"aliyun_v4_request"):
        key = hmac.new(key, text, "sha256").digest()
        steps.append(key.hex())
    assert steps == [
        "45d76e2e4eed79aeb9deaff1ef5fc4fe2e1ed9b9b5ff90145a997e26d2cf7472",
        "49cc1a8608ab1719ae37197f30170c078b3dbecdca08b05cfbc3adf1d6efb580",
        "4319aced2806e56f86252901907954128f048f95eacb6adb5d28582c6245f369",
        vectors.P4_KEY,
    ]
    assert post_v4.signing_key(vectors.SECRET, SCOPE, OSS).hex() == vectors.P4_KEY


def test_parses_the_documented_credential_and_renders_it_again() -> None:
    assert Scope.parse(vectors.P4_CREDENTIAL, OSS) == SCOPE
    assert SCOPE.render(OSS) == vectors.P4_CREDENTIAL


@pytest.mark.parametrize(
    ("credential", "ec"),
    [
        ("", "0002-00000710"),
        ("TestAccessKeyId01", "0002-00000710"),
        ("id/20300101/cn-hangzhou/oss", "0002-00000710"),
        ("id/20300101/cn-hangzhou/oss/aliyun_v4_request/", "0002-00000710"),
        ("id/20300101/cn-hangzhou/oss/aws4_request", "0002-00000710"),
        ("id/20300101/cn-hangzhou/s3/aliyun_v4_request", "0002-00000710"),
        ("id/20300101/cn-hangzhou/OSS/aliyun_v4_request", "0002-00000710"),
        ("id/20300101//oss/aliyun_v4_request", "0002-00000710"),
        ("a/b/20300101/cn-hangzhou/oss/aliyun_v4_request", "0002-00000710"),
        ("/20300101/cn-hangzhou/oss/aliyun_v4_request", "0002-00000708"),
        ("id!/20300101/cn-hangzhou/oss/aliyun_v4_request", "0002-00000708"),
        ("ид/20300101/cn-hangzhou/oss/aliyun_v4_request", "0002-00000708"),
        ("id//cn-hangzhou/oss/aliyun_v4_request", "0002-00000709"),
        ("id/2030-01-01/cn-hangzhou/oss/aliyun_v4_request", "0002-00000709"),
        ("id/20300230/cn-hangzhou/oss/aliyun_v4_request", "0002-00000709"),
        ("id/2030011/cn-hangzhou/oss/aliyun_v4_request", "0002-00000709"),
        ("id/２０３０0101/cn-hangzhou/oss/aliyun_v4_request", "0002-00000709"),
    ],
)
def test_refuses_another_credential(credential: str, ec: str) -> None:
    with pytest.raises(Refusal) as caught:
        Scope.parse(credential, OSS)
    refusal = caught.value
    assert (refusal.code, refusal.status, refusal.ec) == ("InvalidArgument", 400, ec)
    assert refusal.message == MALFORMED
    assert refusal.details == {"ArgumentName": "x-oss-credential", "ArgumentValue": credential}


def test_a_refusal_repeats_no_more_than_fits_its_document() -> None:
    with pytest.raises(Refusal) as caught:
        Scope.parse("x" * 100_000, OSS)
    assert caught.value.details["ArgumentValue"] == "x" * 256


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2030-01-01T00:00:00Z",
        "20300101T000000",
        "20300101T000000z",
        "20300101 000000Z",
        "20300101T0000Z",
        "20300101T000000ZZ",
        "20300101T000000Z\n",
        " 20300101T000000Z",
        "20301301T000000Z",
        "20300101T250000Z",
        "20300101T000061Z",
        "2030０101T000000Z",
        "00000101T000000Z",
    ],
)
def test_refuses_another_spelling_of_the_date(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        post_v4.parse_date(text, OSS)
    refusal = caught.value
    assert (refusal.code, refusal.status, refusal.ec) == ("InvalidArgument", 400, "0002-00000709")
    assert refusal.message == "x-oss-date must be in the form of YYYYMMDDTHHMMSSZ."
    assert refusal.details == {"ArgumentName": "x-oss-date", "ArgumentValue": text}


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_a_date_that_is_rendered_parses_again(moment: datetime) -> None:
    assert post_v4.parse_date(post_v4.render_date(moment), OSS) == moment.replace(microsecond=0)


@pytest.mark.parametrize("local", ["UTC", "Asia/Shanghai"])
def test_renders_another_time_zone_in_utc(local: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", local)
    time.tzset()
    try:
        beijing = timezone(timedelta(hours=8))
        assert post_v4.render_date(datetime(2030, 1, 1, 8, tzinfo=beijing)) == vectors.P4_DATE
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "age",
    [
        timedelta(0),
        timedelta(minutes=-15),
        timedelta(minutes=16),
        timedelta(days=7),
    ],
)
def test_accepts_from_15_minutes_before_to_7_days_after(age: timedelta) -> None:
    post_v4.check_date(SCOPE, DATE, DATE + age, OSS)


@pytest.mark.parametrize(
    ("age", "message"),
    [
        (timedelta(minutes=-15, seconds=-1), "x-oss-date is more than 15 minutes in the future."),
        (timedelta(days=7, seconds=1), "x-oss-date is more than 7 days ago."),
    ],
)
def test_refuses_outside_of_the_window(age: timedelta, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        post_v4.check_date(SCOPE, DATE, DATE + age, OSS)
    refusal = caught.value
    assert (refusal.code, refusal.status, refusal.ec) == ("InvalidArgument", 400, "0002-00000709")
    assert refusal.message == message
    assert refusal.details == {"ArgumentName": "x-oss-date", "ArgumentValue": vectors.P4_DATE}


@pytest.mark.parametrize("off", [timedelta(seconds=-1), timedelta(days=1)])
def test_refuses_a_date_of_another_day_than_the_credentials(off: timedelta) -> None:
    date = DATE + off
    with pytest.raises(Refusal) as caught:
        post_v4.check_date(SCOPE, date, date, OSS)
    assert caught.value.message == "x-oss-date must be on the day of the credential, 20300101."
    assert caught.value.ec == "0002-00000709"


@given(
    st.sampled_from(["secret", "id", "day", "region", "field"]),
    st.binary(max_size=200),
)
def test_everything_that_goes_in_changes_the_signature(what: str, field: bytes) -> None:
    scope = SCOPE
    secret = vectors.SECRET
    signature = post_v4.sign(secret, scope, field, OSS)
    if what == "secret":
        secret += "x"
    elif what == "day":
        scope = Scope(scope.access_key_id, "20300102", scope.region)
    elif what == "region":
        scope = Scope(scope.access_key_id, scope.day, "cn-beijing")
    elif what == "field":
        field += b"x"
    else:
        # The id isn't part of the key chain; it stands in the policy, which is signed.
        other = Scope("another", scope.day, scope.region)
        assert post_v4.sign(secret, other, field, OSS) == signature
        return
    assert post_v4.sign(secret, scope, field, OSS) != signature
