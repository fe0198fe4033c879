"""CORS rules as options name them, and as they are shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pillarbox.cli.origins import check_origins
from pillarbox.model.cors import METHODS, CorsConfiguration, CorsRule, check_cors, cors_for_uploads
from pillarbox.model.plain_text import plain
from pillarbox.model.refusals import Refusal

_ADVICE = {
    "AllowedMethod": ("--method", f"give one of {', '.join(METHODS)}"),
    "AllowedHeader": ("--header", "give a header's name, in which one * may stand for anything"),
    "ExposeHeader": ("--expose", "give a header's name, without *"),
}


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What the command line says of one rule; what it doesn't is as uploads need it.

    Attributes:
        max_age: seconds.
    """

    origins: Sequence[str] = ()
    methods: Sequence[str] = ()
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    max_age: int | None = None

    def configuration(self) -> CorsConfiguration | None:
        """The one rule, None if nothing is said of any.

        Raises:
            ValueError: it can't be one.
        """
        if not self.origins:
            if self != RuleOptions():
                raise ValueError(
                    "a rule is for some origin: give --origin, such as "
                    "--origin https://www.example.com"
                )
            return None
        (usual,) = cors_for_uploads(check_origins("--origin", self.origins)).rules
        rule = replace(
            usual,
            methods=tuple(method.upper() for method in self.methods) or usual.methods,
            headers=tuple(self.headers) or usual.headers,
            expose=tuple(self.expose) or usual.expose,
            max_age=usual.max_age if self.max_age is None else self.max_age,
        )
        configuration = CorsConfiguration((rule,))
        try:
            check_cors(configuration)
        except Refusal as refusal:
            option, advice = _ADVICE[refusal.details["ArgumentName"]]
            value = refusal.details["ArgumentValue"]
            raise ValueError(f"{option} {value!r} can't be: {advice}") from None
        return configuration


def rules_text(bucket: str, configuration: CorsConfiguration | None) -> str:
    """The rules for people."""
    if configuration is None or not configuration.rules:
        return f"Bucket {bucket} has no CORS rules: no other site's scripts can read its answers"
    lines = []
    for number, rule in enumerate(configuration.rules, 1):
        lines.append(f"Rule {number} of bucket {bucket}")
        lines += (f"  {name:<8} {plain(text)}" for name, text in _rule_lines(rule))
    if configuration.response_vary:
        lines.append("Every answer says Vary: Origin")
    return "\n".join(lines)


def rules_json(configuration: CorsConfiguration | None) -> str:
    """The rules for programs, as one object."""
    rules = () if configuration is None else configuration.rules
    document = {
        "rules": [
            {
                "origins": list(rule.origins),
                "methods": list(rule.methods),
                "headers": list(rule.headers),
                "expose": list(rule.expose),
                "maxAge": rule.max_age,
            }
            for rule in rules
        ],
        "responseVary": configuration is not None and configuration.response_vary,
    }
    return json.dumps(document, indent=2)


def _rule_lines(rule: CorsRule) -> Sequence[tuple[str, str]]:
    age = "the browser's own" if rule.max_age is None else f"{rule.max_age} seconds"
    return (
        ("origins", ", ".join(rule.origins)),
        ("methods", ", ".join(rule.methods)),
        ("headers", ", ".join(rule.headers) or "none"),
        ("expose", ", ".join(rule.expose) or "none"),
        ("max age", age),
    )
