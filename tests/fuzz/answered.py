"""What holds for every refusal, whichever parser it comes from: a client can be told of it."""

from __future__ import annotations

from http import HTTPStatus
from xml.etree.ElementTree import fromstring

from pillarbox.model.dialects import OSS, S3
from pillarbox.model.limits import MAX_ERROR_BODY_SIZE
from pillarbox.model.refusals import Refusal
from pillarbox.server import answers

#: Of a server error alone this may come of what a client sent.
_NOT_IMPLEMENTED = HTTPStatus.NOT_IMPLEMENTED


def check_answered(refusal: Refusal, code: str | None = None) -> None:
    """It is the client's fault, and its answer is a short document that can be read.

    Args:
        code: that it must have, None for any.
    """
    assert code in (None, refusal.code), refusal
    assert 400 <= refusal.status < 500 or refusal.status == _NOT_IMPLEMENTED, refusal
    for dialect in (OSS, S3):
        answer = answers.refusal(refusal, "0" * 24, "localhost", dialect)
        assert len(answer.body) <= MAX_ERROR_BODY_SIZE
        assert fromstring(answer.body).findtext("Code")
        for name, value in answer.headers:
            assert not set("\r\n\0") & set(name + value), (name, value)
