import pytest

from pillarbox.forms.s3_values import (
    read_canned_acl,
    read_s3_encryption,
    read_s3_storage_class,
    read_tagging_document,
)
from pillarbox.model.acl import ObjectAcl
from tests.refusing import refused

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def tagging(*tags: str, root: str = "Tagging") -> str:
    inner = "".join(f"<Tag><Key>{tag}</Key><Value>1</Value></Tag>" for tag in tags)
    return f"<{root}><TagSet>{inner}</TagSet></{root.partition(' ')[0]}>"


def test_acls() -> None:
    assert read_canned_acl(None) is ObjectAcl.DEFAULT
    assert read_canned_acl("public-read") is ObjectAcl.PUBLIC_READ
    assert read_canned_acl("authenticated-read") is ObjectAcl.PRIVATE
    for text in ("default", "Private", "log-delivery-write"):
        with refused("InvalidArgument", 400, ArgumentName="acl", ArgumentValue=text):
            read_canned_acl(text)


def test_storage_classes() -> None:
    assert read_s3_storage_class(None, "IA") == "IA"
    found = [read_s3_storage_class(text, "") for text in ("STANDARD", "STANDARD_IA", "GLACIER")]
    assert found == ["Standard", "IA", "ColdArchive"]
    with refused("InvalidStorageClass", 400, StorageClassRequested="Standard"):
        read_s3_storage_class("Standard", "IA")


def test_tags() -> None:
    assert read_tagging_document(None) == {}
    assert read_tagging_document(tagging("a", "b")) == {"a": "1", "b": "1"}
    assert read_tagging_document(tagging("a", root=f'Tagging xmlns="{NAMESPACE}"')) == {"a": "1"}


@pytest.mark.parametrize(
    "text",
    [
        "a=b",
        tagging("a", root="Other"),
        "<Tagging/>",
        '<!DOCTYPE a [<!ENTITY e "b">]>' + tagging("&e;"),
        tagging("a") + " " + tagging("b"),
    ],
)
def test_no_tagging_document(text: str) -> None:
    with refused("MalformedXML", 400):
        read_tagging_document(text)


def test_tags_that_no_object_can_have() -> None:
    with refused("RepeatedTags", 400, ec="0010-00000210"):
        read_tagging_document(tagging("a", "a"))
    with refused("TooManyTags", 400):
        read_tagging_document(tagging(*map(str, range(11))))


def encryption(algorithm: str, *, at_rest: bool) -> str | None:
    fields = {"x-amz-server-side-encryption": algorithm}
    return read_s3_encryption(fields.get, encrypted_at_rest=at_rest)


def test_encryption() -> None:
    assert encryption("", at_rest=False) is None
    assert encryption("AES256", at_rest=True) == "AES256"
    name = "x-amz-server-side-encryption"
    for algorithm, at_rest in (("AES256", False), ("aws:kms", True), ("aws:kms:dsse", True)):
        with refused("NotImplemented", 501, Header=name):
            encryption(algorithm, at_rest=at_rest)
    with refused("InvalidEncryptionAlgorithmError", 400, ArgumentName=name, ArgumentValue="KMS"):
        encryption("KMS", at_rest=True)
