import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.forms.fields import (
    FilePart,
    SubmittedForm,
    base_name,
    expand_filename,
)
from pillarbox.forms.form_rules import UNSIGNED_FORM
from tests.refusing import refused

NO_KEY = (
    "The bucket POST must contain the specified 'key'. If it is specified, please check the order "
    "of the fields"
)
TWICE = "A form field that the server acts on must occur only once."

#: Every field that section "PostObject" of OSS's API reference names, in its spelling.
KNOWN = (  # noqa: SIM905 (forty names read best as words)
    "key policy OSSAccessKeyId Signature success_action_redirect success_action_status "
    "Cache-Control Content-Disposition Content-Encoding Expires Content-Type callback "
    "x-oss-signature-version x-oss-credential x-oss-date x-oss-signature x-oss-security-token "
    "x-oss-content-type x-oss-meta-a x-oss-object-acl x-oss-storage-class "
    "x-oss-server-side-encryption x-oss-server-side-encryption-key-id "
    "x-oss-server-side-data-encryption x-oss-forbid-overwrite x-oss-tagging x:var "
    "AWSAccessKeyId x-amz-algorithm x-amz-credential x-amz-date x-amz-signature "
    "x-amz-security-token"
).split()


def form(*fields: tuple[str, str], file: FilePart | None = None) -> SubmittedForm:
    return SubmittedForm.of(fields, file or FilePart())


class TestNames:
    @pytest.mark.parametrize("name", KNOWN)
    @pytest.mark.parametrize("change", [str, str.upper, str.lower, str.swapcase])
    def test_a_known_field_occurs_once_in_any_letter_case(self, name: str, change: type) -> None:
        again = change(name)
        assert UNSIGNED_FORM.knows(name.lower())
        with refused("InvalidArgument", 400, TWICE, ArgumentName=again):
            form((name, "1"), (again, "1"))

    @pytest.mark.parametrize(
        "name", ["submit", "name", "buckets", "x-oss-callback", "x-oss-other", "x-am", "x", ""]
    )
    def test_of_an_unknown_field_the_first_counts(self, name: str) -> None:
        twice = form((name, "1"), (name.upper(), "2"))
        assert not UNSIGNED_FORM.knows(name)
        assert twice.get(name) == "1"
        assert twice.names[name] == name

    def test_two_buckets_are_refused_though_nobody_acts_on_the_field(self) -> None:
        assert not UNSIGNED_FORM.knows("bucket")
        with refused("InvalidArgument", 400, TWICE, ArgumentName="Bucket"):
            form(("bucket", "a"), ("Bucket", "a"))

    def test_a_repeated_field_that_the_policy_names_is_refused(self) -> None:
        twice = form(("Name", "1"), ("NAME", "2"), ("submit", "a"), ("submit", "b"))
        twice.refuse_repeated(frozenset({"key"}))
        with refused("InvalidArgument", 400, TWICE, ArgumentName="Name"):
            twice.refuse_repeated(frozenset({"key", "name"}))

    def test_long_names_are_cut_in_the_refusal(self) -> None:
        name = "x:" + "n" * 500
        with refused("InvalidArgument", 400, TWICE, ArgumentName=name[:128]):
            form((name, ""), (name, ""))

    def test_only_ascii_letters_have_a_case(self) -> None:
        two = form(("key", "k"), ("\u212aey", "evil"))
        assert two.key() == "k"
        with refused("InvalidArgument", 400, NO_KEY, ArgumentName="key"):
            form(("\u212aey", "evil")).key()

    @pytest.mark.parametrize("name", ["Expires", "EXPIRES", "expires"])
    def test_values_are_found_by_any_spelling(self, name: str) -> None:
        one = form((name, "soon"))
        assert one.get("eXpires") == "soon"

    def test_empty_is_absent(self) -> None:
        one = form(("Expires", ""), ("x-oss-object-acl", ""))
        assert one.get("expires") is None
        assert one.own("object-acl") is None


