"""Which of a form's flaws is refused first, and what follows the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.model.limits import MIB
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import request
from tests.wire.refusal import refusal
from tests.wire.signatures import encoded, policy_field, v1_fields, v4_fields, v4_names
from tests.wire.signed_forms import v1
from tests.wire.store_client import FORM_TYPE, StoreClient, form


class TestOrder:
    """A form with every flaw is refused for the first; mend it, and the next one shows."""

    def test_one_flaw_after_the_other(self, store: StoreClient) -> None:
        bad_signature = {"Signature": "wrong"}
        expired = v1_fields(KEY_ID, SECRET, policy_field([{"a": "b"}], timedelta(hours=-1)))
        failing = v1({"x-y": "1"}, ["content-length-range", 0, 1])
        fine = v1(["content-length-range", 0, 1])
        fitting = v1(["content-length-range", 9, 9])
        value = {"x-oss-object-acl": "public"}
        forbid = {"x-oss-forbid-overwrite": "true"}
        taken = {"key": "order/taken"}
        assert store.post("example-bucket", form({**taken, **v1()})).status == 204

        def code(bucket: str, *parts: Mapping[str, str], content_type: bytes = FORM_TYPE) -> str:
            fields = {name: text for part in parts for name, text in part.items()}
            answer = store.post(bucket, form(fields), content_type=content_type)
            return answer.error["Code"] + "/" + answer.error.get("EC", "")

        flaws = (value, forbid)
        assert code("No", expired, *flaws, content_type=b"a/b") == "InvalidBucketName/0015-00000001"
        assert code("none", expired, *flaws, content_type=b"a/b") == "RequestIsNotMultiPartContent/"
        assert code("none", expired, *flaws) == "InvalidArgument/"
        assert code("none", {"key": "/"}, expired, *flaws) == "InvalidObjectName/"
        mixed = {"x-oss-date": "x"}
        assert code("none", taken, mixed, expired, *flaws) == "InvalidArgument/"
        nobody = {"OSSAccessKeyId": "Nobody"}
        assert code("none", taken, expired, nobody, bad_signature) == (
            "InvalidAccessKeyId/0002-00000902"
        )
        assert code("none", taken, expired, bad_signature) == "SignatureDoesNotMatch/0002-00000705"
        broken = v1_fields(KEY_ID, SECRET, encoded('{"conditions":[{"a":"b"},1],"expiration":"x"}'))
        assert code("none", taken, broken, *flaws) == "InvalidPolicyDocument/0006-00000212"
        assert code("none", taken, expired, *flaws) == "AccessDenied/0006-00000213"
        assert code("none", taken, failing, *flaws) == "AccessDenied/0006-00000226"
        assert code("none", taken, fine, *flaws) == "NoSuchBucket/0015-00000101"
        assert code("example-bucket", taken, *flaws) == "AccessDenied/0003-00000905"
        assert code("example-bucket", taken, fine, *flaws) == "InvalidArgument/"
        assert code("example-bucket", taken, fine, forbid) == "FileAlreadyExists/0026-00000002"
        assert code("example-bucket", taken, fine) == "EntityTooLarge/0006-00000003"
        assert code("example-bucket", taken, fitting) == "EntityTooSmall/0006-00000004"

    def test_what_follows_the_file_comes_last(self, store: StoreClient, key: str) -> None:
        """A file too small and a second file: the size is known first."""
        body = form({"key": key, **v1(["content-length-range", 9, 9])}, late=[("file", "x")])
        refusal(store.post("example-bucket", body), "EntityTooSmall", 400, None, "0006-00000004")
        body = form({"key": key, **v1()}, late=[("file", "x")])
        md5 = [(b"Content-MD5", b"AAAAAAAAAAAAAAAAAAAAAA==")]
        answer = store.post("example-bucket", body, md5)
        refusal(answer, "IncorrectNumberOfFilesInPOSTRequest", 400)

    def test_v4_coverage_comes_before_conditions(self, store: StoreClient, key: str) -> None:
        names = v4_names(KEY_ID, datetime.now(UTC))
        fields = v4_fields(names, SECRET, policy_field([{"x-y": "1"}]))
        answer = store.post("example-bucket", form({"key": key, **fields}))
        refusal(answer, "AccessDenied", 403, None, "0006-00000228")


class TestLateFields:
    HINT = "Fields after 'file' are ignored: 'file' must be the last field of the form."

    @pytest.mark.parametrize("name", ["key", "policy", "Signature", "OSSAccessKeyId"])
    def test_a_needed_field_behind_the_file_is_missing(
        self, store: StoreClient, key: str, name: str
    ) -> None:
        fields = {"key": key, **v1()}
        late = [(name, fields.pop(name))]
        error = refusal(
            store.post("example-bucket", form(fields, late=late)),
            "InvalidArgument",
            400,
            None,
            "0002-00000702" if name == "policy" else None,
        )
        assert (error["LateField"], error["Hint"]) == (name, self.HINT)

    def test_so_is_one_that_a_condition_names(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **v1({"fileName": "a"})}, late=[("FileName", "a")])
        answer = store.post("example-bucket", body)
        error = refusal(answer, "AccessDenied", 403, None, "0006-00000226")
        assert (error["LateField"], error["Hint"]) == ("FileName", self.HINT)
        assert error["Condition"] == '["eq", "$fileName", "a"]'

    def test_a_chunked_form_is_looked_through_too(self, store: StoreClient, key: str) -> None:
        body = form(v1(), late=[("key", key)])
        chunks = [b"%x\r\n%s\r\n" % (len(body), body), b"0\r\n\r\n"]
        error = store.post_chunked("example-bucket", chunks).error
        assert (error["LateField"], error["Hint"]) == ("key", self.HINT)

    @pytest.mark.parametrize("chunked", [False, True])
    def test_behind_a_long_file_a_missing_field_gives_the_hint(
        self, store: StoreClient, key: str, chunked: bool
    ) -> None:
        content = b"x" * (3 * MIB)
        for fields in (v1(), {"key": key, **v1({"fileName": "a"})}):
            body = form(fields, content, late=[("key", key), ("fileName", "a")])
            if chunked:
                chunks = [b"%x\r\n%s\r\n" % (len(body), body), b"0\r\n\r\n"]
                error = store.post_chunked("example-bucket", chunks).error
            else:
                error = store.post("example-bucket", body).error
            assert error["Hint"].startswith("If the form has this field, then after 'file'")
        wrong = {"key": key, **v1(), "x-oss-object-acl": "none such"}
        assert "Hint" not in store.post("example-bucket", form(wrong, content)).error

    def test_an_unneeded_one_is_not_blamed(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **v1({"fileName": "a"})}, late=[("submit", "Go"), ("key", "x")])
        assert "LateField" not in store.post("example-bucket", body).error

    def test_what_comes_late_changes_nothing(self, store: StoreClient, key: str) -> None:
        late = [("submit", "Go"), ("x-oss-object-acl", "public-read-write"), ("key", "other")]
        assert store.post("example-bucket", form({"key": key, **v1()}, late=late)).status == 204
        anonymous = request(store.port, b"GET", f"/example-bucket/{key}".encode())
        assert anonymous.status == 403
        assert store.read("example-bucket", "other").status == 404
