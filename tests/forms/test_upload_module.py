import re
from importlib.resources import files

from pillarbox.forms.upload_module import upload_module


def test_it_holds_every_part_and_imports_none() -> None:
    text = upload_module()
    parts = [one for one in (files("pillarbox.forms") / "static").iterdir() if one.is_file()]
    assert len(parts) == 4
    for part in parts:
        last = part.read_text("utf-8").rstrip().rpartition("\n\n")[2]
        assert last in text, part.name
    assert not re.search(r"^\s*import\b", text, re.M)


def test_names_of_the_parts_do_not_collide() -> None:
    names = re.findall(
        r"^(?:export )?(?:async )?(?:const|class|function|let) (\w+)", upload_module(), re.M
    )
    assert len(names) == len(set(names)) > 20


def test_it_can_stand_in_a_page() -> None:
    text = upload_module()
    assert "</script" not in text.lower()
    assert "<!--" not in text
    # Nothing is fetched but forms; nothing is evaluated, which the page's policy would block.
    assert not re.search(r"\beval\(|new Function|innerHTML|https?://|\.style\b", text)
