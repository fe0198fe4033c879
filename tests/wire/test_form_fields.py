"""What a form's fields make of the object: its key, headers, metadata and ACL."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import request
from tests.wire.refusal import refusal
from tests.wire.signatures import encoded, v1_fields
from tests.wire.signed_forms import Sign, v1, v4
from tests.wire.store_client import StoreClient, form


class TestKey:
    @pytest.mark.parametrize(
        ("template", "filename", "key"),
        [
            ("up/${filename}", "cv.pdf", "up/cv.pdf"),
            ("up/${filename}-${filename}", "b", "up/b-b"),
            ("up/${filename}", "C:\\\\Users\\\\e\\\\w.doc", "up/w.doc"),
            ("up/${filename}", "文件.txt", "up/文件.txt"),
            ("up/${other}-$x", "c", "up/${other}-$x"),
        ],
    )
    def test_filename(self, store: StoreClient, template: str, filename: str, key: str) -> None:
        fields = {"key": template, **v1({"key": template})}
        assert store.post("example-bucket", form(fields, filename=filename)).status == 204
        assert store.read("example-bucket", key).body == b"bytes"

    @pytest.mark.parametrize("written", [r"user/\${filename}", r"user/\\${filename}"])
    def test_the_condition_sees_the_key_unexpanded(self, store: StoreClient, written: str) -> None:
        """`\\$` in the policy's JSON: raw, as older SDKs write it, and legal."""
        text = (
            '{"expiration":"2120-01-01T12:00:00.000Z","conditions":[["eq","$key","'
            + written
            + '"]]}'
        )
        fields = v1_fields(KEY_ID, SECRET, encoded(text))
        answer = store.post("example-bucket", form({"key": "user/${filename}", **fields}))
        assert answer.status == 204
        assert store.read("example-bucket", "user/a.txt").body == b"bytes"
        expanded = store.post("example-bucket", form({"key": "user/a.txt", **fields}))
        refusal(expanded, "AccessDenied", 403, None, "0006-00000227")

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("/leading", "The specified object is not valid."),
            ("\\leading", "The specified object is not valid."),
            ("k" * 1024, "The Length of Object name must be less than 1024."),
        ],
    )
    def test_no_key(self, store: StoreClient, value: str, message: str) -> None:
        answer = store.post("example-bucket", form({"key": value, **v1()}))
        refusal(answer, "InvalidObjectName", 400, message)

    def test_missing(self, store: StoreClient) -> None:
        answer = store.post("example-bucket", form(v1()))
        message = (
            "The bucket POST must contain the specified 'key'. If it is specified, please check "
            "the order of the fields"
        )
        assert refusal(answer, "InvalidArgument", 400, message)["ArgumentName"] == "key"


