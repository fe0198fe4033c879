"""What a form's post policy allows, and how a broken or failing one is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.refusal import refusal
from tests.wire.signatures import encoded, policy_field, v1_fields, v4_fields, v4_names
from tests.wire.signed_forms import ANYTHING, Sign, v1, v4
from tests.wire.store_client import StoreClient, form


class TestPolicy:
    """Section by section of "PostObject errors": what is wrong with the document."""

    END = ',"expiration":"2120-01-01T00:00:00Z"}'
    KEY = '["starts-with","$key",""]'

    @pytest.mark.parametrize(
        ("field", "message", "ec"),
        [
            ("%%%", "invalid Base64 encoding.", "0006-00000202"),
            ("abc", "invalid Base64 encoding.", "0006-00000202"),
            (base64.b64encode(b"\xff\xfe").decode(), "Invalid JSON.", "0006-00000203"),
            ("", "Expecting '{' but found End-of-Input", "0006-00000205"),
        ],
    )
    def test_no_text(self, store: StoreClient, key: str, field: str, message: str, ec: str) -> None:
        answer = store.post(
            "example-bucket", form({"key": key, **v1_fields(KEY_ID, SECRET, field)})
        )
        refusal(answer, "InvalidPolicyDocument", 400, f"Invalid Policy: {message}", ec)

    @pytest.mark.parametrize(
        ("text", "message", "ec"),
        [
            ('{"conditions":[' + KEY + "]}", "Policy missing expiration.", "0006-00000208"),
            ("{}", "Policy missing conditions.", "0006-00000209"),
            (
                '{"expiration":"2120-01-01T00:00:00Z"}',
                "Policy missing conditions.",
                "0006-00000209",
            ),
            (
                '{"conditions":[' + KEY + '],"expiration":123}',
                "Invalid 'expiration' value: '123'",
                "0006-00000210",
            ),
            (
                '{"conditions":[' + KEY + '],"expiration":""}',
                "Invalid 'expiration' value: ''",
                "0006-00000211",
            ),
            (
                '{"conditions":[' + KEY + '],"expiration":"2120-01-01 00:00:00+00:00"}',
                "Invalid 'expiration' value: '2120-01-01 00:00:00+00:00'",
                "0006-00000212",
            ),
            (
                '{"conditions":{}' + END,
                "Invalid 'conditions' value: must be a List.",
                "0006-00000214",
            ),
            (
                '{"conditions":[]' + END,
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property "
                "specified.",
                "0006-00000215",
            ),
            (
                '{"conditions":[{}]' + END,
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property "
                "specified.",
                "0006-00000215",
            ),
            (
                '{"conditions":[["$key"]]' + END,
                "Invalid Condition: missing operation identifier.",
                "0006-00000216",
            ),
            (
                '{"conditions":[["ends-with","$key","a"]]' + END,
                "Invalid Condition: unknown operation 'ends-with'.",
                "0006-00000217",
            ),
            (
                '{"conditions":[["starts-with","$key"]]' + END,
                "Invalid starts-with: wrong number of arguments.",
                "0006-00000218",
            ),
            (
                '{"conditions":[["content-length-range",9,1]]' + END,
                "Invalid content-length-range: max 1 is less than min 9.",
                "0006-00000219",
            ),
            (
                '{"conditions":[["content-length-range",10,"test"]]' + END,
                "Invalid content-length-range: 'test' is not an integer from 0 to "
                "9223372036854775807.",
                "0006-00000221",
            ),
            (
                '{"conditions":[["content-length-range",-1,10]]' + END,
                "Invalid content-length-range: '-1' is not an integer from 0 to "
                "9223372036854775807.",
                "0006-00000221",
            ),
            (
                '{"conditions":[["content-length-range",0,9223372036854775808]]' + END,
                "Invalid content-length-range: '9223372036854775808' is not an integer from 0 to "
                "9223372036854775807.",
                "0006-00000221",
            ),
            (
                '{"conditions":[123]' + END,
                "Invalid condition 123: must be a List or Object.",
                "0006-00000222",
            ),
            (
                '{"conditions":[["content-length-range",[1],"test"]]' + END,
                None,
                "0006-00000223",
            ),
            (
                '{"conditions":[{"key":1}]' + END,
                "Invalid Simple-Condition: value must be a string.",
                "0006-00000224",
            ),
            (
                '{"conditions":[["not-in","$key","a"]]' + END,
                "Invalid not-in: value must be a List of strings.",
                "0006-00000224",
            ),
            (
                '{"conditions":[' + KEY + '],"extra":1' + END,
                'Unexpected: "extra"',
                "0006-00000201",
            ),
            ('{"conditions":[' + KEY + "],", None, "0006-00000204"),
            ('{"conditions":[' + KEY + ",]" + END, None, "0006-00000204"),
            ('{"conditions":[' + KEY + '],"conditions":[]' + END, None, "0006-00000204"),
            ('{"conditions":[{"key":"a","key":"b"}]' + END, None, "0006-00000204"),
            ('{"conditions":' + "[" * 2000, None, "0006-00000204"),
            ("", "Expecting '{' but found End-of-Input", "0006-00000205"),
        ],
    )
    def test_structure(
        self, store: StoreClient, key: str, text: str, message: str | None, ec: str
    ) -> None:
        fields = v1_fields(KEY_ID, SECRET, encoded(text))
        answer = store.post("example-bucket", form({"key": key, **fields}))
        whole = None if message is None else f"Invalid Policy: {message}"
        error = refusal(answer, "InvalidPolicyDocument", 400, whole, ec)
        assert error["Message"].startswith("Invalid Policy: ")

    def test_expired(self, store: StoreClient, key: str) -> None:
        field = policy_field(ANYTHING, timedelta(seconds=-1))
        answer = store.post(
            "example-bucket", form({"key": key, **v1_fields(KEY_ID, SECRET, field)})
        )
        message = "Invalid according to Policy: Policy expired."
        refusal(answer, "AccessDenied", 403, message, "0006-00000213")

    @pytest.mark.parametrize(
        ("condition", "shown", "expected", "received"),
        [
            ({"bucket": "b"}, '["eq", "$bucket", "b"]', "b", "example-bucket"),
            (["eq", "$X-Y", "1"], '["eq", "$X-Y", "1"]', "1", "2"),
            (["EQ", "x-y", "1"], '["eq", "$x-y", "1"]', "1", "2"),
            (
                ["starts-with", "$x-y", "3"],
                '["starts-with", "$x-y", "3"]',
                'a value that starts with "3"',
                "2",
            ),
            (["in", "$x-y", ["a", "b"]], '["in", "$x-y", ["a", "b"]]', 'one of ["a", "b"]', "2"),
            (["not-in", "$x-y", ["2"]], '["not-in", "$x-y", ["2"]]', 'none of ["2"]', "2"),
        ],
    )
    def test_a_condition_that_fails(
        self,
        store: StoreClient,
        key: str,
        condition: object,
        shown: str,
        expected: str,
        received: str,
    ) -> None:
        fields = {"key": key, **v1(*ANYTHING, condition), "x-y": "2"}
        answer = store.post("example-bucket", form(fields))
        message = f"Invalid according to Policy: Policy Condition failed: {shown}"
        error = refusal(answer, "AccessDenied", 403, message, "0006-00000227")
        assert error["Condition"] == shown
        assert error["Expected"] == expected
        assert error["Received"] == received
        assert store.read("example-bucket", key).status == 404

    @pytest.mark.parametrize(
        "condition",
        [
            ["eq", "$absent", "1"],
            {"absent": ""},
            ["starts-with", "$absent", "a"],
            ["in", "$absent", ["a"]],
        ],
    )
    def test_a_field_that_is_absent(self, store: StoreClient, key: str, condition: object) -> None:
        answer = store.post("example-bucket", form({"key": key, **v1(condition)}))
        error = refusal(answer, "AccessDenied", 403, None, "0006-00000226")
        assert error["Received"] == "(the form has no such field)"

    @pytest.mark.parametrize(
        "conditions",
        [
            [["starts-with", "$absent", ""]],
            [["not-in", "$absent", ["a"]]],
            [{"BUCKET": "example-bucket"}, ["starts-with", "key", "user/"]],
            [["in", "$x-y", ["1", "2"]], ["not-in", "$X-Y", ["3"]], {"x-y": "2"}],
            [["content-length-range", 5, 5]],
        ],
    )
    def test_conditions_that_hold(
        self, store: StoreClient, key: str, conditions: list[object]
    ) -> None:
        fields = {"key": key, **v1(*conditions), "x-y": "2"}
        assert store.post("example-bucket", form(fields)).status == 204

    def test_a_long_condition_leaves_a_document_that_clients_can_read(
        self, store: StoreClient, key: str
    ) -> None:
        fields = {"key": key, **v1({"x-y": "&" * 9000}), "x-y": "<" * 9000}
        answer = store.post("example-bucket", form(fields))
        error = refusal(answer, "AccessDenied", 403, None, "0006-00000227")
        assert error["Condition"].startswith('["eq", "$x-y", "&')
        assert error["Received"].startswith("<")

    @pytest.mark.parametrize("name", ["x-oss-signature-version", "x-oss-credential", "x-oss-date"])
    def test_a_v4_policy_covers_three_fields(self, store: StoreClient, key: str, name: str) -> None:
        names = v4_names(KEY_ID, datetime.now(UTC))
        covered = [{n: v} for n, v in names.items() if n != name]
        fields = v4_fields(names, SECRET, policy_field(covered))
        answer = store.post("example-bucket", form({"key": key, **fields}))
        message = f"Invalid according to Policy: Extra input fields: {name}"
        refusal(answer, "AccessDenied", 403, message, "0006-00000228")

    @pytest.mark.parametrize("sign", [v1, v4])
    def test_other_fields_need_no_cover(self, store: StoreClient, key: str, sign: Sign) -> None:
        extra = {"x-oss-object-acl": "private", "x:var": "1", "Content-Disposition": "inline"}
        answer = store.post("example-bucket", form({"key": key, **sign(), **extra}))
        assert answer.status == 204

    def test_a_repeated_field_that_a_condition_names(self, store: StoreClient, key: str) -> None:
        signed = v1(["eq", "$fileName", "a"])
        twice = [("key", key), *signed.items(), ("fileName", "a"), ("FILENAME", "b")]
        error = refusal(store.post("example-bucket", form(twice)), "InvalidArgument", 400)
        assert error["ArgumentName"] == "fileName"
        unnamed = [("key", key), *v1().items(), ("fileName", "a"), ("FILENAME", "b")]
        assert store.post("example-bucket", form(unnamed)).status == 204

    @pytest.mark.parametrize("name", ["key", "policy", "Signature", "x-oss-object-acl", "x:a"])
    def test_a_repeated_field_that_we_know(self, store: StoreClient, key: str, name: str) -> None:
        fields = {"key": key, **v1(), "x-oss-object-acl": "private", "x:a": "1"}
        answer = store.post("example-bucket", form([*fields.items(), (name.upper(), fields[name])]))
        message = "A form field that the server acts on must occur only once."
        error = refusal(answer, "InvalidArgument", 400, message)
        assert error["ArgumentName"] == name.upper()


class TestStrictForms:
    SENSITIVE = (
        ("x-oss-object-acl", "private"),
        ("success_action_redirect", "http://a/"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-tagging", "a=1"),
        ("x-oss-forbid-overwrite", "true"),
        ("x:var", "1"),
        ("callback", "e30="),
    )

    @pytest.mark.parametrize(("name", "value"), SENSITIVE)
    @pytest.mark.parametrize("sign", [v1, dict], ids=["signed", "anonymous"])
    def test_what_a_visitor_may_not_add(
        self, strict: StoreClient, key: str, name: str, value: str, sign: Sign
    ) -> None:
        answer = strict.post("open", form({"key": key, **sign(), name: value}))
        message = f"Invalid according to Policy: Extra input fields: {name}"
        refusal(answer, "AccessDenied", 403, message, "0006-00000228")

    @pytest.mark.parametrize(("name", "value"), SENSITIVE)
    def test_what_the_site_covered(
        self, strict: StoreClient, key: str, name: str, value: str
    ) -> None:
        fields = {"key": key, **v1({name: value}), name: value}
        expected = {"success_action_redirect": 303, "callback": 400}.get(name, 204)
        assert strict.post("example-bucket", form(fields)).status == expected

    def test_an_acl_by_header_is_an_acl(self, strict: StoreClient, key: str) -> None:
        headers = [(b"x-oss-object-acl", b"public-read-write")]
        answer = strict.post("example-bucket", form({"key": key, **v1()}), headers)
        message = "Invalid according to Policy: Extra input fields: x-oss-object-acl"
        refusal(answer, "AccessDenied", 403, message, "0006-00000228")

    def test_harmless_fields_need_no_cover(self, strict: StoreClient, key: str) -> None:
        extra = {"Cache-Control": "no-cache", "x-oss-meta-a": "1", "success_action_status": "200"}
        assert strict.post("example-bucket", form({"key": key, **v1(), **extra})).status == 200
        assert strict.post("open", form({"key": key})).status == 204
