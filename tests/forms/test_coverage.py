import pytest

from pillarbox.forms.coverage import required_coverage, strict_coverage
from pillarbox.forms.fields import FilePart, SubmittedForm
from tests.forms.test_submitted_signature import V4


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
