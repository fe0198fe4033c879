"""The 36 scenarios of the public S3 tests of POST Object, with their verdicts (facts 11.7).

The numbers in the names are those of the facts. Objects are read back by OSS's operations.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.signing.vectors import KEY_ID
from tests.wire.raw_http import RawAnswer
from tests.wire.s3_forms import BUCKET, expiration, full, policy, post, standard, v2
from tests.wire.store_client import StoreClient

TAGGING = (
    "<Tagging><TagSet><Tag><Key>0</Key><Value>0</Value></Tag>"
    "<Tag><Key>1</Key><Value>1</Value></Tag></TagSet></Tagging>"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(
        tmp_path_factory.mktemp("s3-scenarios"),
        *("--init-bucket", f"{BUCKET}:private"),
        *("--init-bucket", "open:public-read-write"),
    )
    yield client
    client.end()


@pytest.fixture(autouse=True)
def nothing_there(store: StoreClient) -> None:
    for bucket in (BUCKET, "open"):
        store.signed("DELETE", bucket, "foo.txt")


def read(store: StoreClient, key: str = "foo.txt", bucket: str = BUCKET) -> RawAnswer:
    answer = store.read(bucket, key)
    assert answer.status == 200
    return answer


def refused(store: StoreClient, answer: requests.Response, status: int, code: str) -> None:
    """The refusal is S3's, and nothing was stored."""
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True), (
        answer.text
    )
    assert "x-oss-request-id" not in answer.headers
    assert "<EC>" not in answer.text
    assert store.read(BUCKET, "foo.txt").status == 404


def without(*names: str) -> list[object]:
    """The standard conditions without those on these fields."""
    return [
        entry
        for entry in standard()
        if not (isinstance(entry, dict) and entry.keys() & set(names))
        and not (isinstance(entry, list) and str(entry[1])[1:] in names)
    ]


def sized(*bounds: int) -> dict[str, object]:
    """A policy with this range."""
    return policy([*standard()[:-1], ["content-length-range", *bounds]])


def test_1_anonymous_request(store: StoreClient) -> None:
    answer = post(store.port, {"key": "foo.txt", "acl": "public-read"}, bucket="open")
    assert answer.status_code == 204
    assert read(store, bucket="open").body == b"bar"


def test_2_authenticated_request(store: StoreClient) -> None:
    assert post(store.port, full()).status_code == 204
    assert read(store).body == b"bar"


def test_3_authenticated_no_content_type(store: StoreClient) -> None:
    form = full(policy(without("Content-Type")), Content_Type=None)
    assert post(store.port, form).status_code == 204
    assert read(store).body == b"bar"


def test_4_authenticated_request_bad_access_key(store: StoreClient) -> None:
    form = full(policy(standard("open")), AWSAccessKeyId="foo")
    refused(store, post(store.port, form, bucket="open"), 403, "InvalidAccessKeyId")
    assert store.read("open", "foo.txt").status == 404


def test_5_set_success_code(store: StoreClient) -> None:
    form = {"key": "foo.txt", "acl": "public-read", "success_action_status": "201"}
    answer = post(store.port, form, bucket="open")
    assert answer.status_code == 201
    assert "<Key>foo.txt</Key>" in answer.text


def test_6_set_invalid_success_code(store: StoreClient) -> None:
    form = {"key": "foo.txt", "acl": "public-read", "success_action_status": "404"}
    answer = post(store.port, form, bucket="open")
    assert (answer.status_code, answer.content) == (204, b"")


