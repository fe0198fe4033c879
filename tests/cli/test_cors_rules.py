from __future__ import annotations

import json
from typing import Any

import pytest

from pillarbox.cli.cors_rules import RuleOptions, rules_json, rules_text
from pillarbox.model.cors import CorsConfiguration, CorsRule, cors_for_uploads

SITE = "https://www.example.com"


def test_an_origin_alone_is_what_uploads_need() -> None:
    options = RuleOptions(origins=[SITE, "http://localhost:*", SITE])
    assert options.configuration() == cors_for_uploads([SITE, "http://localhost:*"])


def test_every_option() -> None:
    options = RuleOptions([SITE], ["post", "GET"], ["x-oss-*", "range"], ["ETag"], 0)
    assert options.configuration() == CorsConfiguration(
        (CorsRule((SITE,), ("POST", "GET"), ("x-oss-*", "range"), ("ETag",), 0),)
    )


def test_nothing_said_is_no_rule() -> None:
    assert RuleOptions().configuration() is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"origins": []}, "give --origin"),
        ({"origins": [SITE + "/page"]}, "--origin 'https://www.example.com/page' is not an origin"),
        ({"methods": ["OPTIONS"]}, "--method 'OPTIONS' can't be: give one of GET, PUT, DELETE"),
        ({"headers": ["a b"]}, "--header 'a b' can't be"),
        ({"headers": ["*a*"]}, "can't be: give a header's name, in which one [*] may stand"),
        ({"expose": ["x-oss-*"]}, "--expose 'x-oss-[*]' can't be: give a header's name, without"),
    ],
)
def test_rules_that_can_not_be(options: dict[str, Any], message: str) -> None:
    whole: dict[str, Any] = {"origins": [SITE], "max_age": 0, **options}
    with pytest.raises(ValueError, match=message):
        RuleOptions(**whole).configuration()


def test_rules_are_shown() -> None:
    rules = (
        CorsRule((SITE, "*"), ("GET",), ("*",), ("ETag", "x-a"), 60),
        CorsRule(("*",), ("PUT",)),
    )
    assert rules_text("photos", CorsConfiguration(rules, response_vary=True)).splitlines() == [
        "Rule 1 of bucket photos",
        "  origins  https://www.example.com, *",
        "  methods  GET",
        "  headers  *",
        "  expose   ETag, x-a",
        "  max age  60 seconds",
        "Rule 2 of bucket photos",
        "  origins  *",
        "  methods  PUT",
        "  headers  none",
        "  expose   none",
        "  max age  the browser's own",
        "Every answer says Vary: Origin",
    ]
    first, second = json.loads(rules_json(CorsConfiguration(rules)))["rules"]
    assert first == {
        "origins": [SITE, "*"],
        "methods": ["GET"],
        "headers": ["*"],
        "expose": ["ETag", "x-a"],
        "maxAge": 60,
    }
    assert second["maxAge"] is None
    assert json.loads(rules_json(CorsConfiguration(rules, response_vary=True)))["responseVary"]


def test_no_rules() -> None:
    assert rules_text("photos", None).startswith("Bucket photos has no CORS rules")
    assert json.loads(rules_json(None)) == {"rules": [], "responseVary": False}


def test_what_a_store_says_stays_on_its_line() -> None:
    text = rules_text("photos", CorsConfiguration((CorsRule(("\x1b[2J\n*",), ("GET",)),)))
    assert text.splitlines()[1] == "  origins  \\x1b[2J\\n*"
