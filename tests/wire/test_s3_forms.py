"""Forms of the S3 dialect beside the public tests' scenarios: V4, answers, hostile ones."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from tests.signing.vectors import KEY_ID
from tests.wire import signed_forms
from tests.wire.raw_http import request
from tests.wire.refusal import refusal
from tests.wire.s3_forms import BUCKET, full, policy, post, standard, v2, v4
from tests.wire.store_client import StoreClient, form

Sign = Callable[[list[object]], dict[str, str]]
SIGNS = pytest.mark.parametrize("sign", [lambda c: v2(policy(c)), v4], ids=["v2", "v4"])
ETAG = hashlib.md5(b"bar").hexdigest()


def here(key: str, *conditions: object) -> list[object]:
    return [{"bucket": BUCKET}, {"key": key}, *conditions]


class TestAnswers:
    @SIGNS
    def test_204_says_where_the_object_is(self, store: StoreClient, key: str, sign: Sign) -> None:
        answer = post(store.port, {"key": key, **sign(here(key))})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["ETag"] == f'"{ETAG}"'
        location = f"http://127.0.0.1:{store.port}/{BUCKET}/{key.replace('/', '%2F')}"
        assert answer.headers["Location"] == location
        assert answer.headers["Server"] == "AmazonS3"
        assert not [name for name in answer.headers if name.lower().startswith("x-oss")]
        assert store.read(BUCKET, key).header("etag") == f'"{ETAG.upper()}"'

    @SIGNS
    def test_the_older_redirect_comes_second(
        self, store: StoreClient, key: str, sign: Sign
    ) -> None:
        names = ("redirect", "success_action_redirect")
        signed = sign(here(key, *(["starts-with", f"${name}", ""] for name in names)))
        one = {"key": key, **signed, "redirect": "http://old.example/"}
        answer = post(store.port, one)
        assert answer.headers["Location"].startswith("http://old.example/?bucket=")
        both = {**one, "success_action_redirect": "http://new.example/"}
        assert post(store.port, both).headers["Location"].startswith("http://new.example/?")

    def test_the_type_is_the_fields(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **v2(policy(here(key)))}, part_type="text/html")
        assert store.post(BUCKET, body).status == 204
        assert store.read(BUCKET, key).header("content-type") == "binary/octet-stream"

    def test_a_refusal_is_logged_with_its_dialect_and_s3s_code(
        self, store: StoreClient, key: str
    ) -> None:
        answer = post(store.port, {**full(), "key": key, "x-amz-security-token": "t"})
        assert answer.status_code == 400
        assert "<Code>InvalidToken</Code>" in answer.text
        assert f"<RequestId>{answer.headers['x-amz-request-id']}</RequestId>" in answer.text

    def test_a_form_without_a_file(self, store: StoreClient) -> None:
        body = form(full()).replace(b'name="file"', b'name="other"')
        answer = store.post(BUCKET, body)
        assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
        assert answer.error["Message"] == "POST requires exactly one file upload per request."

    def test_anybody_else_is_answered_in_oss(self, store: StoreClient, key: str) -> None:
        answer = store.post(BUCKET, form({"key": key, "acl": "private"}))
        refusal(answer, "AccessDenied", 403, ec="0003-00000905")


class TestRules:
    @SIGNS
    @pytest.mark.parametrize(
        "name", ["submit", "acl", "x-amz-meta-a", "Expires", "callback", "x:a"]
    )
    def test_every_field_needs_a_condition(
        self, store: StoreClient, key: str, sign: Sign, name: str
    ) -> None:
        answer = post(store.port, {"key": key, **sign(here(key)), name: "private"})
        assert answer.status_code == 403
        message = f"Invalid according to Policy: Extra input fields: {name}"
        assert f"<Message>{message}</Message>" in answer.text
        assert store.read(BUCKET, key).status == 404

    def test_so_does_the_bucket(self, store: StoreClient, key: str) -> None:
        answer = post(store.port, {"key": key, **v2(policy([{"key": key}]))})
        assert "Extra input fields: bucket" in answer.text

    def test_v4_needs_its_fields_named(self, store: StoreClient, key: str) -> None:
        answer = post(store.port, {"key": key, **v2(policy(here(key)))})
        assert answer.status_code == 204
        signed = v4([["starts-with", "$key", ""]])
        assert "Extra input fields: bucket" in post(store.port, {"key": key, **signed}).text

    def test_x_ignore_covers_only_itself(self, store: StoreClient, key: str) -> None:
        signed = v2(policy(here(key)))
        assert post(store.port, {"key": key, **signed, "x-ignore-a": "1"}).status_code == 204
        answer = post(store.port, {"key": key, **signed, "x-ignored": "1"})
        assert "Extra input fields: x-ignored" in answer.text

    def test_the_key_is_judged_as_it_will_be(self, store: StoreClient, key: str) -> None:
        folder = f"{key}-folder/"
        signed = v2(policy([{"bucket": BUCKET}, ["starts-with", "$key", folder]]))
        fields = {"key": folder + "${filename}", **signed}
        assert post(store.port, fields, filename="a").status_code == 204
        fields = {"key": "${filename}", **signed}
        assert post(store.port, fields, filename="a").status_code == 403

    @pytest.mark.parametrize(
        ("canned", "acl"),
        [
            ("private", "private"),
            ("public-read", "public-read"),
            ("public-read-write", "public-read-write"),
            ("authenticated-read", "private"),
            ("bucket-owner-read", "private"),
            ("bucket-owner-full-control", "private"),
            ("aws-exec-read", "private"),
        ],
    )
    def test_canned_acls(self, store: StoreClient, key: str, canned: str, acl: str) -> None:
        signed = v2(policy(here(key, {"acl": canned})))
        assert post(store.port, {"key": key, **signed, "acl": canned}).status_code == 204
        assert f"<Grant>{acl}</Grant>".encode() in store.signed("GET", BUCKET, key, "acl").body

    def test_the_acl_header_of_oss_does_not_count(self, store: StoreClient, key: str) -> None:
        header = (b"x-oss-object-acl", b"public-read")
        body = form({"key": key, **v2(policy(here(key)))})
        assert store.post(BUCKET, body, [header]).status == 204
        assert request(store.port, b"GET", f"/{BUCKET}/{key}".encode()).status == 403

    def test_content_md5_is_the_files(self, store: StoreClient, key: str) -> None:
        signed = v2(policy(here(key, ["starts-with", "$Content-MD5", ""])))
        good = base64.b64encode(hashlib.md5(b"bar").digest()).decode()
        fields = {"key": key, **signed, "Content-MD5": good}
        assert "<Code>BadDigest</Code>" in post(store.port, fields, b"baz").text
        assert store.read(BUCKET, key).status == 404
        assert post(store.port, fields).status_code == 204

    @pytest.mark.parametrize(
        "name",
        [
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-website-redirect-location",
            "x-amz-object-lock-mode",
        ],
    )
    def test_nothing_is_dropped(self, store: StoreClient, key: str, name: str) -> None:
        signed = v2(policy(here(key, {name: "AES256"})))
        answer = post(store.port, {"key": key, **signed, name: "AES256"})
        assert (answer.status_code, f"<Header>{name}</Header>" in answer.text) == (501, True)
        assert store.read(BUCKET, key).status == 404

    def test_encryption_where_the_operator_vouches_for_it(
        self, strict: StoreClient, key: str
    ) -> None:
        name = "x-amz-server-side-encryption"
        fields = {"key": key, **v2(policy(here(key, {name: "AES256"}))), name: "AES256"}
        answer = post(strict.port, fields)
        assert (answer.status_code, answer.headers[name]) == (204, "AES256")

    def test_the_region_of_a_credential(self, strict: StoreClient, key: str) -> None:
        answer = post(strict.port, {"key": key, **v4(here(key))})
        assert "the region 'us-east-1' is wrong; expecting 'eu-west-1'" in answer.text
        assert post(strict.port, {"key": key, **v4(here(key), "eu-west-1")}).status_code == 204


class TestHostile:
    def test_two_signatures(self, store: StoreClient, key: str) -> None:
        of_s3, of_oss = v2(policy(here(key))), signed_forms.v1()
        answer = store.post(BUCKET, form({"key": key, **of_oss, **of_s3}))
        assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
        assert store.read(BUCKET, key).status == 404

    @pytest.mark.parametrize("name", ["x-oss-signature", "x-oss-credential", "OSSAccessKeyId"])
    def test_a_key_id_of_one_with_a_signature_of_the_other(
        self, store: StoreClient, key: str, name: str
    ) -> None:
        answer = store.post(BUCKET, form({"key": key, **v2(policy(here(key))), name: "x"}))
        refusal(answer, "InvalidArgument", 400)
        assert answer.error["ArgumentName"] == "AWSAccessKeyId"
        assert store.read(BUCKET, key).status == 404

    def test_v2_and_v4(self, store: StoreClient, key: str) -> None:
        conditions = here(key)
        fields = {**v4(conditions), "AWSAccessKeyId": KEY_ID, "signature": "x"}
        answer = post(store.port, {"key": key, **fields})
        assert "the fields of V2 and V4 must not be mixed" in answer.text

    def test_a_name_in_two_letter_cases(self, store: StoreClient, key: str) -> None:
        signed = v2(policy(here(key, {"acl": "private"})))
        fields = {"key": key, **signed, "acl": "private", "ACL": "public-read"}
        answer = post(store.port, fields)
        assert (answer.status_code, "<ArgumentName>ACL" in answer.text) == (400, True)

    def test_a_v4_signature_is_good_for_its_own_dialect_only(
        self, store: StoreClient, key: str
    ) -> None:
        signed = signed_forms.v4(["starts-with", "$key", ""])
        renamed = {name.replace("x-oss-", "x-amz-"): value for name, value in signed.items()}
        renamed["x-amz-algorithm"] = "AWS4-HMAC-SHA256"
        credential = renamed["x-amz-credential"].replace("oss/aliyun_v4_request", "s3/aws4_request")
        del renamed["x-amz-signature-version"]
        renamed["x-amz-credential"] = credential
        answer = post(store.port, {"key": key, **renamed})
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text

    def test_a_policy_that_oss_knows_is_judged_anew(self, store: StoreClient, key: str) -> None:
        """V1 and V2 sign alike; what was read for one form must not count for the other."""
        document = policy([{"bucket": BUCKET}, ["in", "$key", [key]]])
        signed = v2(document)
        of_oss = {
            "OSSAccessKeyId": KEY_ID,
            "policy": signed["policy"],
            "Signature": signed["signature"],
        }
        assert store.post(BUCKET, form({"key": key, **of_oss})).status == 204
        answer = post(store.port, {"key": key, **signed})
        assert "unknown operation 'in'" in answer.text

    def test_words_of_s3_open_no_bucket(self, store: StoreClient, key: str) -> None:
        """Anonymous forms bring an ACL where anybody may write and read, nowhere else."""
        answer = store.post("readable", form({"key": key, "acl": "public-read-write"}))
        refusal(answer, "AccessDenied", 403, ec="0003-00000905")
        answer = store.post("open", form({"key": key, "x-oss-object-acl": "private"}))
        refusal(answer, "AccessDenied", 403, ec="0003-00000905")
        fields = {"key": key, "acl": "private", "x-oss-tagging": "a=b"}
        refusal(store.post("open", form(fields)), "AccessDenied", 403, ec="0003-00000905")
        assert store.read("open", key).status == 404


def test_the_standard_form_by_v4(store: StoreClient) -> None:
    fields = {"key": "foo.txt", **v4(standard()), "acl": "private", "Content-Type": "text/plain"}
    assert post(store.port, fields).status_code == 204
