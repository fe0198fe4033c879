import pytest

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.submitted_signature import SignedV1, SignedV4, Unsigned, signature_of
from tests.refusing import refused

V1 = (("OSSAccessKeyId", "id"), ("policy", "cG9s"), ("Signature", "sig"))
V4 = (
    ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
    ("x-oss-credential", "cred"),
    ("x-oss-date", "date"),
    ("policy", "cG9s"),
    ("x-oss-signature", "sig"),
)
S3_V2 = (("AWSAccessKeyId", "id"), ("policy", "cG9s"), ("signature", "sig"))
S3_V4 = (
    ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
    ("x-amz-credential", "cred"),
    ("x-amz-date", "date"),
    ("policy", "cG9s"),
    ("x-amz-signature", "sig"),
)
FOREIGN = "This store does nothing about this field in such a form."
S3_MISSING = (
    "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of "
    "the fields."
)


def form(*fields: tuple[str, str]) -> SubmittedForm:
    return SubmittedForm.of(fields, FilePart())


class TestSignature:
    def test_none(self) -> None:
        assert signature_of(form(("key", "k"), ("Signature", ""))) == Unsigned()

    def test_v1(self) -> None:
        assert signature_of(form(*V1)) == SignedV1("id", "cG9s", "sig")

    def test_v4(self) -> None:
        assert signature_of(form(*V4)) == SignedV4("cred", "date", "cG9s", "sig")

    @pytest.mark.parametrize(
        ("left_out", "message", "ec", "argument"),
        [
            ("OSSAccessKeyId", "Post request accessKeyId is empty.", None, "OSSAccessKeyId"),
            ("Signature", "Post request signature is empty.", None, "Signature"),
            ("policy", "Post request policy is empty.", "0002-00000702", "policy"),
        ],
    )
    def test_v1_has_all_fields_or_none(
        self, left_out: str, message: str, ec: str | None, argument: str
    ) -> None:
        with refused("InvalidArgument", 400, message, ec=ec, ArgumentName=argument):
            signature_of(form(*(item for item in V1 if item[0] != left_out)))

    @pytest.mark.parametrize(
        ("present", "message", "argument"),
        [
            ("policy", "Post request accessKeyId is empty.", "OSSAccessKeyId"),
            ("Signature", "Post request accessKeyId is empty.", "OSSAccessKeyId"),
            ("OSSAccessKeyId", "Post request signature is empty.", "Signature"),
        ],
    )
    def test_one_makes_the_others_mandatory(
        self, present: str, message: str, argument: str
    ) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=argument):
            signature_of(form((present, "x")))

    @pytest.mark.parametrize("fields", [V1, V4])
    def test_an_empty_policy_is_no_document(self, fields: tuple[tuple[str, str], ...]) -> None:
        with refused(
            "InvalidPolicyDocument",
            400,
            "Invalid Policy: Expecting '{' but found End-of-Input",
            ec="0006-00000205",
        ):
            signature_of(form(*((n, "" if n == "policy" else v) for n, v in fields)))

    @pytest.mark.parametrize(
        ("left_out", "message"),
        [
            ("x-oss-signature-version", "Post request signature version is empty."),
            ("x-oss-credential", "Post request accessKeyId is empty."),
            ("x-oss-date", "Post request date is empty."),
            ("x-oss-signature", "Post request signature is empty."),
        ],
    )
    def test_v4_has_all_fields(self, left_out: str, message: str) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=left_out):
            signature_of(form(*(item for item in V4 if item[0] != left_out)))

    def test_v4_without_a_policy(self) -> None:
        with refused(
            "InvalidArgument",
            400,
            "Post request policy is empty.",
            ec="0002-00000702",
            ArgumentName="policy",
        ):
            signature_of(form(*(item for item in V4 if item[0] != "policy")))

    @pytest.mark.parametrize("version", ["OSS2", "AWS4-HMAC-SHA256", "oss4-hmac-sha256", "x" * 200])
    def test_another_version(self, version: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            "This signature version is not supported; OSS4-HMAC-SHA256 is.",
            ArgumentName="x-oss-signature-version",
            ArgumentValue=version[:128],
        ):
            signature_of(form(("x-oss-signature-version", version), *V4[1:]))

    @pytest.mark.parametrize("extra", [V1[0], V1[2]])
    @pytest.mark.parametrize("v4_field", [V4[0], V4[1], V4[2], V4[4]])
    def test_two_algorithms_in_one_form(
        self, extra: tuple[str, str], v4_field: tuple[str, str]
    ) -> None:
        with refused(
            "InvalidArgument",
            400,
            "A form bears one signature: the fields of V1 and V4 must not be mixed.",
            ArgumentName="x-oss-signature-version",
        ):
            signature_of(form(extra, v4_field))

    @pytest.mark.parametrize("name", ["x-amz-acl", "x-amz-meta-a", "X-Amz-Security-Token"])
    def test_fields_of_the_other_dialect(self, name: str) -> None:
        with refused("NotImplemented", 501, FOREIGN, Header=name):
            signature_of(form(*V1, (name, "x")))

    @pytest.mark.parametrize("name", ["x-amz-acl", "x-amz-website-redirect-location"])
    def test_fields_that_nobody_can_have(self, name: str) -> None:
        for others in ((), S3_V2, S3_V4):
            with refused("NotImplemented", 501, FOREIGN, Header=name):
                signature_of(form(*others, (name, "x")))

    @pytest.mark.parametrize("of_oss", [V1[0], *V4[:3], V4[4]])
    @pytest.mark.parametrize("of_s3", [S3_V2[0], *S3_V4[:3], S3_V4[4]])
    def test_two_dialects_in_one_form(
        self, of_oss: tuple[str, str], of_s3: tuple[str, str]
    ) -> None:
        message = (
            "A form bears one signature: the fields of an OSS and of an S3 signature must not be "
            "mixed."
        )
        with refused("InvalidArgument", 400, message, ArgumentName=of_s3[0]):
            signature_of(form(of_s3, of_oss))

    def test_a_long_name_is_shown_as_far_as_128_characters(self) -> None:
        name = "x-amz-" + "a" * 200
        with refused("NotImplemented", 501, Header=name[:128]):
            signature_of(form(("key", "k"), (name, "x")))

    def test_an_empty_policy_alone_is_none(self) -> None:
        assert signature_of(form(("key", "k"), ("policy", ""))) == Unsigned()

    def test_a_key_for_encryption_in_the_other_dialect(self) -> None:
        name = "x-amz-server-side-encryption-aws-kms-key-id"
        with refused("NotImplemented", 501, ec="0006-00000116", Header=name):
            signature_of(form(("key", "k"), (name, "x")))


