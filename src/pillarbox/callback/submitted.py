"""A callback as a store reads it from a form or a request (OSS: "Callback", parameters and errors).

Everything that can be told from the text alone is refused here, before a byte of the file is kept.
Whether a name resolves, and to where, is for who does I/O.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from pillarbox.callback.document import MAX_CALLBACK_SIZE
from pillarbox.callback.target import MAX_URLS, Target, is_host_header
from pillarbox.callback.template import (
    BODY_TYPES,
    FORM_BODY,
    BodyTemplate,
    is_custom_variable,
    unknown_variables,
)
from pillarbox.model import refusals
from pillarbox.model.refusals import Refusal

#: Bytes of a filled-in body; no documented limit, but a template may name a long value often.
MAX_BODY_SIZE = 1024 * 1024

_SHOWN = 1024


@dataclass(frozen=True, slots=True)
class SubmittedCallback:
    """Whom to call after an upload, and what to say there.

    Attributes:
        targets: one to five, to be tried in turn.
        host: the header Host of each call; None for that of its URL.
        variables: values of `${x:name}`, by name with `x:`.
        argument: the field, header or parameter that it came in, for refusals.
        text: as it came.
    """

    targets: tuple[Target, ...]
    host: str | None
    template: BodyTemplate
    variables: Mapping[str, str]
    argument: str
    text: str

    def refusal(self, message: str) -> Refusal:
        """The refusal of this callback, with a message of "Callback", error codes."""
        return _refusal(message, self.argument, self.text)


def read_callback(
    text: str, variables: Mapping[str, str], mime_type: str, argument: str = "callback"
) -> SubmittedCallback:
    """The callback of a field, a header or a parameter.

    Args:
        text: base64 of the JSON document.
        variables: as `SubmittedCallback.variables`, checked.
        mime_type: the object's effective type, which may be filled in.
        argument: where it came from, for the refusal.

    Raises:
        Refusal: `InvalidArgument` with OSS's message for the first flaw.
    """

    def refuse(message: str) -> NoReturn:
        raise _refusal(message, argument, text)

    if len(text.encode()) > MAX_CALLBACK_SIZE:
        refuse("The length of callback exceed max value.")
    try:
        content = _decoded(text)
    except ValueError:
        refuse("The callback configuration is not base64 encoded.")
    try:
        document = _json_object(content)
    except ValueError:
        refuse("The callback configuration is not json format.")
    targets = _targets(document.get("callbackUrl"), refuse)
    host = document.get("callbackHost") or None
    if host is not None and not (isinstance(host, str) and is_host_header(host)):
        refuse("The callback host configuration is invalid.")
    if not isinstance(document.get("callbackSNI", False), bool):
        refuse("The callback SNI configuration is invalid.")
    template = _template(document, refuse)
    if template.largest_size(mime_type, variables) > MAX_BODY_SIZE:
        refuse("The callback body is invalid.")
    return SubmittedCallback(targets, host, template, variables, argument, text)


def read_variables(text: str, argument: str) -> Mapping[str, str]:
    """The custom variables of a request: base64 of `{"x:name": "value"}`.

    Raises:
        Refusal: `InvalidArgument`.
    """
    if len(text.encode()) > MAX_CALLBACK_SIZE:
        raise _refusal("The length of callback var exceed max value.", argument, text)
    try:
        document = _json_object(_decoded(text))
    except ValueError:
        document = {"": ""}
    for name, value in document.items():
        if not is_custom_variable(name) or not isinstance(value, str):
            raise _refusal("The callback var is not expecten json.", argument, text)
    return document


def check_variable_fields(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The custom variables of a form, from its fields `x:name`, all held to one bound.

    Raises:
        Refusal: `InvalidArgument` if names and values together are larger than a
            `callback-var` may be.
    """
    size = sum(len(name.encode()) + len(value.encode()) for name, value in fields.items())
    if size > MAX_CALLBACK_SIZE:
        name = max(fields, key=lambda name: len(fields[name]))
        raise _refusal("The length of callback var exceed max value.", name, fields[name])
    return dict(fields)


def _targets(text: Any, refuse: Callable[[str], NoReturn]) -> tuple[Target, ...]:
    if not isinstance(text, str):
        refuse("The callback url configuration is invalid.")
    urls = text.split(";")
    if len(urls) > MAX_URLS:
        refuse("The number of callback url exceed max value.")
    try:
        return tuple(Target.parse(url) for url in urls)
    except ValueError:
        refuse("The callback url configuration is invalid.")


def _template(document: Mapping[str, Any], refuse: Callable[[str], NoReturn]) -> BodyTemplate:
    body_type = document.get("callbackBodyType") or FORM_BODY
    if not isinstance(body_type, str):
        refuse("The callback body type configuration is invalid.")
    if body_type not in BODY_TYPES:
        refuse("The body type of callback is not supported.")
    body = document.get("callbackBody")
    if body is None or body == "":
        refuse("The callback body is empty.")
    if not isinstance(body, str) or next(unknown_variables(body), None) is not None:
        refuse("The callback body is invalid.")
    return BodyTemplate(body, body_type)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip("\r\n"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64") from error


def _json_object(content: bytes) -> dict[str, Any]:
    """A JSON object without repeated members and without text that UTF-8 can't hold."""
    try:
        text = content.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()  # lone surrogates
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(document, dict):
        raise ValueError("no object")
    return document


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Readers differ in which of the two they keep: another site could be called than was meant.
        raise ValueError("a member stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _refusal(message: str, argument: str, text: str) -> Refusal:
    return refusals.INVALID_ARGUMENT(message, ArgumentName=argument, ArgumentValue=text[:_SHOWN])