class TestKey:
    @pytest.mark.parametrize(
        ("template", "filename", "key"),
        [
            ("a/b.txt", "x", "a/b.txt"),
            ("a/${filename}", "cv.pdf", "a/cv.pdf"),
            ("${filename}/${filename}", "x", "x/x"),
            ("${filename}", "${filename}", "${filename}"),
            ("${Filename}", "x", "${Filename}"),
            ("${file}-$filename", "x", "${file}-$filename"),
            ("a${filename}", None, "a"),
            ("a${filename}", "", "a"),
            ("${filename}", "../../x", "x"),
        ],
    )
    def test_filename_is_filled_in(self, template: str, filename: str | None, key: str) -> None:
        assert form(("KEY", template), file=FilePart(filename)).key() == key
        assert expand_filename(template, filename) == key

    @pytest.mark.parametrize("fields", [(), (("key", ""),), (("keys", "k"),)])
    def test_a_key_is_needed(self, fields: tuple[tuple[str, str], ...]) -> None:
        with refused("InvalidArgument", 400, NO_KEY, ArgumentName="key"):
            form(*fields).key()

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("a.txt", "a.txt"),
            ("/home/e/a.txt", "a.txt"),
            (r"C:\x\a.txt", "a.txt"),
            (r"a/b\c", "c"),
            (r"a\b/c", "c"),
            ("a/", ""),
            ("", ""),
            ("..", ".."),
        ],
    )
    def test_base_name(self, path: str, name: str) -> None:
        assert base_name(path) == name


# A function, as hypothesis wants one executor however often mutmut runs it.
@given(st.text())
def test_a_base_name_holds_no_separator(path: str) -> None:
    assert not set(base_name(path)) & set("/\\")
    assert path.endswith(base_name(path))


class TestContentType:
    @pytest.mark.parametrize(
        ("own", "part", "field", "effective"),
        [
            ("a/1", "b/2", "c/3", "a/1"),
            ("", "b/2", "c/3", "b/2"),
            ("", None, "c/3", "c/3"),
            ("", None, "", None),
            ("a/1", None, "", "a/1"),
            ("", "b/2", "", "b/2"),
        ],
    )
    def test_precedence(
        self, own: str, part: str | None, field: str, effective: str | None
    ) -> None:
        one = form(
            ("x-oss-content-type", own),
            ("Content-Type", field),
            file=FilePart("f", part),
        )
        assert one.content_type == effective
        seen = one.condition_values("b")
        assert seen["content-type"] == (effective or "")
        assert seen["x-oss-content-type"] == own

    def test_without_any_conditions_see_none(self) -> None:
        assert "content-type" not in form(("key", "k")).condition_values("b")


class TestConditionValues:
    def test_the_bucket_is_the_addressed_one(self) -> None:
        assert form(("bucket", "evil")).condition_values("real")["bucket"] == "real"

    def test_the_key_is_not_expanded(self) -> None:
        one = form(("key", "${filename}"), file=FilePart("x"))
        assert one.condition_values("b")["key"] == "${filename}"

    def test_names_are_folded_and_empty_values_kept(self) -> None:
        seen = form(("Success_Action_Status", ""), ("X:Var", "1")).condition_values("b")
        assert seen == {"success_action_status": "", "x:var": "1", "bucket": "b"}


def test_metadata_is_named_without_its_prefix() -> None:
    one = form(("X-OSS-Meta-Author", "e"), ("x-oss-meta-", ""), ("x-oss-other", "n"))
    assert one.metadata == (("author", "e"), ("", ""))


class TestBucketField:
    def test_it_may_name_the_bucket_that_is_addressed_or_none(self) -> None:
        for fields in ((), (("Bucket", "photos"),), (("bucket", ""),)):
            form(*fields).refuse_other_bucket("photos")

    def test_it_may_not_name_another(self) -> None:
        message = "The field 'bucket' names another bucket than the address of the form."
        for name in ("other", "o" * 129):
            with refused(
                "InvalidArgument",
                400,
                message,
                ArgumentName="bucket",
                ArgumentValue=name[:128],
            ):
                form(("Bucket", name)).refuse_other_bucket("photos")
