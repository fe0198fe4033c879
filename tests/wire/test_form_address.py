"""Which requests are form uploads at all, and to which bucket they go."""

from __future__ import annotations

import pytest

from tests.wire.raw_http import exchange, head
from tests.wire.refusal import refusal
from tests.wire.signed_forms import v1
from tests.wire.store_client import FORM_TYPE, StoreClient, form


class TestAddress:
    def test_an_object_takes_no_form(self, store: StoreClient) -> None:
        answer = store.post("example-bucket/a", form({"key": "k", **v1()}))
        refusal(answer, "MethodNotAllowed", 405)
        assert answer.header("allow") == "DELETE, GET, HEAD, OPTIONS, PUT"

    def test_nor_does_the_service(self, store: StoreClient) -> None:
        refusal(store.post("", form({"key": "k", **v1()})), "MethodNotAllowed", 405)

    @pytest.mark.parametrize("query", ["append", "uploads", "policy", "acl"])
    def test_another_operation_is_looked_for_first(self, store: StoreClient, query: str) -> None:
        answer = store.post(f"example-bucket?{query}", form({"key": "k", **v1()}))
        refusal(answer, "NotImplemented", 501)

    def test_a_deletion_is_no_form(self, store: StoreClient) -> None:
        answer = store.post("example-bucket?delete", form({"key": "k", **v1()}))
        refusal(answer, "MissingArgument", 400, None, "0016-00000606")

    def test_a_parameter_that_selects_nothing(self, store: StoreClient, key: str) -> None:
        for path in ("example-bucket/", "example-bucket?a=b&c", "example-bucket/?Signature=x"):
            assert store.post(path, form({"key": key, **v1()})).status == 204

    def test_a_post_without_length_or_chunks(self, store: StoreClient) -> None:
        bare = head(b"POST", b"/example-bucket", [(b"Content-Type", FORM_TYPE)])
        message = "You must provide the Content-Length HTTP header."
        refusal(exchange(store.port, bare), "MissingContentLength", 411, message)

    @pytest.mark.parametrize(
        "name", [b"x-oss-object-acl", b"X-Oss-Forbid-Overwrite", b"Content-MD5", b"Authorization"]
    )
    def test_a_repeated_header_that_decides(
        self, store: StoreClient, key: str, name: bytes
    ) -> None:
        headers = [(name, b"private"), (name.lower(), b"private")]
        answer = store.post("example-bucket", form({"key": key, **v1()}), headers)
        message = "This header must occur only once."
        error = refusal(answer, "InvalidArgument", 400, message)
        assert error["ArgumentName"].lower() == name.decode().lower()

    def test_two_content_types(self, store: StoreClient, key: str) -> None:
        answer = store.post("open", form({"key": key}), [(b"Content-Type", FORM_TYPE)])
        message = "Bucket POST must be of the enclosure-type multipart/form-data."
        refusal(answer, "RequestIsNotMultiPartContent", 400, message)


class TestBucket:
    def test_unknown(self, store: StoreClient, key: str) -> None:
        answer = store.post("no-such-bucket", form({"key": key, **v1()}))
        message = "The specified bucket does not exist."
        error = refusal(answer, "NoSuchBucket", 404, message, "0015-00000101")
        assert error["BucketName"] == "no-such-bucket"

    def test_no_name(self, store: StoreClient, key: str) -> None:
        answer = store.post("No_Bucket", form({"key": key, **v1()}))
        refusal(answer, "InvalidBucketName", 400, None, "0015-00000001")

    def test_a_policy_for_one_bucket_is_none_for_another(
        self, store: StoreClient, key: str
    ) -> None:
        signed = v1({"bucket": "example-bucket"})
        assert store.post("example-bucket", form({"key": key, **signed})).status == 204
        answer = store.post("another", form({"key": key, **signed}))
        error = refusal(answer, "AccessDenied", 403, None, "0006-00000227")
        assert error["Received"] == "another"

    def test_a_field_never_names_the_bucket(self, store: StoreClient, key: str) -> None:
        """CVE-2023-43040."""
        signed = v1({"bucket": "example-bucket"})
        for address, field in (("another", "example-bucket"), ("example-bucket", "another")):
            body = form({"key": key, **signed, "bucket": field})
            error = refusal(store.post(address, body), "InvalidArgument", 400)
            assert (error["ArgumentName"], error["ArgumentValue"]) == ("bucket", field)
        same = form({"key": key, **signed, "bucket": "example-bucket"})
        assert store.post("example-bucket", same).status == 204
        assert store.read("another", key).status == 404
