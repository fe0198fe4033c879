import pytest

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.form_rules import OSS_FORM, S3_FORM, UNSIGNED_FORM, FormRules, rules_of
from pillarbox.forms.submitted_object import brings_extras_as_s3
from pillarbox.model.dialects import OSS, S3
from tests.refusing import refused

V2 = ("AWSAccessKeyId", "id")


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ((), UNSIGNED_FORM),
        ((("key", "k"), ("acl", "private"), ("x-amz-meta-a", "b")), UNSIGNED_FORM),
        ((("policy", "p"), ("signature", "s")), UNSIGNED_FORM),
        ((("awsACCESSkeyid", "id"),), S3_FORM),
        ((("X-Amz-Algorithm", "a"),), S3_FORM),
        ((("x-amz-credential", "a"),), S3_FORM),
        ((("x-amz-date", "a"),), S3_FORM),
        ((("x-amz-signature", ""),), S3_FORM),
        ((("OSSAccessKeyId", "id"),), OSS_FORM),
        ((("x-oss-signature-version", "a"),), OSS_FORM),
        ((V2, ("OSSAccessKeyId", "id")), OSS_FORM),
        ((V2, ("OSSAccessKeyId", "")), S3_FORM),
        ((("AWSAccessKeyId", ""), ("OSSAccessKeyId", "")), OSS_FORM),
    ],
)
def test_the_signature_tells_the_dialect(
    fields: tuple[tuple[str, str], ...], rules: FormRules
) -> None:
    assert rules_of(fields) is rules


def test_what_is_known() -> None:
    for name in ("acl", "tagging", "redirect", "content-md5", "x-amz-checksum-sha1"):
        assert S3_FORM.knows(name)
        assert UNSIGNED_FORM.knows(name)
        assert not S3_FORM.is_foreign(name)
    assert not OSS_FORM.knows("acl")
    assert OSS_FORM.is_foreign("x-amz-checksum-sha1")
    assert S3_FORM.is_foreign("x-oss-anything")
    assert not OSS_FORM.is_foreign("x-oss-anything")
    for name in ("submit", "x-ignore-a"):
        assert not S3_FORM.knows(name)


def form(*fields: tuple[str, str], file: FilePart | None = None) -> SubmittedForm:
    return SubmittedForm.of((V2, *fields), file or FilePart("f.txt", "text/html"))


class TestS3Form:
    def test_conditions_see_the_key_filled_in(self) -> None:
        assert form(("key", "a/${filename}")).condition_values("b")["key"] == "a/f.txt"
        assert "key" not in form().condition_values("b")

    def test_the_field_is_the_type(self) -> None:
        assert form().content_type is None
        assert form(("Content-Type", "image/png")).content_type == "image/png"
        assert "content-type" not in form().condition_values("b")

    @pytest.mark.parametrize("key", [r"\$a", "/a", "//"])
    def test_a_key_may_begin_with_a_slash_or_a_backslash(self, key: str) -> None:
        for leading_slash in (False, True):
            assert form(("key", key)).object_key(leading_slash=leading_slash) == key.encode()

    def test_without_a_key(self) -> None:
        message = (
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields."
        )
        with refused("InvalidArgument", 400, message, ArgumentName="key"):
            form().key()

    def test_the_bucket_field_is_judged_as_a_condition(self) -> None:
        form(("bucket", "b")).refuse_other_bucket("b")
        with refused("AccessDenied", 403, ec="0003-00000001"):
            form(("bucket", "a")).refuse_other_bucket("b")

    def test_metadata_and_redirects(self) -> None:
        one = form(("x-amz-meta-A-meta-b", "1"), ("redirect", "old"))
        assert one.metadata == (("a-meta-b", "1"),)
        assert one.redirect == "old"
        assert form(("redirect", "old"), ("success_action_redirect", "new")).redirect == "new"

    def test_the_header_of_oss_brings_no_acl(self) -> None:
        one = SubmittedForm.of([V2], FilePart(), "public-read")
        assert one.spelled(lambda words: words.acl) is None


class TestUnsignedForm:
    def test_it_speaks_both(self) -> None:
        fields = [("x-amz-meta-a", "1"), ("x-oss-meta-b", "2"), ("acl", "private")]
        one = SubmittedForm.of(fields, FilePart(), "public-read")
        assert one.metadata == (("a", "1"), ("b", "2"))
        assert one.spelled(lambda words: words.acl) == (S3, "private")
        assert one.dialect is OSS

    def test_what_asks_for_no_right_is_all_in_s3s_words(self) -> None:
        def brings(*fields: tuple[str, str], header: str | None = None) -> bool:
            return brings_extras_as_s3(SubmittedForm.of(fields, FilePart(), header))

        assert brings(("acl", "private"), ("tagging", "<a/>"))
        assert not brings(("acl", "private"), ("x-oss-tagging", "a=b"))
        assert not brings(("x-oss-object-acl", "private"))
        assert not brings(header="private")
