from __future__ import annotations

from datetime import timedelta

import pytest

from pillarbox.cli.ceiling_options import read_ceilings
from pillarbox.policy import NO_CEILINGS, Ceilings


def test_what_is_given_holds() -> None:
    assert read_ceilings(None, None) == NO_CEILINGS
    assert read_ceilings("2h", "1MiB") == Ceilings(timedelta(hours=2), 1 << 20)


@pytest.mark.parametrize(
    ("lifetime", "size", "says"),
    [
        ("soon", None, "--max-policy-lifetime: 'soon' is no span of time"),
        ("0s", None, "--max-policy-lifetime 0 would refuse every policy"),
        (None, "big", "--max-upload-size: 'big' is no size"),
        (None, "0", "--max-upload-size 0 would refuse every file"),
    ],
)
def test_mistakes(lifetime: str | None, size: str | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_ceilings(lifetime, size)
