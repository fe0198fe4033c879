import pytest

from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.submitted_object import object_spec
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import OSS
from pillarbox.model.objects import ObjectSpec
from pillarbox.model.refusals import Refusal


def spec_of(*fields: tuple[str, str], acl: str | None = None) -> ObjectSpec:
    form = SubmittedForm.of(OSS, fields, FilePart("a.txt", "text/plain"))
    return object_spec(form, b"a", acl, "IA", encrypted_at_rest=False)


def test_without_fields() -> None:
    spec = spec_of()
    assert (spec.key, spec.acl, spec.storage_class) == (b"a", ObjectAcl.DEFAULT, "IA")
    assert (spec.tags, spec.encryption, spec.forbid_overwrite) == ({}, None, False)


def test_every_field() -> None:
    spec = spec_of(
        ("x-oss-storage-class", "Standard"),
        ("x-oss-tagging", "a=b"),
        ("x-oss-forbid-overwrite", "true"),
        acl="private",
    )
    assert (spec.acl, spec.storage_class) == (ObjectAcl.PRIVATE, "Standard")
    assert (spec.tags, spec.forbid_overwrite) == ({"a": "b"}, True)


@pytest.mark.parametrize(
    ("name", "code"),
    [("callback", "NotImplemented"), ("x-oss-storage-class", "InvalidArgument")],
)
def test_what_no_object_can_have(name: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        spec_of((name, "Cellar"))
