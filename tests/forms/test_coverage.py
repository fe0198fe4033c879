import pytest

from pillarbox.forms.coverage import required_coverage, strict_coverage
from pillarbox.forms.fields import FilePart, SubmittedForm
from tests.forms.test_submitted_signature import S3_V2, S3_V4, V1, V4


def form(*fields: tuple[str, str]) -> SubmittedForm:
    return SubmittedForm.of(fields, FilePart())


class TestCoverage:
    def test_a_v4_policy_names_three_fields(self) -> None:
        assert list(required_coverage(form(*V4))) == [
            "x-oss-signature-version",
            "x-oss-credential",
            "x-oss-date",
        ]

    @pytest.mark.parametrize(
        "name",
        [
            "callback",
            "success_action_redirect",
            "x-oss-storage-class",
            "x-oss-tagging",
            "x-oss-forbid-overwrite",
            "x:var",
        ],
    )
    def test_a_strict_bucket_wants_this_named(self, name: str) -> None:
        assert list(strict_coverage(form(("key", "k"), (name.upper(), "v")))) == [name]

    def test_also_an_acl_that_came_by_header(self) -> None:
        one = SubmittedForm.of([("key", "k")], FilePart(), "private")
        assert list(strict_coverage(one)) == ["x-oss-object-acl"]

    @pytest.mark.parametrize(
        "name", ["key", "Expires", "Content-Type", "x-oss-meta-a", "success_action_status", "y"]
    )
    def test_but_not_what_changes_little(self, name: str) -> None:
        assert not strict_coverage(form((name, "v")))

    def test_empty_fields_change_nothing(self) -> None:
        assert not strict_coverage(form(("callback", ""), ("x-oss-tagging", "")))


class TestS3Coverage:
    def test_a_policy_names_every_field_and_the_bucket(self) -> None:
        one = form(*S3_V4, ("Key", "k"), ("submit", ""), ("bucket", "b"))
        assert list(required_coverage(one)) == [
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "Key",
            "submit",
            "bucket",
        ]

    def test_but_not_these(self) -> None:
        one = form(*S3_V2, ("x-ignore-a", "b"), ("x-amz-checksum-sha1", "c"), ("File", "d"))
        assert list(required_coverage(one)) == ["bucket"]

    def test_v1_and_unsigned_forms_of_oss_need_none(self) -> None:
        assert list(required_coverage(form(*V1, ("a", "b")))) == []
        assert list(required_coverage(form(("acl", "b")))) == []

    @pytest.mark.parametrize("name", ["acl", "redirect", "tagging", "x-amz-storage-class"])
    def test_a_strict_bucket_wants_s3s_words_named(self, name: str) -> None:
        assert list(strict_coverage(form(*S3_V2, (name, "v")))) == [name]
        assert list(strict_coverage(form((name, "v")))) == [name]
        assert list(strict_coverage(form(*V1, (name, "v")))) == []
