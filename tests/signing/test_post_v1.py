import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.signing import post_v1
from tests.signing import vectors


@pytest.mark.parametrize(
    ("secret", "policy", "signature"),
    [
        pytest.param(vectors.SECRET, vectors.P1_POLICY, vectors.P1_SIGNATURE, id="P1"),
        pytest.param(vectors.SECRET, vectors.P2_POLICY, vectors.P2_SIGNATURE, id="P2"),
        pytest.param(vectors.P3_SECRET, vectors.P3_POLICY, vectors.P3_SIGNATURE, id="P3-java"),
        pytest.param(
            vectors.P3_SECRET,
            vectors.P3_LISTS_POLICY,
            vectors.P3_LISTS_SIGNATURE,
            id="P3-java-lists",
        ),
    ],
)
def test_signs_as_the_vectors_do(secret: str, policy: str, signature: str) -> None:
    assert post_v1.sign(secret, base64.b64encode(policy.encode("utf-8"))) == signature


def test_the_vectors_fields_are_the_base64_of_their_policies() -> None:
    for policy, field in (
        (vectors.P1_POLICY, vectors.P1_FIELD),
        (vectors.P2_POLICY, vectors.P2_FIELD),
    ):
        assert base64.b64encode(policy.encode("utf-8")).decode("ascii") == field


@pytest.mark.parametrize("around", [b"\n", b"\r\n", b" "])
def test_white_space_in_the_field_counts(around: bytes) -> None:
    field = vectors.P1_FIELD.encode("ascii")
    assert post_v1.sign(vectors.SECRET, field + around) != vectors.P1_SIGNATURE
    assert post_v1.sign(vectors.SECRET, around + field) != vectors.P1_SIGNATURE


def test_a_secret_is_utf8() -> None:
    assert post_v1.sign("ключ", b"x") != post_v1.sign("kljuch", b"x")


@given(secret=st.text(max_size=40), field=st.binary(max_size=300), at=st.integers(0, 299))
def test_any_changed_byte_changes_the_signature(secret: str, field: bytes, at: int) -> None:
    signature = post_v1.sign(secret, field)
    assert len(base64.b64decode(signature, validate=True)) == 20
    changed = bytearray(field or b"x")
    changed[at % len(changed)] ^= 1
    assert post_v1.sign(secret, bytes(changed)) != signature
