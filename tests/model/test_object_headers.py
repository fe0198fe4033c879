import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.model.acl import ObjectAcl
from pillarbox.model.limits import MAX_USER_METADATA_SIZE
from pillarbox.model.object_headers import (
    STORAGE_CLASSES,
    Getter,
    check_tags,
    read_directive,
    read_encryption,
    read_object_acl,
    read_object_headers,
    read_storage_class,
    read_tagging,
)
from pillarbox.model.objects import ObjectHeaders
from pillarbox.model.refusals import Refusal
from tests.refusing import refused

BAD_TAGGING = (
    "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
    "parameters without tag name duplicates."
)


def getter(**values: str) -> Getter:
    named = {name.replace("_", "-").lower(): value for name, value in values.items()}
    return lambda name: named.get(name.lower())


NOTHING = getter()


class TestHeaders:
    def test_nothing_said(self) -> None:
        assert read_object_headers(NOTHING, None, ()) == ObjectHeaders()

    def test_everything_said(self) -> None:
        get = getter(
            cache_control="no-cache",
            content_disposition='attachment; filename="文件.txt"',
            content_encoding="gzip",
            content_language="de",
            expires="never",
            x_other="no",
        )
        headers = read_object_headers(get, "text/plain; charset=utf-8", [("Author", "Ça")])
        assert headers.content_type == "text/plain; charset=utf-8"
        assert headers.standard == {
            "Cache-Control": "no-cache",
            "Content-Disposition": 'attachment; filename="文件.txt"',
            "Content-Encoding": "gzip",
            "Content-Language": "de",
            "Expires": "never",
        }
        assert headers.user_metadata == {"author": "Ça"}

    def test_empty_values_are_absent(self) -> None:
        assert read_object_headers(getter(expires=""), "", ()) == ObjectHeaders()

    @pytest.mark.parametrize("flaw", ["a\rb", "a\nSet-Cookie: x", "a\x00", "\x7f", "a\x1f"])
    def test_control_characters_never_reach_a_header(self, flaw: str) -> None:
        message = "A header value must not hold control characters."
        with refused("InvalidArgument", 400, message, ArgumentName="Content-Type"):
            read_object_headers(NOTHING, flaw, ())
        with refused("InvalidArgument", 400, message, ArgumentName="Expires"):
            read_object_headers(getter(expires=flaw), None, ())
        with refused(
            "InvalidArgument",
            400,
            message,
            ec="0011-00000008",
            ArgumentName="Content-Encoding",
        ):
            read_object_headers(getter(content_encoding=flaw), None, ())
        with refused("InvalidArgument", 400, message, ArgumentName="x-oss-meta-a"):
            read_object_headers(NOTHING, None, [("a", flaw)])

    @pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "\u212a", "a/b", "a\n"])
    def test_names_of_metadata_are_plain(self, name: str) -> None:
        with pytest.raises(Refusal, match="letters, digits and hyphens"):
            read_object_headers(NOTHING, None, [(name, "v")])

    @pytest.mark.parametrize("name", ["pillarbox-a", "Pillarbox-"])
    def test_reserved_names(self, name: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            "This name of user metadata is reserved.",
            ArgumentName=f"x-oss-meta-{name.lower()}",
        ):
            read_object_headers(NOTHING, None, [(name, "v")])

    def test_metadata_has_8_kb_names_and_bytes_included(self) -> None:
        rest = MAX_USER_METADATA_SIZE - 2 * len("x-oss-meta-a") - len("é".encode())
        fitting = [("a", "é"), ("b", "v" * rest)]
        assert read_object_headers(NOTHING, None, fitting).user_metadata == dict(fitting)
        with refused(
            "InvalidArgument",
            400,
            "The total size of user metadata is 8193 bytes; at most 8192 are allowed.",
            ArgumentName="x-oss-meta-*",
        ):
            read_object_headers(NOTHING, None, [("a", "é"), ("b", "v" * (rest + 1))])

    @given(st.text(), st.text())
    def test_what_is_accepted_can_stand_in_a_header(self, name: str, value: str) -> None:
        try:
            headers = read_object_headers(NOTHING, None, [(name, value)])
        except Refusal:
            return
        [(stored, text)] = headers.user_metadata.items()
        assert stored.isascii()
        assert stored == stored.lower()
        assert not set(text) & {"\r", "\n", "\0"}


class TestAcl:
    @pytest.mark.parametrize("text", [None, ""])
    def test_none(self, text: str | None) -> None:
        assert read_object_acl(text) is ObjectAcl.DEFAULT

    @pytest.mark.parametrize("acl", ObjectAcl)
    def test_named(self, acl: ObjectAcl) -> None:
        assert read_object_acl(acl.value) is acl

    @pytest.mark.parametrize("text", ["Private", "public", " private", "x" * 500])
    def test_unknown(self, text: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            "no such object access control exists",
            ArgumentName="x-oss-object-acl",
            ArgumentValue=text[:128],
        ):
            read_object_acl(text)


class TestStorageClass:
    @pytest.mark.parametrize("text", [None, ""])
    def test_none(self, text: str | None) -> None:
        assert read_storage_class(text, "IA") == "IA"

    @pytest.mark.parametrize("text", STORAGE_CLASSES)
    def test_named(self, text: str) -> None:
        assert read_storage_class(text, "Standard") == text

    @pytest.mark.parametrize("text", ["standard", "Glacier", "x" * 500])
    def test_unknown(self, text: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            "no such storage class exists",
            ArgumentName="x-oss-storage-class",
            ArgumentValue=text[:128],
        ):
            read_storage_class(text, "Standard")


