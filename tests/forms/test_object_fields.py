from typing import Any

import pytest

from pillarbox.forms.object_fields import (
    check_acl,
    check_headers,
    check_metadata,
    check_storage_class,
    check_tags,
    header_fields,
    tagging,
)
from pillarbox.model.acl import ObjectAcl


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (check_acl, "public", "give one of default, private, public-read, public-read-write"),
        (check_headers, {"Content-MD5": "x"}, "can't be set by a form: give one of Cache-Control"),
        (check_headers, {"Expires": ""}, "is empty or holds a control character"),
        (check_headers, {"Cache-Control": "a\r\nX: b"}, "is empty or holds a control character"),
        (check_headers, {"Expires": "a", "expires": "b"}, "a header stands twice"),
        (check_metadata, {"a_b": "c"}, "letters, digits and - only"),
        (check_metadata, {"é": "c"}, "letters, digits and - only"),
        (check_metadata, {"a": "b\n"}, "control character"),
        (check_metadata, {"a": "1", "A": "2"}, "a metadata name stands twice"),
        (check_metadata, {"a": "b" * 8192}, "at most 8192 are allowed"),
        (check_storage_class, "Cheap", "give one of Standard, IA, Archive"),
        (check_tags, {"a": "ü"}, "can't be stored"),
        (check_tags, {str(n): "" for n in range(11)}, "At most 10"),
        (check_tags, {"": "a"}, "can't be stored"),
    ],
)
def test_refuses_what_a_store_refuses(check: Any, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(value)


def test_allows_what_a_store_takes() -> None:
    assert check_acl("public-read") is ObjectAcl.PUBLIC_READ
    check_headers({"content-disposition": 'attachment; filename="ü"', "EXPIRES": "0"})
    check_metadata({"Author-1": "é", "b": "x" * 8000})
    check_storage_class("IA")
    check_storage_class(None)
    check_tags({})
    check_tags({"a b": "c+d:/="})


def test_spelling() -> None:
    assert list(header_fields({"content-disposition": "inline"})) == [
        ("Content-Disposition", "inline")
    ]
    assert tagging({"a b": "c+d/e", "f": ""}) == "a%20b=c%2Bd%2Fe&f="
