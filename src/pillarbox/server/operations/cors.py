"""CORS rules of buckets: PutBucketCors, GetBucketCors, DeleteBucketCors (OSS pages)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.cors import (
    CORS,
    CorsConfiguration,
    CorsRule,
    check_cors,
    cors_document,
    read_max_age,
)
from pillarbox.model.limits import KIB
from pillarbox.server import answers
from pillarbox.server.answers import Answer, Node
from pillarbox.server.cors_headers import cors_of
from pillarbox.server.request import Request
from pillarbox.server.service import Service
from pillarbox.server.xml_body import local_name, read_xml_body, text_of

#: OSS: "PutBucketCors".
_MAX_DOCUMENT = 16 * KIB

_BOOLEANS = {"true": True, "false": False}


async def put_bucket_cors(request: Request, service: Service) -> Answer:
    """Set a bucket's CORS rules in place of all former ones."""
    bucket = await service.configurable_bucket(request)
    root = await read_xml_body(request, "CORSConfiguration", _MAX_DOCUMENT)
    if root is None:
        raise refusals.MALFORMED_XML()
    configuration = _read_configuration(root)
    check_cors(configuration)
    await service.store.set_bucket_config(bucket, CORS, cors_document(configuration))
    return answers.empty(200)


async def get_bucket_cors(request: Request, service: Service) -> Answer:
    """A bucket's CORS rules."""
    configuration = cors_of(await service.configurable_bucket(request))
    if configuration is None:
        raise refusals.NO_SUCH_CORS_CONFIGURATION()
    rules: list[Node] = [("CORSRule", _rule_nodes(rule)) for rule in configuration.rules]
    vary = "true" if configuration.response_vary else "false"
    return answers.document(200, ("CORSConfiguration", [*rules, ("ResponseVary", vary)]))


async def delete_bucket_cors(request: Request, service: Service) -> Answer:
    """Remove all CORS rules; 204 also if there were none."""
    await service.store.remove_bucket_config(await service.configurable_bucket(request), CORS)
    return answers.empty(204)


def _read_configuration(root: Element) -> CorsConfiguration:
    rules = []
    vary: list[bool] = []
    for child in root:
        match local_name(child):
            case "CORSRule":
                rules.append(_read_rule(child))
            case "ResponseVary" if not vary and text_of(child).lower() in _BOOLEANS:
                vary.append(_BOOLEANS[text_of(child).lower()])
            case _:
                raise refusals.MALFORMED_XML()
    return CorsConfiguration(tuple(rules), vary == [True])


def _read_rule(element: Element) -> CorsRule:
    found: dict[str, list[str]] = {
        "AllowedOrigin": [],
        "AllowedMethod": [],
        "AllowedHeader": [],
        "ExposeHeader": [],
        "MaxAgeSeconds": [],
    }
    for child in element:
        values = found.get(local_name(child))
        if values is None:
            raise refusals.MALFORMED_XML()
        values.append(text_of(child))
    origins, methods, headers, expose, ages = map(tuple, found.values())
    if len(ages) > 1:
        raise refusals.MALFORMED_XML()
    return CorsRule(origins, methods, headers, expose, read_max_age(ages[0]) if ages else None)


def _rule_nodes(rule: CorsRule) -> list[Node]:
    nodes: list[Node] = [("AllowedOrigin", origin) for origin in rule.origins]
    nodes.extend(("AllowedMethod", method) for method in rule.methods)
    nodes.extend(("AllowedHeader", header) for header in rule.headers)
    nodes.extend(("ExposeHeader", header) for header in rule.expose)
    if rule.max_age is not None:
        nodes.append(("MaxAgeSeconds", str(rule.max_age)))
    return nodes