class TestStoredHeaders:
    @pytest.mark.parametrize(
        ("fields", "part_type", "stored"),
        [
            ({}, None, "application/octet-stream"),
            ({"Content-Type": "a/field"}, None, "a/field"),
            ({"Content-Type": "a/field"}, "a/part", "a/part"),
            ({"Content-Type": "a/field", "x-oss-content-type": "an/own"}, "a/part", "an/own"),
            ({"x-oss-content-type": ""}, "text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ],
    )
    def test_content_type(
        self,
        store: StoreClient,
        key: str,
        fields: dict[str, str],
        part_type: str | None,
        stored: str,
    ) -> None:
        body = form({"key": key, **v1(), **fields}, part_type=part_type)
        assert store.post("example-bucket", body).status == 204
        assert store.read("example-bucket", key).header("content-type") == stored

    @pytest.mark.parametrize(
        ("fields", "part_type", "allowed"),
        [
            ({}, "image/png", True),
            ({"Content-Type": "image/png"}, None, True),
            ({"Content-Type": "image/png"}, "text/html", False),
            ({"x-oss-content-type": "image/png"}, "text/html", True),
            ({"x-oss-content-type": "text/html"}, "image/png", False),
            ({}, None, False),
            ({}, "IMAGE/PNG", False),
            ({}, "image/png; x=y", False),
        ],
    )
    def test_a_condition_sees_the_effective_type(
        self,
        store: StoreClient,
        key: str,
        fields: dict[str, str],
        part_type: str | None,
        allowed: bool,
    ) -> None:
        signed = v1(["in", "$content-type", ["image/jpg", "image/png"]])
        answer = store.post(
            "example-bucket", form({"key": key, **signed, **fields}, part_type=part_type)
        )
        assert answer.status == (204 if allowed else 403)

    def test_headers_and_metadata_come_back(self, store: StoreClient, key: str) -> None:
        fields = {
            "Cache-Control": "max-age=60",
            "Content-Disposition": 'attachment; filename="文件.txt"',
            "Content-Encoding": "identity",
            "Content-Language": "de",
            "Expires": "Thu, 01 Dec 2044 16:00:00 GMT",
            "X-OSS-Meta-Author": "Ça va",
            "x-oss-tagging": "a=1&b=",
            "x-oss-storage-class": "IA",
        }
        assert store.post("example-bucket", form({"key": key, **v1(), **fields})).status == 204
        stored = store.read("example-bucket", key)
        for name in fields.keys() - {"x-oss-tagging"}:
            assert stored.header(name.lower()) == fields[name]
        assert stored.header("x-oss-tagging-count") == "2"
        assert b"<StorageClass>IA</StorageClass>" in store.keys("example-bucket")

    @pytest.mark.parametrize(
        ("fields", "code", "message", "ec"),
        [
            (
                {"Content-Encoding": "gzip\r\nX: y"},
                "InvalidArgument",
                "A header value must not hold control characters.",
                "0011-00000008",
            ),
            (
                {"success_action_redirect": "http://a.example/\r\nSet-Cookie: a=b"},
                "InvalidArgument",
                "A header value must not hold control characters.",
                None,
            ),
            (
                {"x-oss-meta-a": "a\nb"},
                "InvalidArgument",
                "A header value must not hold control characters.",
                None,
            ),
            (
                {"x-oss-content-type": "a/b\x00"},
                "InvalidArgument",
                "A header value must not hold control characters.",
                None,
            ),
            (
                {"x-oss-meta-a": "v" * 8192},
                "InvalidArgument",
                "The total size of user metadata is 8204 bytes; at most 8192 are allowed.",
                None,
            ),
            (
                {"x-oss-meta-pillarbox-x": "v"},
                "InvalidArgument",
                "This name of user metadata is reserved.",
                None,
            ),
            (
                {"x-oss-object-acl": "public"},
                "InvalidArgument",
                "no such object access control exists",
                None,
            ),
            (
                {"x-oss-storage-class": "Cold"},
                "InvalidArgument",
                "no such storage class exists",
                None,
            ),
            (
                {"x-oss-tagging": "a=1&a=2"},
                "InvalidArgument",
                "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
                "parameters without tag name duplicates.",
                None,
            ),
            (
                {"x-oss-tagging": "k" * 129 + "=v"},
                "InvalidTaggingKey",
                "The tagging key you provided is invalid.",
                None,
            ),
            (
                {"x-oss-server-side-encryption": "ROT13"},
                "InvalidEncryptionAlgorithmError",
                "The encryption algorithm specified is not valid.",
                None,
            ),
        ],
    )
    def test_values_that_are_none(
        self,
        store: StoreClient,
        key: str,
        fields: dict[str, str],
        code: str,
        message: str,
        ec: str | None,
    ) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1(), **fields}))
        refusal(answer, code, 400, message, ec)
        assert store.read("example-bucket", key).status == 404


