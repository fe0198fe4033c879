"""The forms that the recorded clients send, and what is to become of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pillarbox.forms.post_form import Credentials, PostForm, SignedForm

CREDENTIALS = Credentials("TestAccessKeyId01", "TestAccessKeySecret0123456789")
BUCKET = "example-bucket"
REGION = "cn-hangzhou"
EXPIRES = datetime(2115, 1, 1, tzinfo=UTC)
#: Of the V4 forms, which a store takes for 7 days only.
V4_DATE = datetime(2030, 1, 1, tzinfo=UTC)

FILENAME = "letter.txt"
#: Line ends, NUL, a byte that is no UTF-8 and the beginning of a delimiter.
CONTENT = b"A letter\r\n--in the pillar box\n\x00\xff\r\n--\r\n"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a store must make of a recorded form.

    Attributes:
        status: of the answer.
        key, content: of the object, where the form is taken.
        code: of the refusal, where it is not.
    """

    status: int
    key: str = ""
    content: bytes = CONTENT
    code: str = ""


def usual_form(endpoint: str, client: str, **changes: Any) -> SignedForm:
    """A V1 form for the object `recorded/<client>.txt`, of which the usual fields are held."""
    settings: dict[str, Any] = {"key": usual_key(client), "max_size": 1024, "success_status": 201}
    form = PostForm(endpoint=endpoint, bucket=BUCKET, expires=EXPIRES, **(settings | changes))
    return form.sign_v1(CREDENTIALS)


def usual_key(client: str) -> str:
    """The key of the object that `usual_form` makes."""
    return f"recorded/{client}.txt"
