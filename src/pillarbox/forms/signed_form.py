"""A form that is signed: its fields in order, and what a front end has to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """An AccessKey's id and secret, and the token that belongs to a temporary one.

    Neither secret nor token shows in a repr. The token stands in the form, the secret never does.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form ready to be handed out.

    Attributes:
        action: the URL to post to.
        fields: names and values in the order in which they are to be sent, before the file.
        policy: the JSON text; the field `policy` is its base64.
        expires: UTC; the store takes the form before this moment.
        min_size, max_size: of the file in bytes, both inclusive; None for no maximum.
        content_types: what the file may be, none meaning anything.
        accept: the types that a file chooser should offer.
        doubts: what was signed although it is hardly meant, a sentence each.
    """

    action: str
    fields: Mapping[str, str]
    policy: str
    expires: datetime
    min_size: int = 0
    max_size: int | None = None
    content_types: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def to_json(self) -> str:
        """What a front end needs, as one JSON object::

            {"url": "https://…", "fields": {"key": "…", …},
             "limits": {"expires": "2030-01-01T12:00:00.000Z", "minSize": 0, "maxSize": 10485760,
                        "contentTypes": ["application/pdf"]}}

        `fields` has them in order; append the file behind them, as `file`. `maxSize` is null for
        no maximum, an empty `contentTypes` allows any type. The text may stand in a `<script>`.
        """
        moment = (
            self.expires.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        )
        document = {
            "url": self.action,
            "fields": dict(self.fields),
            "limits": {
                "expires": f"{moment}Z",
                "minSize": self.min_size,
                "maxSize": self.max_size,
                "contentTypes": list(self.content_types),
            },
        }
        text = json.dumps(document)
        # `</script>` would end the element that the text stands in, `<!--` would start a comment.
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