class TestAcl:
    def acl_of(self, store: StoreClient, key: str) -> str | None:
        answer = store.signed("GET", "example-bucket", key, "acl")
        return fromstring(answer.body).findtext("AccessControlList/Grant")

    @pytest.mark.parametrize("acl", ["default", "private", "public-read", "public-read-write"])
    def test_field(self, store: StoreClient, key: str, acl: str) -> None:
        store.post("example-bucket", form({"key": key, **v1(), "x-oss-object-acl": acl}))
        assert self.acl_of(store, key) == acl
        anonymous = request(store.port, b"GET", f"/example-bucket/{key}".encode())
        assert anonymous.status == (200 if acl.startswith("public") else 403)

    def test_header(self, store: StoreClient, key: str) -> None:
        headers = [(b"x-oss-object-acl", b"public-read")]
        store.post("example-bucket", form({"key": key, **v1()}), headers)
        assert self.acl_of(store, key) == "public-read"

    def test_the_field_beats_the_header(self, store: StoreClient, key: str) -> None:
        headers = [(b"x-oss-object-acl", b"public-read-write")]
        body = form({"key": key, **v1(), "x-oss-object-acl": "private"})
        store.post("example-bucket", body, headers)
        assert self.acl_of(store, key) == "private"

    def test_none(self, store: StoreClient, key: str) -> None:
        store.post("example-bucket", form({"key": key, **v1()}))
        assert self.acl_of(store, key) == "default"

    def test_a_header_does_not_slip_past_the_policy(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **v1({"x-oss-object-acl": "private"})})
        answer = store.post("example-bucket", body, [(b"x-oss-object-acl", b"public-read-write")])
        error = refusal(answer, "AccessDenied", 403, None, "0006-00000227")
        assert error["Received"] == "public-read-write"


class TestLater:
    @pytest.mark.parametrize(
        ("fields", "header"),
        [
            ({"x-oss-server-side-encryption": "AES256"}, "x-oss-server-side-encryption"),
            ({"x-oss-server-side-encryption": "KMS"}, "x-oss-server-side-encryption"),
            (
                {"x-oss-server-side-encryption-key-id": "k"},
                "x-oss-server-side-encryption-key-id",
            ),
            ({"x-oss-server-side-data-encryption": "SM4"}, "x-oss-server-side-data-encryption"),
            ({"x-amz-server-side-encryption": "AES256"}, "x-amz-server-side-encryption"),
            ({"X-Amz-Server-Side-Encryption": "aws:kms"}, "X-Amz-Server-Side-Encryption"),
            ({"x-amz-acl": "private"}, "x-amz-acl"),
            ({"x-amz-storage-class": "STANDARD_IA"}, "x-amz-storage-class"),
            ({"x-amz-meta-author": "Eric"}, "x-amz-meta-author"),
        ],
    )
    def test_a_false_success_is_worse_than_a_refusal(
        self, store: StoreClient, key: str, fields: dict[str, str], header: str
    ) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1(), **fields}))
        assert refusal(answer, "NotImplemented", 501)["Header"] == header
        assert store.read("example-bucket", key).status == 404

    @pytest.mark.parametrize("sign", [v1, v4], ids=["v1", "v4"])
    def test_a_token_of_nobody(self, store: StoreClient, key: str, sign: Sign) -> None:
        body = form({"key": key, **sign(), "x-oss-security-token": "t"})
        refusal(store.post("example-bucket", body), "InvalidSecurityToken", 403)
        assert store.read("example-bucket", key).status == 404

    @pytest.mark.parametrize("sign", [v1, dict], ids=["signed", "anonymous"])
    def test_an_s3_key_for_encryption(self, store: StoreClient, key: str, sign: Sign) -> None:
        name = "x-amz-server-side-encryption-aws-kms-key-id"
        answer = store.post("open", form({"key": key, **sign(), name: "k"}))
        assert refusal(answer, "NotImplemented", 501, None, "0006-00000116")["Header"] == name
        assert store.read("open", key).status == 404

    @pytest.mark.parametrize(
        "fields",
        [
            {"callback": ""},
            {"x-oss-security-token": ""},
            {"x-oss-callback": "e30="},
            {"x-amz-acl": ""},
            {"acl": "public-read-write"},
        ],
    )
    def test_what_asks_for_nothing(
        self, store: StoreClient, key: str, fields: dict[str, str]
    ) -> None:
        assert store.post("example-bucket", form({"key": key, **v1(), **fields})).status == 204

    def test_encryption_where_the_operator_vouches_for_it(
        self, strict: StoreClient, key: str
    ) -> None:
        aes = {"key": key, **v1(), "x-oss-server-side-encryption": "AES256"}
        answer = strict.post("example-bucket", form(aes))
        assert answer.status == 204
        assert answer.header("x-oss-server-side-encryption") == "AES256"
        stored = strict.read("example-bucket", key)
        assert stored.header("x-oss-server-side-encryption") == "AES256"
        kms = {"key": key, **v1(), "x-oss-server-side-encryption": "KMS"}
        refusal(strict.post("example-bucket", form(kms)), "NotImplemented", 501)
