"""Fields behind the file, where nobody reads them: the refusal that they explain says so.

`file` must be the last field (OSS: "PostObject"). That a form has the others behind it is the most
frequent mistake, and its refusal speaks of a field that is missing although it is there.
"""

from __future__ import annotations

import asyncio

from pillarbox.forms.form_rules import FormRules, rules_of
from pillarbox.model.limits import MIB
from pillarbox.model.names import fold_field_name
from pillarbox.model.refusals import INVALID_ARGUMENT, Refusal
from pillarbox.policy import ABSENT
from pillarbox.server.arrived_form import ArrivedForm
from pillarbox.server.form_reader import FileEnd, TrailingField
from pillarbox.server.form_stream import FormStream
from pillarbox.server.verified_body import RequestBody

#: How much of a refused form is read at most to see whether a missing field came too late, and how
#: long, in seconds: an answer must not wait for a long file, nor for a client that stands still.
_LOOK_AHEAD = 1 * MIB
_LOOK_SECONDS = 1.0

_SEEN = "Fields after 'file' are ignored: 'file' must be the last field of the form."
_UNSEEN = (
    "If the form has this field, then after 'file', where fields are ignored: "
    "'file' must be the last field of the form."
)


async def name_late_fields(
    refusal: Refusal, body: RequestBody, stream: FormStream, arrived: ArrivedForm
) -> None:
    """Add the children LateField and Hint to `refusal` if a field behind the file explains it.

    Where the file is too long to look behind it, a missing field alone gives the hint.
    """
    ended = await _look_behind_file(body, stream, arrived)
    rules = rules_of(arrived.fields)
    present = {fold_field_name(name) for name, _ in arrived.fields}
    for name in arrived.late:
        if fold_field_name(name) not in present and _is_needed(name, refusal, rules):
            refusal.details["LateField"] = name[:128]
            refusal.details["Hint"] = _SEEN
            return
    if not ended and _lacks_a_field(refusal, present, rules):
        refusal.details["Hint"] = _UNSEEN


async def _look_behind_file(body: RequestBody, stream: FormStream, arrived: ArrivedForm) -> bool:
    """Note what is behind the file; whether the form's end was reached."""
    if body.content_length is not None and body.content_length - body.received > _LOOK_AHEAD:
        return False
    start = body.received
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            is_more = True
            while is_more:
                for event in stream.events:
                    if isinstance(event, TrailingField):
                        arrived.late.append(event.name)
                    elif isinstance(event, bytes):
                        arrived.size += len(event)
                    elif isinstance(event, FileEnd):
                        arrived.complete = True
                if body.received - start > _LOOK_AHEAD:
                    return False
                is_more = await stream.read()
    except (Refusal, TimeoutError):
        return False
    return True


def _is_needed(name: str, refusal: Refusal, rules: FormRules) -> bool:
    """Whether a field would have counted: we know it, or the failed condition names it."""
    folded = fold_field_name(name)
    condition = fold_field_name(refusal.details.get("Condition", ""))
    return rules.knows(folded) or f'"${folded}"' in condition


def _lacks_a_field(refusal: Refusal, present: set[str], rules: FormRules) -> bool:
    """Whether the refusal is for a field that the form should have and has not."""
    if refusal.details.get("Received") == ABSENT:
        return True
    name = fold_field_name(refusal.details.get("ArgumentName", ""))
    return (
        refusal.code == INVALID_ARGUMENT.code
        and "ArgumentValue" not in refusal.details
        and rules.knows(name)
        and name not in present
    )