class TestS3:
    def test_v2_signs_as_v1(self) -> None:
        assert signature_of(form(*S3_V2)) == SignedV1("id", "cG9s", "sig")
        assert signature_of(form(*S3_V4)) == SignedV4("cred", "date", "cG9s", "sig")

    @pytest.mark.parametrize("left_out", ["policy", "signature"])
    def test_v2_has_all_fields(self, left_out: str) -> None:
        message = S3_MISSING.format(left_out)
        ec = "0002-00000702" if left_out == "policy" else None
        with refused("InvalidArgument", 400, message, ec=ec, ArgumentName=left_out):
            signature_of(form(*(item for item in S3_V2 if item[0] != left_out)))

    @pytest.mark.parametrize("left_out", [name for name, _ in S3_V4])
    def test_v4_has_all_fields(self, left_out: str) -> None:
        message = S3_MISSING.format(left_out)
        ec = "0002-00000702" if left_out == "policy" else None
        with refused("InvalidArgument", 400, message, ec=ec, ArgumentName=left_out):
            signature_of(form(*(item for item in S3_V4 if item[0] != left_out)))

    def test_v2_and_v4_in_one_form(self) -> None:
        with refused("InvalidArgument", 400, ArgumentName="x-amz-algorithm"):
            signature_of(form(S3_V2[0], *S3_V4))

    @pytest.mark.parametrize("name", ["x-oss-object-acl", "x-oss-forbid-overwrite", "x-oss-other"])
    def test_nothing_of_oss_is_dropped(self, name: str) -> None:
        with refused("NotImplemented", 501, FOREIGN, FormField=name):
            signature_of(form(*S3_V2, (name, "x")))
