"""What the documents name exists: links, verbs, options, modules, codes, ECs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pillarbox.cli.main import app
from pillarbox.model import (
    body_refusals,
    configuration_refusals,
    object_types,
    refusals,
    s3_refusals,
)
from pillarbox.model.s3_refusals import as_s3
from pillarbox.model.s3_signature_refusals import (
    AUTHORIZATION_HEADER_MALFORMED,
    AUTHORIZATION_QUERY_PARAMETERS_ERROR,
)
from pillarbox.model.versioning import NO_SUCH_VERSION

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pillarbox"
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
)

#: Named in parity.md as what OSS, or another program, has and Pillarbox hasn't.
FOREIGN_WORDS = {"NonStandardHostForbidden", "SecondLevelDomainForbidden"}
FOREIGN_ECS = {"0002-00000040"}

_FENCE = re.compile(r"^```.*?^```", re.S | re.M)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def spans_of(page: Path) -> list[str]:
    """What stands in back quotes, outside of fenced blocks."""
    return _CODE.findall(_FENCE.sub("", text_of(page)))


def source_text() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py")))


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text_of(page)), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for target in _LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors_of(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_verbs_exist(page: Path) -> None:
    verbs = set(re.findall(r"^([a-z]+):.*## ", text_of(ROOT / "Makefile"), re.M))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text_of(page), re.M))
    assert named <= verbs


def test_the_readme_names_what_runs_the_tests() -> None:
    readme = text_of(ROOT / "README.md")
    for name in ("make demo", "make test", "make services", ".ci/run"):
        assert name in readme
    assert (ROOT / ".ci" / "run").exists()


def commands_of(group: Any) -> Iterator[Any]:
    """A command and, of a group, all below it."""
    yield group
    for command in getattr(group, "commands", {}).values():
        yield from commands_of(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_exist(page: Path) -> None:
    options = {
        option
        for command in commands_of(typer.main.get_command(app))
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    named = {
        name
        for span in spans_of(page)
        if span.startswith("--") or "pillarbox" in span
        for name in re.findall(r"(?<![\w-])--[a-z-]+", span)
    }
    assert named <= options | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_exist(page: Path) -> None:
    for span in spans_of(page):
        if re.fullmatch(r"\w+/[\w/]+\.py", span):
            assert any((base / span).exists() for base in (SOURCE, ROOT)), span


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_ecs_are_in_the_source(page: Path) -> None:
    source = source_text()
    for ec in set(re.findall(r"\b\d{4}-\d{8}\b", text_of(page))) - FOREIGN_ECS:
        assert f'"{ec}"' in source, ec


def test_codes_have_the_status_that_the_pages_say() -> None:
    kinds = (
        *refusals.catalogue(),
        *body_refusals.catalogue(),
        *object_types.catalogue(),
        NO_SUCH_VERSION,
        *s3_refusals.catalogue(),
        *configuration_refusals.catalogue(),
        AUTHORIZATION_HEADER_MALFORMED,
        AUTHORIZATION_QUERY_PARAMETERS_ERROR,
    )
    known = {(kind.code, int(kind.status)) for kind in kinds}
    worded = map(as_s3, (kind() for kind in refusals.catalogue()))
    known |= {(refusal.code, int(refusal.status)) for refusal in worded}
    found = set()
    for page in PAGES:
        text = text_of(page)
        found |= set(re.findall(r"`([A-Z][a-z]\w+)`[ (]+(\d{3})\b", text))
        found |= {
            (code, status) for status, code in re.findall(r"\b(\d{3}) `([A-Z][a-z]\w+)`", text)
        }
    assert found
    assert {(code, int(status)) for code, status in found} <= known


def test_names_in_parity_are_in_the_source() -> None:
    source = source_text()
    names = {
        span
        for span in spans_of(ROOT / "docs" / "parity.md")
        if re.fullmatch(r"[A-Z][a-z]+(?:[A-Z][A-Za-z]+)+", span)
    }
    assert names
    assert {name for name in names if name not in source} <= FOREIGN_WORDS


def test_the_picture_says_what_it_shows() -> None:
    picture = text_of(ROOT / "docs" / "img" / "upload.svg")
    assert re.search(r"<title[^>]*>\S", picture)
    assert re.search(r"<desc[^>]*>\S", picture)
    assert 'role="img"' in picture
