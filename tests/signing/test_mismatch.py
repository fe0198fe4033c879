from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.dialects import S3
from pillarbox.signing.mismatch import signature_mismatch


def size_in_xml(details: dict[str, str]) -> int:
    return sum(
        len(f"<{name}>{escape(value)}</{name}>\n".encode()) for name, value in details.items()
    )


def test_shows_what_was_signed() -> None:
    refusal = signature_mismatch("id", "c2ln", b"GET\n\n\nnow\n/b/k")
    assert (refusal.code, refusal.status) == ("SignatureDoesNotMatch", 403)
    assert refusal.ec == "0002-00000201"
    assert signature_mismatch("id", "c2ln", b"", ec="0002-00000040").ec == "0002-00000040"
    assert list(refusal.details.items()) == [
        ("OSSAccessKeyId", "id"),
        ("SignatureProvided", "c2ln"),
        ("StringToSign", "GET\n\n\nnow\n/b/k"),
        ("StringToSignBytes", "47 45 54 0A 0A 0A 6E 6F 77 0A 2F 62 2F 6B"),
    ]


def test_each_dialect_calls_the_id_its_own_name() -> None:
    refusal = signature_mismatch("id", "c2ln", b"text", dialect=S3)
    assert list(refusal.details) == [
        "AWSAccessKeyId",
        "SignatureProvided",
        "StringToSign",
        "StringToSignBytes",
    ]


def test_a_long_text_is_cut_and_its_bytes_at_a_whole_byte() -> None:
    details = signature_mismatch("i" * 999, "s" * 999, b"&" * 9999).details
    assert details["OSSAccessKeyId"] == "i" * 160
    assert details["SignatureProvided"] == "s" * 160
    assert details["StringToSign"] == "&" * 200
    assert details["StringToSignBytes"] == " ".join(["26"] * 400)


@given(st.text(), st.text(), st.binary() | st.binary(min_size=900, max_size=2000))
def test_fits_the_4096_bytes_that_oss2_reads(key_id: str, given_: str, text: bytes) -> None:
    details = signature_mismatch(key_id, given_, text).details
    assert size_in_xml(details) < 2700
    for value in details.values():
        assert all(
            c in "\t\n\r"
            or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
            for c in value
        )


def test_what_xml_cannot_hold_is_replaced_and_seen_in_the_bytes() -> None:
    details = signature_mismatch("id", "s", b"\x00\xff").details
    assert details["StringToSign"] == "\ufffd\ufffd"
    assert details["StringToSignBytes"] == "00 FF"


def test_keeps_every_character_that_xml_can_hold() -> None:
    legal = "\t\n\r \ud7ff\ue000\ufffd\U00010000\U0010ffff"
    details = signature_mismatch("id", "s", legal.encode()).details
    assert details["StringToSign"] == legal
    illegal = "\x00\x08\x0b\x1f\ufffe\uffff"
    details = signature_mismatch("id", "s", illegal.encode()).details
    assert details["StringToSign"] == "\ufffd" * len(illegal)


@given(st.text(), st.binary(max_size=2000), st.binary(min_size=900, max_size=2000))
def test_v4_shows_the_canonical_request_in_the_same_room(
    key_id: str, text: bytes, canonical: bytes
) -> None:
    details = signature_mismatch(key_id, "&" * 999, text, canonical_request=canonical).details
    assert size_in_xml(details) < 2700
    assert details["CanonicalRequest"]
    shown = signature_mismatch("id", "s", b"t", canonical_request=b"GET\n/\n").details
    assert list(shown)[-1] == "CanonicalRequest"
    assert shown["CanonicalRequest"] == "GET\n/\n"