def test_7_upload_larger_than_chunk(store: StoreClient) -> None:
    content = b"foobar!!" * (3 * 1024 * 1024 // 8)
    assert post(store.port, full(sized(0, 5 * 1024 * 1024)), content).status_code == 204
    assert read(store).body == content


def test_8_set_key_from_filename(store: StoreClient) -> None:
    answer = post(store.port, full(key="${filename}"), filename="foo.txt")
    assert answer.status_code == 204
    assert read(store).body == b"bar"


def test_9_ignored_header(store: StoreClient) -> None:
    assert post(store.port, full(x_ignore_foo="bar")).status_code == 204


def test_10_case_insensitive_condition_fields(store: StoreClient) -> None:
    document = policy(
        [
            {"bUcKeT": BUCKET},
            ["StArTs-WiTh", "$KeY", "foo"],
            {"AcL": "private"},
            ["StArTs-WiTh", "$CoNtEnT-TyPe", "text/plain"],
            ["content-length-range", 0, 1024],
        ]
    )
    signed = v2(document)
    form = {
        "kEy": "foo.txt",
        "AWSAccessKeyId": KEY_ID,
        "aCl": "private",
        "signature": signed["signature"],
        "pOLICy": signed["policy"],
        "Content-Type": "text/plain",
    }
    assert post(store.port, form).status_code == 204


def test_11_escaped_field_values(store: StoreClient) -> None:
    document = policy([["starts-with", "$key", r"\$foo"], *without("key")])
    assert post(store.port, full(document, key=r"\$foo.txt")).status_code == 204
    assert read(store, r"\$foo.txt").body == b"bar"


def test_12_success_redirect_action(store: StoreClient) -> None:
    url = f"http://127.0.0.1:{store.port}/open"
    document = policy([*standard("open"), ["eq", "$success_action_redirect", url]])
    form = {**full(document), "success_action_redirect": url}
    answer = post(store.port, form, bucket="open")
    etag = hashlib.md5(b"bar").hexdigest()
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{url}?bucket=open&key=foo.txt&etag=%22{etag}%22"
    assert answer.headers["ETag"] == f'"{etag}"'


def test_13_invalid_signature(store: StoreClient) -> None:
    form = full()
    refused(
        store,
        post(store.port, {**form, "signature": form["signature"][::-1]}),
        403,
        "SignatureDoesNotMatch",
    )


def test_14_invalid_access_key(store: StoreClient) -> None:
    answer = post(store.port, full(AWSAccessKeyId=KEY_ID[::-1]))
    refused(store, answer, 403, "InvalidAccessKeyId")


def test_15_invalid_date_format(store: StoreClient) -> None:
    moment = str(datetime.now(UTC) + timedelta(seconds=6000))
    answer = post(store.port, full({"expiration": moment, "conditions": standard()}))
    refused(store, answer, 400, "InvalidPolicyDocument")


def test_16_no_key_specified(store: StoreClient) -> None:
    answer = post(store.port, full(policy(without("key")), key=None))
    refused(store, answer, 400, "InvalidArgument")
    assert "must contain a field named 'key'.  If" in answer.text


def test_17_missing_signature(store: StoreClient) -> None:
    refused(store, post(store.port, full(signature=None)), 400, "InvalidArgument")


def test_18_missing_policy_condition(store: StoreClient) -> None:
    refused(store, post(store.port, full(policy(without("bucket")))), 403, "AccessDenied")


def test_19_user_specified_header(store: StoreClient) -> None:
    document = policy([*standard(), ["starts-with", "$x-amz-meta-foo", "bar"]])
    assert post(store.port, full(document, x_amz_meta_foo="barclamp")).status_code == 204
    assert read(store).header("x-oss-meta-foo") == "barclamp"


def test_20_request_missing_policy_specified_field(store: StoreClient) -> None:
    document = policy([*standard(), ["starts-with", "$x-amz-meta-foo", "bar"]])
    refused(store, post(store.port, full(document)), 403, "AccessDenied")


def test_21_condition_is_case_sensitive(store: StoreClient) -> None:
    document = {"expiration": expiration(), "CONDITIONS": standard()}
    refused(store, post(store.port, full(document)), 400, "InvalidPolicyDocument")


def test_22_expires_is_case_sensitive(store: StoreClient) -> None:
    document = {"EXPIRATION": expiration(), "conditions": standard()}
    refused(store, post(store.port, full(document)), 400, "InvalidPolicyDocument")


def test_23_expired_policy(store: StoreClient) -> None:
    document = {"expiration": expiration(timedelta(seconds=-6000)), "conditions": standard()}
    refused(store, post(store.port, full(document)), 403, "AccessDenied")


def test_24_wrong_bucket(store: StoreClient) -> None:
    form = full()
    for fields in (form, {**form, "bucket": BUCKET}):
        refused(store, post(store.port, fields, bucket="open"), 403, "AccessDenied")
    assert store.read("open", "foo.txt").status == 404


def test_25_invalid_request_field_value(store: StoreClient) -> None:
    document = policy([*standard(), ["eq", "$x-amz-meta-foo", ""]])
    answer = post(store.port, full(document, x_amz_meta_foo="barclamp"))
    refused(store, answer, 403, "AccessDenied")


def test_26_missing_expires_condition(store: StoreClient) -> None:
    answer = post(store.port, full({"conditions": standard()}))
    refused(store, answer, 400, "InvalidPolicyDocument")


def test_27_missing_conditions_list(store: StoreClient) -> None:
    answer = post(store.port, full({"expiration": expiration()}))
    refused(store, answer, 400, "InvalidPolicyDocument")


def test_28_upload_size_limit_exceeded(store: StoreClient) -> None:
    refused(store, post(store.port, full(sized(0, 0))), 400, "EntityTooLarge")


def test_29_missing_content_length_argument(store: StoreClient) -> None:
    refused(store, post(store.port, full(sized(0))), 400, "InvalidPolicyDocument")


def test_30_invalid_content_length_argument(store: StoreClient) -> None:
    refused(store, post(store.port, full(sized(-1, 0))), 400, "InvalidPolicyDocument")


def test_31_upload_size_below_minimum(store: StoreClient) -> None:
    refused(store, post(store.port, full(sized(512, 1000))), 400, "EntityTooSmall")


def test_32_upload_size_rgw_chunk_size_bug(store: StoreClient) -> None:
    size = 4 * 1024 * 1024
    document = sized(size, 3 * size)
    assert post(store.port, full(document), b"x" * (size + 200)).status_code == 204


def test_33_empty_conditions(store: StoreClient) -> None:
    refused(store, post(store.port, full(policy([{}]))), 400, "InvalidPolicyDocument")


def test_34_tags_anonymous_request(store: StoreClient) -> None:
    form = {"key": "foo.txt", "acl": "public-read", "tagging": TAGGING}
    assert post(store.port, form, bucket="open").status_code == 204
    assert read(store, bucket="open").header("x-oss-tagging-count") == "2"


def test_35_tags_authenticated_request(store: StoreClient) -> None:
    document = policy([*standard(), ["starts-with", "$tagging", ""]])
    assert post(store.port, full(document, tagging=TAGGING)).status_code == 204
    answer = read(store)
    assert (answer.body, answer.header("x-oss-tagging-count")) == (b"bar", "2")


def test_36_upload_checksum(store: StoreClient) -> None:
    content = b"a" * (2 * 1024 * 1024)
    document = sized(0, 5 * 1024 * 1024)
    good = base64.b64encode(hashlib.sha256(content).digest()).decode()
    form = full(document, x_amz_checksum_sha256="sailorjerry")
    refused(store, post(store.port, form, content), 400, "InvalidRequest")
    wrong = base64.b64encode(hashlib.sha256(b"b").digest()).decode()
    form = full(document, x_amz_checksum_sha256=wrong)
    refused(store, post(store.port, form, content), 400, "BadDigest")
    answer = post(store.port, full(document, x_amz_checksum_sha256=good), content)
    assert answer.status_code == 204
    assert read(store).body == content
