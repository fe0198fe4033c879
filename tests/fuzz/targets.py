"""The parsers that bytes of strangers reach first, each with what must hold of any input.

A target is a module with

    check(data)   what holds of any input; raises whatever an error of the parser raises
    SEEDS         inputs to begin with, most of them good
    WORDS         pieces that mean something to the parser

`test_targets.py` tries each shortly; `make soak` has atheris search for hours (`search.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from tests.fuzz import (
    aws_chunked_bodies,
    form_bodies,
    form_signatures,
    post_policies,
    request_heads,
    request_signatures,
    xml_documents,
)


class Target(Protocol):
    """One of the modules."""

    check: Callable[[bytes], None]
    SEEDS: Sequence[bytes]
    WORDS: Sequence[bytes]


TARGETS: Mapping[str, Target] = {
    module.__name__.rpartition(".")[2]: cast("Target", module)
    for module in (
        aws_chunked_bodies,
        form_bodies,
        form_signatures,
        post_policies,
        request_heads,
        request_signatures,
        xml_documents,
    )
}
