"""The texts of the page against the catalogue of refusals, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pillarbox.forms.plain_words import TYPE_NAMES, PlainWords, type_name
from pillarbox.model import body_refusals, refusals, s3_refusals
from tests.server_process import ServerProcess

CODES = sorted(
    {kind.code for kind in refusals.catalogue()}
    | {s3_refusals.as_s3(kind()).code for kind in refusals.catalogue()}
    | {body_refusals.BAD_DIGEST.code, s3_refusals.INVALID_STORAGE_CLASS.code}
)
_CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def script(browser: Browser, store: ServerProcess) -> Iterator[Page]:
    """A page of the store's origin, so that it may import the script."""
    page = browser.new_page()
    page.goto(f"{store.base_url}/-/upload.js")
    yield page
    page.close()


@pytest.fixture(scope="module")
def texts(script: Page) -> dict[str, Any]:
    found: dict[str, Any] = script.evaluate(
        "import('/-/upload.js').then(({TEXTS}) => JSON.parse(JSON.stringify(TEXTS)))"
    )
    return found


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_has_a_sentence_in_both_languages(texts: dict[str, Any], code: str) -> None:
    english, chinese = (texts[language]["refusals"][code] for language in ("en", "zh"))
    assert english.endswith((".", "{message}"))
    assert not _CHINESE.search(english)
    assert chinese.endswith(("\u3002", "{message}"))
    assert _CHINESE.search(chinese)


def test_both_languages_say_the_same_things(texts: dict[str, Any]) -> None:
    english, chinese = texts["en"], texts["zh"]
    assert english.keys() == chinese.keys()
    assert english["refusals"].keys() == chinese["refusals"].keys()
    for mine, other in ((english, chinese), (english["refusals"], chinese["refusals"])):
        for name, text in mine.items():
            if isinstance(text, str):
                gaps = set(re.findall(r"\{\w+\}", text))
                assert gaps == set(re.findall(r"\{\w+\}", other[name])), name


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        (["zh-CN"], "zh-Hans"),
        (["zh"], "zh-Hans"),
        (["ZH-hant-TW"], "zh-Hans"),
        (["en-GB", "zh-CN"], "en"),
        (["fr", "zh-CN", "en"], "zh-Hans"),
        (["fr"], "en"),
        ([], "en"),
    ],
)
def test_which_language(script: Page, wanted: list[str], tag: str) -> None:
    found = script.evaluate(
        "async (wanted) => new (await import('/-/upload.js')).Wording(wanted).tag", wanted
    )
    assert found == tag


@pytest.mark.parametrize(
    ("method", "argument", "english", "chinese"),
    [
        ("size", 0, "0 bytes", "0字节"),
        ("size", 1, "1 byte", "1字节"),
        ("size", 1536, "1.5 kB", "1.5 kB"),
        ("size", 10 * 1024**2, "10 MB", "10 MB"),
        ("size", 5 * 1024**3, "5 GB", "5吉字节"),
        ("seconds", 0.2, "1 sec", "1秒"),
        ("seconds", 240, "4 min", "4分钟"),
        ("seconds", 7300, "2 hr", "2小时"),
        ("types", ["application/msword", "image/*", "image/png"], "DOC, image/*, PNG",
         "DOC\u3001image/*\u3001PNG"),
    ],
)  # fmt: skip
def test_how_numbers_are_written(
    script: Page, method: str, argument: Any, english: str, chinese: str
) -> None:
    found = script.evaluate(
        "async ([method, argument]) => { const {Wording} = await import('/-/upload.js');"
        "return ['en', 'zh'].map((tag) => new Wording([tag])[method](argument)); }",
        [method, argument],
    )
    assert found[0] == english
    assert re.sub(r"\s", "", found[1]) == re.sub(r"\s", "", chinese) or method == "size"


def test_the_plain_form_writes_sizes_and_types_as_the_script_does(script: Page) -> None:
    types = [*TYPE_NAMES, "application/pdf", "image/jpeg", "video/*"]
    sizes = [0, 1, 999, 1000, 1024, 1536, 10 * 1024, 1024**2 - 1, 5 * 1024**2, 3 * 1024**3 // 2]
    found = script.evaluate(
        "async ([types, sizes]) => { const {Wording} = await import('/-/upload.js');"
        "const en = new Wording([]);"
        "return [en.types(types), sizes.map((size) => en.size(size))]; }",
        [types, sizes],
    )
    words = PlainWords.of("en")
    assert found[0] == ", ".join(type_name(one) for one in types)
    assert found[1] == [words.size(size) for size in sizes]


def test_an_unknown_refusal_is_told_in_the_stores_words(script: Page) -> None:
    found = script.evaluate(
        "async () => { const {Wording} = await import('/-/upload.js'); const en = new Wording([]);"
        "return [{code: 'Odd', message: 'It is odd.'}, {code: 'HTTP 413', message: null}]"
        ".map((answer) => en.refusal(answer)); }"
    )
    assert found == [
        "The store refused the file. Its message: It is odd.",
        "The store refused the file. Its message: HTTP 413",
    ]