class TestEncryption:
    @pytest.mark.parametrize("at_rest", [True, False])
    def test_none(self, at_rest: bool) -> None:
        assert read_encryption(NOTHING, encrypted_at_rest=at_rest) is None

    def test_aes256_where_the_disk_is_encrypted(self) -> None:
        get = getter(x_oss_server_side_encryption="AES256")
        assert read_encryption(get, encrypted_at_rest=True) == "AES256"

    @pytest.mark.parametrize(
        ("value", "at_rest"), [("AES256", False), ("KMS", True), ("KMS", False), ("SM4", True)]
    )
    def test_what_would_be_a_lie(self, value: str, at_rest: bool) -> None:
        get = getter(x_oss_server_side_encryption=value)
        with refused("NotImplemented", 501, Header="x-oss-server-side-encryption"):
            read_encryption(get, encrypted_at_rest=at_rest)

    @pytest.mark.parametrize("value", ["aes256", "AES128", "x" * 500])
    def test_unknown(self, value: str) -> None:
        with refused(
            "InvalidEncryptionAlgorithmError",
            400,
            "The encryption algorithm specified is not valid.",
            ArgumentName="x-oss-server-side-encryption",
            ArgumentValue=value[:128],
        ):
            read_encryption(getter(x_oss_server_side_encryption=value), encrypted_at_rest=True)

    @pytest.mark.parametrize(
        "name", ["x-oss-server-side-encryption-key-id", "x-oss-server-side-data-encryption"]
    )
    def test_keys_of_a_key_service(self, name: str) -> None:
        values = {name: "k", "x-oss-server-side-encryption": "AES256"}
        with refused("NotImplemented", 501, Header=name):
            read_encryption(values.get, encrypted_at_rest=True)


class TestTagging:
    @pytest.mark.parametrize(
        ("text", "tags"),
        [
            (None, {}),
            ("", {}),
            ("a=1", {"a": "1"}),
            ("a=1&b=", {"a": "1", "b": ""}),
            ("a", {"a": ""}),
            ("a%20b=c%2Fd+e", {"a b": "c/d e"}),
            ("a=1=2", {"a": "1=2"}),
            ("&".join(f"k{n}=v" for n in range(10)), {f"k{n}": "v" for n in range(10)}),
            ("k" * 128 + "=" + "v" * 256, {"k" * 128: "v" * 256}),
        ],
    )
    def test_read(self, text: str | None, tags: dict[str, str]) -> None:
        assert read_tagging(text) == tags

    @pytest.mark.parametrize(
        "text",
        ["a=1&a=2", "a=1&a=1", "&", "a=%ff", "&".join(f"k{n}=v" for n in range(11))],
    )
    def test_malformed(self, text: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            BAD_TAGGING,
            ArgumentName="x-oss-tagging",
            ArgumentValue=text[:128],
        ):
            read_tagging(text)

    @pytest.mark.parametrize(
        "text",
        ["=v", "k" * 129 + "=v", "k=" + "v" * 257, "k!=v", "k=v!", "%E9%94%AE=v", "k=a%0Ab"],
    )
    def test_forbidden(self, text: str) -> None:
        with refused("InvalidTaggingKey", 400, "The tagging key you provided is invalid."):
            read_tagging(text)

    @given(st.text())
    def test_any_text_is_tags_or_a_refusal(self, text: str) -> None:
        try:
            tags = read_tagging(text)
        except Refusal:
            return
        assert len(tags) <= 10
        assert all(1 <= len(name) <= 128 and len(value) <= 256 for name, value in tags.items())


def test_what_a_copy_takes_over() -> None:
    for text, replaced in (("", False), ("COPY", False), ("Copy", False), ("Replace", True)):
        assert read_directive("x-directive", getter(x_directive=text)) is replaced
    assert not read_directive("x-directive", NOTHING)
    named = {"ArgumentName": "x-directive", "ArgumentValue": "Move"}
    with refused("InvalidArgument", 400, "The value is either COPY or REPLACE.", **named):
        read_directive("x-directive", getter(x_directive="Move"))


class TestTagsOfADocument:
    def test_what_an_object_can_have(self) -> None:
        pairs = [(f"{n}" + "k" * 127, "v" * 256) for n in range(10)]
        assert check_tags(pairs) == dict(pairs)
        assert check_tags([("a b+-=._:/", " ")]) == {"a b+-=._:/": " "}
        assert check_tags([("a", ""), ("A", "")]) == {"a": "", "A": ""}
        assert check_tags([]) == {}

    @pytest.mark.parametrize(
        ("name", "value"), [("", "v"), ("k" * 129, ""), ("k", "v" * 257), ("é", ""), ("k", "&")]
    )
    def test_what_no_tag_can_be(self, name: str, value: str) -> None:
        with refused("InvalidTaggingKey"):
            check_tags([("good", "1"), (name, value)])

    def test_too_many_and_repeated_ones(self) -> None:
        with refused("TooManyTags"):
            check_tags([(str(n), "") for n in range(11)])
        with refused("RepeatedTags", 400, "Tag keys must be unique.", ec="0010-00000210"):
            check_tags([("k", "1"), ("k", "2")])
