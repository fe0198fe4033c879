import ast
import inspect
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pillarbox
from pillarbox.signing.comparison import matches

SOURCES = sorted(Path(pillarbox.__file__).parent.rglob("*.py"))


@given(st.text())
def test_a_signature_matches_itself(text: str) -> None:
    assert matches(text, text)


@given(st.text(), st.text())
def test_only_equal_texts_match(expected: str, given_: str) -> None:
    assert matches(expected, given_) is (expected == given_)


@pytest.mark.parametrize("given_", ["", "Подпись", "\udcff", "\x00", "a" * 100_000])
def test_any_text_may_be_given(given_: str) -> None:
    assert not matches("26NBxoKdsyly4EDv6inkoDft/yA=", given_)


def signature_comparisons(source: str) -> list[int]:
    """The lines on which something called a signature is compared by `==`, `!=` or `in`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            if not any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops):
                continue
            parts = (node.left, *node.comparators)
        elif isinstance(node, ast.Match):
            if not any(isinstance(part, ast.MatchValue) for part in ast.walk(node)):
                continue  # by class: no comparison of the value
            parts = (node.subject,)
        else:
            continue
        if any(_is_signature(part) for part in parts):
            lines.append(node.lineno)
    return lines


def _is_signature(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        # The signature that a call to sign() gives; what other calls give is another matter.
        return _is_named(node.func, ("sign", "signature"))
    return _is_named(node, ("signature",))


def _is_named(node: ast.expr, names: tuple[str, ...]) -> bool:
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute):
        name = node.attr
    else:
        return False
    return name.lower().endswith(names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_other_module_compares_signatures(path: Path) -> None:
    assert signature_comparisons(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "if signature == given: pass",
        "ok = given != form.signature",
        "ok = post_v1.sign(secret, policy) == given",
        "ok = signature in (a, b)",
        "match expected_signature:\n    case 'a': pass",
    ],
)
def test_the_lint_sees_a_comparison(source: str) -> None:
    assert signature_comparisons(source) == [1]


def calls(source: str) -> list[str]:
    """What is called in a program, as it is written there."""
    nodes = ast.walk(ast.parse(source))
    return [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]


def test_only_comparison_uses_compare_digest() -> None:
    users = [
        path.stem
        for path in SOURCES
        if any("compare_digest" in call for call in calls(path.read_text("utf-8")))
    ]
    assert users == ["comparison"]


def test_a_match_is_what_compare_digest_says() -> None:
    [function] = ast.parse(inspect.getsource(matches)).body
    assert isinstance(function, ast.FunctionDef)
    last = function.body[-1]
    assert isinstance(last, ast.Return)
    assert isinstance(last.value, ast.Call)
    assert ast.unparse(last.value.func) == "hmac.compare_digest"
