"""ACS3-HMAC-SHA256."""

from __future__ import annotations

import hashlib

import pytest

from pillarbox.signing import acs3

NAMES = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce"
HEADER = f"ACS3-HMAC-SHA256 Credential=TestId,SignedHeaders={NAMES},Signature=00ff"


def test_reads_the_header() -> None:
    read = acs3.Authorization.parse(HEADER, has_body=False)
    assert (read.access_key_id, read.signature) == ("TestId", "00ff")
    assert read.signed_headers == tuple(NAMES.split(";"))


@pytest.mark.parametrize(
    "header",
    [
        "",
        HEADER.replace("ACS3", "OSS4"),
        HEADER.replace("Credential=TestId,", ""),
        HEADER + ",Signature=11",
        HEADER + ",",
        HEADER.replace("host;", ""),
        HEADER.replace("host;", "host;host;"),
        HEADER.replace(";x-acs-action", ""),
    ],
)
def test_refuses_another(header: str) -> None:
    with pytest.raises(ValueError, match=r"signature|Authorization"):
        acs3.Authorization.parse(header, has_body=False)


def test_what_says_how_a_body_is_read_is_signed() -> None:
    with pytest.raises(ValueError, match="does not sign all of content-type, host"):
        acs3.Authorization.parse(HEADER, has_body=True)
    typed = HEADER.replace("host;", "content-type;host;")
    assert acs3.Authorization.parse(typed, has_body=True).signed_headers[0] == "content-type"
    with pytest.raises(ValueError, match="x-acs-content-sha256"):
        acs3.Authorization.parse(typed.replace("x-acs-content-sha256;", ""), has_body=True)


def test_the_canonical_request() -> None:
    text = acs3.canonical_request(
        "POST",
        [("b", "2 /"), ("a", "")],
        {"host": "sts.example.com", "x-acs-action": " AssumeRole ", "other": "x"},
        ["host", "x-acs-action"],
        hashlib.sha256(b"").hexdigest(),
    )
    assert text == (
        "POST\n/\na=&b=2%20%2F\nhost:sts.example.com\nx-acs-action:AssumeRole\n\n"
        "host;x-acs-action\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
