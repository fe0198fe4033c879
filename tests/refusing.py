"""What a test expects of a refusal, to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pillarbox.model.refusals import Refusal


@contextmanager
def refused(
    code: str,
    status: int = 400,
    message: str | None = None,
    *,
    ec: str | None = None,
    **details: str,
) -> Iterator[None]:
    """The block must raise exactly this refusal; a message of None may be any."""
    with pytest.raises(Refusal) as caught:
        yield
    refusal = caught.value
    found = (refusal.code, int(refusal.status), refusal.ec, refusal.details)
    assert found == (code, status, ec, details)
    if message is not None:
        assert refusal.message == message
