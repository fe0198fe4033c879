"""The CORS rules of a bucket as an XML document (OSS and S3: "PutBucketCors")."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.cors import CorsConfiguration, CorsRule, read_max_age
from pillarbox.model.dialects import OSS, S3, Dialect
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
CORS_CONFIGURATION = "CORSConfiguration"

_BOOLEANS = {"true": True, "false": False}


def cors_node(configuration: CorsConfiguration, dialect: Dialect = OSS) -> Node:
    """The document that says what `configuration` says; S3 knows no ResponseVary."""
    rules: list[Node] = [("CORSRule", _rule_nodes(rule)) for rule in configuration.rules]
    if dialect is S3:
        return (CORS_CONFIGURATION, rules)
    vary = "true" if configuration.response_vary else "false"
    return (CORS_CONFIGURATION, [*rules, ("ResponseVary", vary)])


def read_cors(root: Element) -> CorsConfiguration:
    """The inverse of `cors_node`. The values are not checked, see `model.cors.check_cors`.

    Raises:
        Refusal: `MalformedXML` for an element that isn't of the schema, `InvalidArgument` for an
            age that is no number of seconds.
    """
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
        "ID": [],
    }
    for child in element:
        values = found.get(local_name(child))
        if values is None:
            raise refusals.MALFORMED_XML()
        values.append(text_of(child))
    origins, methods, headers, expose, ages, names = map(tuple, found.values())
    if len(ages) > 1 or len(names) > 1:
        raise refusals.MALFORMED_XML()
    age = read_max_age(ages[0]) if ages else None
    return CorsRule(origins, methods, headers, expose, age, "".join(names))


def _rule_nodes(rule: CorsRule) -> list[Node]:
    nodes: list[Node] = [("ID", rule.id)] if rule.id else []
    nodes.extend(("AllowedOrigin", origin) for origin in rule.origins)
    nodes.extend(("AllowedMethod", method) for method in rule.methods)
    nodes.extend(("AllowedHeader", header) for header in rule.headers)
    nodes.extend(("ExposeHeader", header) for header in rule.expose)
    if rule.max_age is not None:
        nodes.append(("MaxAgeSeconds", str(rule.max_age)))
    return nodes
