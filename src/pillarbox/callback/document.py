"""The document of the form field `callback` (OSS: "Callback", parameters).

It says whom the store calls after an upload, and with which body. The body is a template whose
`${bucket}`, `${object}`, `${size}`, … the store fills in; `${x:name}` is the form's field `x:name`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pillarbox.callback.target import MAX_URLS, URL_SAFE, Target, is_host_header
from pillarbox.callback.template import (
    CUSTOM_PREFIX,
    FORM_BODY,
    JSON_BODY,
    SYSTEM_VARIABLES,
    is_custom_name,
    unknown_variables,
    variables_of,
)

#: "Callback": of the field's base64 text, in bytes.
MAX_CALLBACK_SIZE = 5 * 1024

_QUOTED_VARIABLE = re.compile(r'"\$\{[^}]*\}"')

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Whom the store calls after an upload, and what it says there.

    Attributes:
        url: `https://site.example/uploaded`; up to five, separated by `;`, are tried in turn.
        body: the template. With `body_type` JSON a variable brings its own quotes: write
            `{"key":${object},"size":${size}}`.
        body_type: `application/x-www-form-urlencoded` or `application/json`.
        host: the header Host of the call; None for that of the URL.
        sni: whether a call to https names the host in its TLS handshake.
        variables: values of `${x:name}`, the names without `x:`.

    Raises:
        ValueError: for what the store would refuse, saying how to mend it.
    """

    url: str
    body: str
    body_type: str = FORM_BODY
    host: str | None = None
    sni: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_urls(self.url)
        if not self.body:
            raise ValueError("the callback's body is empty: write it like key=${object}")
        if self.body_type not in (FORM_BODY, JSON_BODY):
            raise ValueError(
                f"the callback's body type {self.body_type!r} is neither {FORM_BODY} nor "
                f"{JSON_BODY}"
            )
        for name in unknown_variables(self.body):
            raise ValueError(
                f"the callback's body has ${{{name}}}, which no store fills in: take one of "
                f"{', '.join(sorted(SYSTEM_VARIABLES))}, or x: and a name of yours"
            )
        if self.host is not None and not is_host_header(self.host):
            raise ValueError(
                f"the callback's host {self.host!r} is none: write it like site.example, without "
                "a scheme and a path"
            )
        for name in self.variables:
            if not is_custom_name(name):
                raise ValueError(
                    f"the callback's variable {name!r} may hold a-z, 0-9 and _ only, without the "
                    "x: in front"
                )
        size = len(self.encode())
        if size > MAX_CALLBACK_SIZE:
            raise ValueError(
                f"the callback takes {size} bytes in base64, {MAX_CALLBACK_SIZE} is the most: "
                "shorten its body"
            )

    def text(self) -> str:
        """The JSON document."""
        document: dict[str, object] = {
            "callbackUrl": quote(self.url, safe=URL_SAFE),
            "callbackBody": self.body,
        }
        if self.host is not None:
            document["callbackHost"] = self.host
        document["callbackBodyType"] = self.body_type
        if self.sni:
            document["callbackSNI"] = True
        return _COMPACT.encode(document)

    def encode(self) -> str:
        """The value of the form field `callback`: the document in base64."""
        return base64.b64encode(self.text().encode()).decode()

    def variable_fields(self) -> dict[str, str]:
        """The form's fields `x:name`, one for each variable."""
        return {CUSTOM_PREFIX + name: value for name, value in self.variables.items()}

    def doubts(self) -> Iterator[str]:
        """What a store accepts although it is hardly meant."""
        for name in dict.fromkeys(variables_of(self.body)):
            if (
                name.startswith(CUSTOM_PREFIX)
                and name.removeprefix(CUSTOM_PREFIX) not in self.variables
            ):
                yield (
                    f"the callback's body has ${{{name}}}, but no variable has that name: unless "
                    "the page adds the field, the store fills in nothing"
                )
        if self.body_type == JSON_BODY and (found := _QUOTED_VARIABLE.search(self.body)):
            yield (
                f"the callback's JSON body has {found[0]}: the value comes with quotes of its own, "
                f"write {found[0][1:-1]}"
            )


def _check_urls(text: str) -> None:
    urls = text.split(";")
    if len(urls) > MAX_URLS:
        raise ValueError(f"the callback has {len(urls)} URLs, {MAX_URLS} are the most")
    for url in urls:
        try:
            Target.parse(quote(url, safe=URL_SAFE))
        except ValueError:
            raise ValueError(
                f"the callback's URL {url!r} can't be called: write it like "
                "https://site.example/uploaded"
            ) from None
