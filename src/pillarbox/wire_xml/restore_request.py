"""What a client asks when it has an object thawed, as a document (OSS and S3: "RestoreObject")."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.dialects import S3, Dialect
from pillarbox.wire_xml.tree import local_name, text_of

#: Name of the root element.
RESTORE_REQUEST = "RestoreRequest"

_DAYS = re.compile(r"0*[1-9][0-9]{0,8}")
_TIERS = ("Expedited", "Standard", "Bulk")

#: Of a query in SQL over the object, and where its result goes.
_QUERIES = frozenset({"Type", "SelectParameters", "OutputLocation"})


def check_restore_request(root: Element, dialect: Dialect) -> None:
    """Hold the document to its schema; nothing of it is kept.

    Raises:
        Refusal: `MalformedXML`; `NotImplemented` for a query of S3.
    """
    children = {local_name(child): child for child in root}
    if len(children) != len(root):
        raise refusals.MALFORMED_XML()
    if dialect is S3:
        if not _QUERIES.isdisjoint(children):
            raise refusals.NOT_IMPLEMENTED("Queries over objects are not implemented.")
        children.pop("Description", None)
        _check_tier(children.pop("Tier", None))
    days = children.pop("Days", None)
    if days is None or _DAYS.fullmatch(text_of(days)) is None:
        raise refusals.MALFORMED_XML()
    job = children.pop("GlacierJobParameters" if dialect is S3 else "JobParameters", None)
    if children:
        raise refusals.MALFORMED_XML()
    if job is not None and len(job):
        if [local_name(child) for child in job] != ["Tier"]:
            raise refusals.MALFORMED_XML()
        _check_tier(job[0])


def _check_tier(tier: Element | None) -> None:
    if tier is not None and text_of(tier) not in _TIERS:
        raise refusals.MALFORMED_XML()
