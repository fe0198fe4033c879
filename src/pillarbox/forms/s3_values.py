"""What S3's clients say of an object, in form fields or headers, in the terms of this store.

S3: "POST Object", form fields; "Canned ACL"; "PutObject", storage classes and encryption. What an
object here can't have is refused.
"""

from __future__ import annotations

from pillarbox.model import refusals, s3_refusals
from pillarbox.model.acl import ObjectAcl
from pillarbox.model.dialects import S3, Dialect
from pillarbox.model.object_headers import Getter, check_tags
from pillarbox.model.storage_classes import IN_S3, OF_S3

#: A canned ACL that grants to nobody but owners and the provider's own services is a private one.
_CANNED_ACLS = {
    "private": ObjectAcl.PRIVATE,
    "public-read": ObjectAcl.PUBLIC_READ,
    "public-read-write": ObjectAcl.PUBLIC_READ_WRITE,
    "authenticated-read": ObjectAcl.PRIVATE,
    "aws-exec-read": ObjectAcl.PRIVATE,
    "bucket-owner-read": ObjectAcl.PRIVATE,
    "bucket-owner-full-control": ObjectAcl.PRIVATE,
}

_ENCRYPTION = "x-amz-server-side-encryption"
_KEY_SERVICES = ("aws:kms", "aws:kms:dsse", "aws:fsx")


def read_canned_acl(text: str | None, name: str = "acl") -> ObjectAcl:
    """The ACL here that does what a canned one says; `default` if there is none.

    Args:
        name: of the field or header, for the refusal.

    Raises:
        Refusal: `InvalidArgument` for a name that S3 doesn't have.
    """
    if not text:
        return ObjectAcl.DEFAULT
    if text not in _CANNED_ACLS:
        raise refusals.INVALID_ARGUMENT(
            "no such canned ACL exists", ArgumentName=name, ArgumentValue=text[:128]
        )
    return _CANNED_ACLS[text]


def read_s3_storage_class(text: str | None, default: str) -> str:
    """The storage class here for one of S3; `default` if there is none.

    Raises:
        Refusal: `InvalidStorageClass`.
    """
    if not text:
        return default
    if text not in OF_S3:
        raise s3_refusals.INVALID_STORAGE_CLASS(StorageClassRequested=text[:128])
    return OF_S3[text]


def storage_class_name(storage_class: str, dialect: Dialect) -> str:
    """How a kept storage class is told to a client of this dialect."""
    return IN_S3[storage_class] if dialect is S3 else storage_class


def read_tagging_document(text: str | None) -> dict[str, str]:
    """Object tags from an XML document `Tagging`; empty if there is none.

    Raises:
        Refusal: `MalformedXML`, and as `check_tags`.
    """
    if not text:
        return {}
    # Here and not above: who signs or explains a form without tags needs no reader of XML.
    from pillarbox.wire_xml.tagging import TAGGING, read_tags
    from pillarbox.wire_xml.tree import local_name, read_document

    try:
        root = read_document(text.encode("utf-8"))
    except ValueError:
        raise refusals.MALFORMED_XML() from None
    if local_name(root) != TAGGING:
        raise refusals.MALFORMED_XML()
    return check_tags(read_tags(root), S3)


def read_s3_encryption(get: Getter, *, encrypted_at_rest: bool) -> str | None:
    """As `read_encryption`; what else there is about it in S3 is refused as a field.

    Raises:
        Refusal: `InvalidEncryptionAlgorithmError` for an unknown value, `NotImplemented` for what
            this server doesn't do.
    """
    algorithm = get(_ENCRYPTION)
    if not algorithm:
        return None
    if algorithm != "AES256" and algorithm not in _KEY_SERVICES:
        raise refusals.INVALID_ENCRYPTION_ALGORITHM(
            ArgumentName=_ENCRYPTION, ArgumentValue=algorithm[:128]
        )
    if algorithm != "AES256" or not encrypted_at_rest:
        raise refusals.NOT_IMPLEMENTED(Header=_ENCRYPTION)
    return algorithm
