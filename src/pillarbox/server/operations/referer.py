"""Referer rules of buckets: PutBucketReferer, GetBucketReferer (OSS pages)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.limits import KIB
from pillarbox.model.referer import REFERER, check_referers, referer_document
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.referer_rules import referer_rules_of
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.referer import REFERER_CONFIGURATION, read_referer, referer_node

#: OSS names no figure.
MAX_DOCUMENT = 32 * KIB


async def put_bucket_referer(request: Request, service: Service) -> Answer:
    """Set which pages may show a bucket's objects, in place of all former rules."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketReferer")
    root = await read_xml_body(request, REFERER_CONFIGURATION, MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    configuration = read_referer(root)
    check_referers((*configuration.allowed, *configuration.refused))
    await service.store.set_bucket_config(bucket, REFERER, referer_document(configuration))
    return answers.empty(200)


async def get_bucket_referer(request: Request, service: Service) -> Answer:
    """Which pages may show a bucket's objects; all, where nothing was set."""
    rules = referer_rules_of(await service.permitted_bucket(request, "oss:GetBucketReferer"))
    return answers.document(200, referer_node(rules))
