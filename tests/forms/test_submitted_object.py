from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.callback.document import Callback
from pillarbox.callback.submitted import SubmittedCallback
from pillarbox.forms import submitted_object
from pillarbox.forms.fields import FilePart, SubmittedForm
from pillarbox.forms.submitted_object import object_spec, requested_callback
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.objects import ObjectSpec
from pillarbox.model.refusals import Refusal


def spec_of(*fields: tuple[str, str], acl: str | None = None) -> ObjectSpec:
    form = SubmittedForm.of(fields, FilePart("a.txt", "text/plain"), acl)
    return object_spec(form, b"a", "IA", encrypted_at_rest=False)


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


class NotedValues(dict[str, str]):
    """Values of fields that remember which were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def asked_of(*fields: tuple[str, str]) -> set[str]:
    form = SubmittedForm.of(fields, FilePart("a.txt", "text/plain"))
    values = NotedValues(form.values)
    object_spec(replace(form, values=values), b"a", "IA", encrypted_at_rest=False)
    return values.asked


@pytest.mark.parametrize("signature", [(), (("AWSAccessKeyId", "id"),), (("Signature", "s"),)])
def test_a_form_is_plain_only_if_it_has_nothing_that_is_asked_for(
    signature: tuple[tuple[str, str], ...],
) -> None:
    extra = asked_of(*signature, ("x-oss-forbid-overwrite", ""), ("acl", "")) - asked_of(*signature)
    assert extra
    assert extra <= submitted_object._EXTRAS


def test_what_no_object_can_have() -> None:
    with pytest.raises(Refusal, match="InvalidArgument"):
        spec_of(("x-oss-storage-class", "Cellar"))


def callback_of(*fields: tuple[str, str]) -> SubmittedCallback | None:
    return requested_callback(SubmittedForm.of(fields, FilePart("a.txt", "text/plain")))


def test_a_callback_takes_the_forms_own_variables() -> None:
    written = Callback(url="a.example", body="${x:a}${x:b}", variables={"a": "1"})
    assert callback_of(("x:a", "1")) is None
    assert callback_of(("callback", ""), ("x:a", "1")) is None
    found = callback_of(("Callback", written.encode()), ("X:A", "1"), ("x:odd-name", ""))
    assert found is not None
    assert found.variables == {"x:a": "1", "x:odd-name": ""}
    assert found.argument == "callback"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([("callback", "Cellar")], "is not base64 encoded"),
        ([("callback", "e30=")], "callback url configuration is invalid"),
        ([("callback", "e30="), ("x:a", "b" * 6000)], "length of callback var exceed"),
    ],
)
def test_callbacks_that_can_not_be_made(fields: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        callback_of(*fields)
