import re
from xml.etree.ElementTree import fromstring

import pytest

from pillarbox.model import refusals
from pillarbox.model.refusals import RefusalKind
from pillarbox.server import answers

KINDS = refusals.catalogue()

#: Texts that clients compare, carried over from OSS's pages; odd spellings are theirs.
TEXTS = {
    "REQUEST_IS_NOT_MULTIPART": (
        "RequestIsNotMultiPartContent",
        400,
        "Bucket POST must be of the enclosure-type multipart/form-data.",
        None,
    ),
    "MALFORMED_POST": (
        "MalformedPOSTRequest",
        400,
        "The body of your POST request is not well-formed multipart/form-data.",
        None,
    ),
    "WRONG_NUMBER_OF_FILES": (
        "IncorrectNumberOfFilesInPOSTRequest",
        400,
        "POST requires exactly one file upload per request.",
        None,
    ),
    "FIELDS_TOO_LARGE": (
        "MaxPOSTPreDataLengthExceededError",
        400,
        "Your POST request fields preceding the upload file were too large.",
        "0006-00000112",
    ),
    "ENTITY_TOO_LARGE": (
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size.",
        "0006-00000003",
    ),
    "ENTITY_TOO_SMALL": (
        "EntityTooSmall",
        400,
        "Your proposed upload smaller than the minimum allowed size.",
        "0006-00000004",
    ),
    "INVALID_DIGEST": (
        "InvalidDigest",
        400,
        "The Content-MD5 you specified was invalid.",
        None,
    ),
    "SIGNATURE_DOES_NOT_MATCH": (
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        "0002-00000201",
    ),
    "INVALID_ACCESS_KEY_ID": (
        "InvalidAccessKeyId",
        403,
        "The OSS Access Key Id you provided does not exist in our records.",
        "0002-00000902",
    ),
    "NO_SUCH_BUCKET": (
        "NoSuchBucket",
        404,
        "The specified bucket does not exist.",
        "0015-00000101",
    ),
    "NO_SUCH_KEY": ("NoSuchKey", 404, "The specified key does not exist.", "0026-00000001"),
    "FILE_ALREADY_EXISTS": (
        "FileAlreadyExists",
        409,
        "The object you specified already exists and can not be overwritten.",
        "0026-00000002",
    ),
    "MISSING_CONTENT_LENGTH": (
        "MissingContentLength",
        411,
        "You must provide the Content-Length HTTP header.",
        None,
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_clients_compare(name: str) -> None:
    kind: RefusalKind = getattr(refusals, name)
    assert (kind.code, int(kind.status), kind.message, kind.ec) == TEXTS[name]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.code}-{int(kind.status)}")
def test_every_kind_makes_a_document(kind: RefusalKind) -> None:
    assert 400 <= kind.status < 600 or kind is refusals.CALLBACK_FAILED
    assert re.fullmatch(r"[A-Za-z0-9]+", kind.code)
    assert kind.ec is None or re.fullmatch(r"[0-9]{4}-[0-9]{8}", kind.ec)
    answer = answers.refusal(kind(), "ID", "host")
    root = fromstring(answer.body)
    assert (root.findtext("Code"), root.findtext("Message")) == (kind.code, kind.message)


def test_no_kind_stands_twice() -> None:
    assert len({(kind.code, kind.status) for kind in KINDS}) == len(KINDS)


def test_a_refusal_may_say_more_than_its_kind() -> None:
    refusal = refusals.INVALID_ARGUMENT("odd", ec="0002-00000702", ArgumentName="policy")
    assert (refusal.message, refusal.ec) == ("odd", "0002-00000702")
    assert refusal.details == {"ArgumentName": "policy"}
    assert str(refusal) == "InvalidArgument: odd"


def test_refusals_of_one_kind_share_nothing() -> None:
    first, second = refusals.SERVICE_UNAVAILABLE(), refusals.SERVICE_UNAVAILABLE()
    first.headers["A"] = first.details["B"] = "changed"
    assert second.headers == {"Retry-After": "1"}
    assert second.details == {}
