"""CORS rules of buckets: PutBucketCors, GetBucketCors, DeleteBucketCors (OSS pages)."""

from __future__ import annotations

from pillarbox.model import refusals
from pillarbox.model.cors import CORS, check_cors, cors_document
from pillarbox.model.limits import KIB
from pillarbox.server import answers
from pillarbox.server.answers import Answer
from pillarbox.server.cors_headers import cors_of
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import read_xml_body
from pillarbox.wire_xml.cors import CORS_CONFIGURATION, cors_node, read_cors

#: OSS: "PutBucketCors".
_MAX_DOCUMENT = 16 * KIB


async def put_bucket_cors(request: Request, service: Service) -> Answer:
    """Set a bucket's CORS rules in place of all former ones."""
    bucket = await service.permitted_bucket(request, "oss:PutBucketCors")
    root = await read_xml_body(request, CORS_CONFIGURATION, _MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    configuration = read_cors(root)
    check_cors(configuration)
    await service.store.set_bucket_config(bucket, CORS, cors_document(configuration))
    return answers.empty(200)


async def get_bucket_cors(request: Request, service: Service) -> Answer:
    """A bucket's CORS rules."""
    configuration = cors_of(await service.permitted_bucket(request, "oss:GetBucketCors"))
    if configuration is None:
        raise refusals.NO_SUCH_CORS_CONFIGURATION()
    node = cors_node(configuration, request.dialect)
    return answers.document(200, node, dialect=request.dialect)


async def delete_bucket_cors(request: Request, service: Service) -> Answer:
    """Remove all CORS rules; 204 also if there were none."""
    await service.store.remove_bucket_config(
        await service.permitted_bucket(request, "oss:DeleteBucketCors"), CORS
    )
    return answers.empty(204)
