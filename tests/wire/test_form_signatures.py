"""Who sent a form: V1 and V4 signatures, and forms without any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.forms.post_form import Credentials, PostForm
from tests.signing import vectors
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import request
from tests.wire.refusal import refusal
from tests.wire.signatures import encoded, policy_field, v4_fields, v4_names
from tests.wire.signed_forms import ANYTHING, Sign, v1, v4
from tests.wire.store_client import StoreClient, form


class TestSignatures:
    def test_v1_by_a_published_vector(self, store: StoreClient) -> None:
        fields = {
            "key": "user/eric/p1.png",
            "OSSAccessKeyId": vectors.KEY_ID,
            "policy": vectors.P1_FIELD,
            "Signature": vectors.P1_SIGNATURE,
        }
        answer = store.post("example-bucket", form(fields, part_type="image/png"))
        assert answer.status == 204
        assert (
            store.read("example-bucket", "user/eric/p1.png").header("content-type") == "image/png"
        )

    def test_v1_by_a_published_vector_beyond_ascii(self, store: StoreClient) -> None:
        fields = {
            "key": "用户/é.txt",
            "OSSAccessKeyId": vectors.KEY_ID,
            "policy": vectors.P2_FIELD,
            "Signature": vectors.P2_SIGNATURE,
        }
        assert store.post("example-bucket", form(fields)).status == 204
        assert store.read("example-bucket", "用户/é.txt").body == b"bytes"

    def test_v4_by_a_published_vector(self, store: StoreClient) -> None:
        """Its date lies in 2030: right, and too early."""
        fields = {
            "key": "user/eric/p4.png",
            "x-oss-signature-version": "OSS4-HMAC-SHA256",
            "x-oss-credential": vectors.P4_CREDENTIAL,
            "x-oss-date": vectors.P4_DATE,
            "policy": encoded(vectors.P4_POLICY),
            "x-oss-signature": vectors.P4_SIGNATURE,
        }
        message = "x-oss-date is more than 15 minutes in the future."
        answer = store.post("example-bucket", form(fields))
        refusal(answer, "InvalidArgument", 400, message, "0002-00000709")

    @pytest.mark.parametrize("sign", [v1, v4])
    def test_by_hand(self, store: StoreClient, key: str, sign: Sign) -> None:
        answer = store.post("example-bucket", form({"key": key, **sign()}))
        assert answer.status == 204
        assert store.read("example-bucket", key).body == b"bytes"

    def test_by_the_toolkit(self, store: StoreClient, key: str) -> None:
        post_form = PostForm(
            endpoint=f"http://127.0.0.1:{store.port}",
            bucket="example-bucket",
            key=key,
            expires=timedelta(minutes=5),
        )
        credentials = Credentials(KEY_ID, SECRET)
        for signed in (
            post_form.sign_v1(credentials),
            post_form.sign_v4(credentials, region="cn-hangzhou"),
        ):
            assert store.post("example-bucket", form(signed.fields)).status == 204

    @pytest.mark.parametrize(
        ("sign", "name"), [(v1, "Signature"), (v4, "x-oss-signature")], ids=["v1", "v4"]
    )
    @pytest.mark.parametrize("wrong", ["wrong", "AAAA", "é"])
    def test_a_wrong_signature(
        self, store: StoreClient, key: str, sign: Sign, name: str, wrong: str
    ) -> None:
        answer = store.post("example-bucket", form({"key": key, **sign(), name: wrong}))
        message = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method."
        )
        error = refusal(answer, "SignatureDoesNotMatch", 403, message, "0002-00000705")
        assert error["OSSAccessKeyId"] == KEY_ID
        assert error["SignatureProvided"] == wrong
        assert SECRET.encode() not in answer.body

    def test_the_policy_that_was_signed_is_the_one_that_counts(
        self, store: StoreClient, key: str
    ) -> None:
        fields = v1({"key": "another"}) | {"policy": policy_field(ANYTHING)}
        answer = store.post("example-bucket", form({"key": key, **fields}))
        refusal(answer, "SignatureDoesNotMatch", 403, None, "0002-00000705")

    def test_an_unknown_key(self, store: StoreClient, key: str) -> None:
        message = "The OSS Access Key Id you provided does not exist in our records."
        answer = store.post("example-bucket", form({"key": key, **v1(), "OSSAccessKeyId": "No"}))
        refusal(answer, "InvalidAccessKeyId", 403, message, "0002-00000902")

    @pytest.mark.parametrize(
        ("left_out", "message", "ec"),
        [
            ("OSSAccessKeyId", "Post request accessKeyId is empty.", None),
            ("Signature", "Post request signature is empty.", None),
            ("policy", "Post request policy is empty.", "0002-00000702"),
        ],
    )
    @pytest.mark.parametrize("bucket", ["example-bucket", "open"])
    def test_all_fields_or_none(
        self, store: StoreClient, key: str, left_out: str, message: str, ec: str | None, bucket: str
    ) -> None:
        fields = {"key": key, **v1()}
        del fields[left_out]
        answer = store.post(bucket, form(fields))
        error = refusal(answer, "InvalidArgument", 400, message, ec)
        assert error["ArgumentName"] == left_out

    @pytest.mark.parametrize(
        ("changes", "ec"),
        [
            ({"x-oss-credential": "id/20260101/cn-hangzhou/oss"}, "0002-00000710"),
            ({"x-oss-credential": f"{KEY_ID}/2026/cn/oss/aliyun_v4_request"}, "0002-00000709"),
            ({"x-oss-credential": "i d/20260101/cn/oss/aliyun_v4_request"}, "0002-00000708"),
            ({"x-oss-date": "2026-01-01T00:00:00Z"}, "0002-00000709"),
            ({"x-oss-date": "20200101T000000Z"}, "0002-00000709"),
            ({"x-oss-signature-version": "OSS2"}, None),
        ],
    )
    def test_v4_fields_that_are_none(
        self, store: StoreClient, key: str, changes: dict[str, str], ec: str | None
    ) -> None:
        answer = store.post("example-bucket", form({"key": key, **v4(), **changes}))
        refusal(answer, "InvalidArgument", 400, None, ec)

    def test_a_v4_form_of_last_week(self, store: StoreClient, key: str) -> None:
        names = v4_names(KEY_ID, datetime.now(UTC) - timedelta(days=8))
        fields = v4_fields(names, SECRET, policy_field([{n: v} for n, v in names.items()]))
        answer = store.post("example-bucket", form({"key": key, **fields}))
        message = "x-oss-date is more than 7 days ago."
        refusal(answer, "InvalidArgument", 400, message, "0002-00000709")

    def test_two_algorithms(self, store: StoreClient, key: str) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1(), **v4()}))
        refusal(answer, "InvalidArgument", 400)

    def test_any_region_unless_one_is_pinned(
        self, store: StoreClient, strict: StoreClient, key: str
    ) -> None:
        other = form({"key": key, **v4(region="us-east-1")})
        assert store.post("example-bucket", other).status == 204
        message = "the region 'us-east-1' is wrong; expecting 'eu-west-1'"
        answer = strict.post("example-bucket", other)
        refusal(answer, "InvalidArgument", 400, message, "0002-00000710")
        pinned = form({"key": key, **v4(region="eu-west-1")})
        assert strict.post("example-bucket", pinned).status == 204

    @pytest.mark.parametrize(
        "header", [b"garbage", b"OSS x:y", b"OSS4-HMAC-SHA256 x", f"OSS {KEY_ID}:x".encode()]
    )
    def test_an_authorization_header_counts_for_nothing(
        self, store: StoreClient, key: str, header: bytes
    ) -> None:
        headers = [(b"Authorization", header)]
        assert store.post("example-bucket", form({"key": key, **v1()}), headers).status == 204
        answer = store.post("example-bucket", form({"key": key}), headers)
        refusal(answer, "AccessDenied", 403, None, "0003-00000905")


class TestAnonymous:
    def test_where_anybody_may_write(self, store: StoreClient, key: str) -> None:
        answer = store.post("open", form({"key": key, "success_action_status": "201"}))
        assert answer.status == 201
        assert request(store.port, b"GET", f"/open/{key}".encode()).body == b"bytes"

    @pytest.mark.parametrize("bucket", ["example-bucket", "readable"])
    def test_elsewhere(self, store: StoreClient, key: str, bucket: str) -> None:
        message = "Anonymous user has no right to access this object."
        answer = store.post(bucket, form({"key": key}))
        refusal(answer, "AccessDenied", 403, message, "0003-00000905")
        assert key.encode() not in store.keys(bucket)

    def test_an_objects_acl_beats_the_buckets(self, store: StoreClient, key: str) -> None:
        owned = {"key": key, **v1(), "x-oss-object-acl": "private"}
        assert store.post("open", form(owned, b"mine")).status == 204
        answer = store.post("open", form({"key": key}))
        refusal(answer, "AccessDenied", 403, None, "0003-00000905")
        assert store.read("open", key).body == b"mine"
        shared = {"key": key, **v1(), "x-oss-object-acl": "public-read-write"}
        assert store.post("example-bucket", form(shared)).status == 204
        assert store.post("example-bucket", form({"key": key}, b"anybody's")).status == 204

    def test_fields_that_belong_to_a_signature_make_a_form_a_signed_one(
        self, store: StoreClient, key: str
    ) -> None:
        for name in ("policy", "Signature", "OSSAccessKeyId", "x-oss-date", "x-amz-signature"):
            assert store.post("open", form({"key": key, name: "x"})).status in (400, 501)
