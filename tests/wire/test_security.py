"""What went wrong in other servers, one test a case; limits instead of timings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pillarbox.model.limits import KIB, MIB
from tests.server_process import command_line_of
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Connection, RawAnswer, chunked, head, pieces_of, request
from tests.wire.signatures import authorization, encoded, policy_field, v1_fields
from tests.wire.store_client import BOUNDARY, FORM_TYPE, StoreClient, form, part

TYPED = (b"Content-Type", FORM_TYPE)

#: Far more than a server needs, far less than what is sent: what it must never hold at once.
MEMORY = 250 * MIB

_numbers = count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = StoreClient(
        tmp_path_factory.mktemp("security"),
        *("--init-bucket", "private:private"),
        *("--init-bucket", "readable:public-read"),
        *("--init-bucket", "open:public-read-write"),
    )
    yield client
    client.end()


@pytest.fixture
def key() -> str:
    return f"key-{next(_numbers)}"


def signed(*conditions: object) -> dict[str, str]:
    field = policy_field(conditions or [["starts-with", "$key", ""]])
    return v1_fields(KEY_ID, SECRET, field)


def peak_memory(store: StoreClient) -> int:
    """The most that the worker ever held, in bytes."""
    status = Path(f"/proc/{store.server.worker_pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * KIB


class TestKeysAreNoPaths:
    """SeaweedFS CVE-2026-54917, RustFS GHSA-8r6f; MinIO CVE-2023-28434."""

    @pytest.mark.parametrize(
        "hostile",
        [
            "../x",
            "a/../../x",
            "../../../../../../tmp/pillarbox-escaped",
            "a/./b",
            ".",
            "..",
            "%2e%2e/x",
            "a\\..\\x",
            "C:\\x",
            "NUL",
            "CON.txt",
            "trailing.",
            "trailing ",
            "a//b",
            "a/",
            "a\x00b",
            "a\nb",
            "blobs/x",
            "catalog.sqlite",
            ".pillarbox/config",
            "-/live",
            "?acl",
            "#x",
            "e\u0301",
            "\u00e9",
            "\u202egpj.exe",
        ],
    )
    def test_by_form_and_back(self, store: StoreClient, hostile: str) -> None:
        before = names_below(store.server.data_dir.parent)
        content = hostile.encode()
        answer = store.post("private", form({"key": hostile, **signed()}, content))
        assert answer.status == 204
        stored = store.read("private", hostile)
        assert (stored.status, stored.body) == (200, content)
        after = names_below(store.server.data_dir.parent)
        assert {name for name in after - before if "blobs" not in name and "-" not in name} == set()
        assert not Path("/tmp/pillarbox-escaped").exists()
        assert store.signed("DELETE", "private", hostile).status == 204
        assert store.read("private", hostile).status == 404

    @pytest.mark.parametrize("filename", ["../../x", "/etc/passwd", "..\\\\x", ".."])
    def test_filenames(self, store: StoreClient, filename: str) -> None:
        answer = store.post(
            "private", form({"key": "f/${filename}", **signed()}, filename=filename)
        )
        assert answer.status == 204
        listed = store.keys("private").decode()
        assert re.findall("<Key>(.*?)</Key>", listed) == [
            "f/" + filename.replace("\\\\", "/").rpartition("/")[2]
        ]
        for found in re.findall("<Key>(.*?)</Key>", listed):
            store.signed("DELETE", "private", found)

    def test_two_normal_forms_are_two_objects(self, store: StoreClient) -> None:
        for key in ("caf\u00e9", "cafe\u0301"):
            store.post("private", form({"key": key, **signed()}, key.encode()))
        for key in ("caf\u00e9", "cafe\u0301"):
            assert store.read("private", key).body == key.encode()
            store.signed("DELETE", "private", key)


def names_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


class TestNoWayAround:
    """SeaweedFS #7912, #2180: a multipart request was trusted; CVE-2026-40344: a sibling forgot."""

    @pytest.mark.parametrize("claim", [None, b"garbage", b"OSS a:b"])
    @pytest.mark.parametrize(
        ("method", "target"),
        [
            (b"GET", b"/"),
            (b"GET", b"/private"),
            (b"GET", b"/private?acl"),
            (b"GET", b"/private?bucketInfo"),
            (b"GET", b"/private?list-type=2"),
            (b"PUT", b"/private?acl"),
            (b"PUT", b"/private"),
            (b"PUT", b"/brand-new"),
            (b"DELETE", b"/private"),
            (b"PUT", b"/private/a"),
            (b"GET", b"/private/a"),
            (b"HEAD", b"/private/a"),
            (b"DELETE", b"/private/a"),
            (b"GET", b"/private/a?acl"),
            (b"PUT", b"/private/a?acl"),
            (b"GET", b"/private/a?objectMeta"),
            (b"POST", b"/private"),
            (b"POST", b"/private?delete"),
            (b"POST", b"/private/a?append&position=0"),
            (b"POST", b"/private/a?uploads"),
        ],
    )
    def test_a_multipart_type_opens_no_door(
        self, store: StoreClient, method: bytes, target: bytes, claim: bytes | None
    ) -> None:
        headers = [
            TYPED,
            (b"x-oss-acl", b"public-read-write"),
            (b"x-oss-object-acl", b"public-read"),
        ]
        if claim is not None:
            headers.append((b"Authorization", claim))
        answer = request(store.port, method, target, headers, form({"key": "a"}))
        assert answer.status in (400, 403, 405, 501)
        assert store.keys("private").count(b"<Key>") == 0

    @pytest.mark.parametrize("method", [b"PUT", b"GET", b"DELETE"])
    def test_a_signed_form_is_no_signature_of_anything_else(
        self, store: StoreClient, method: bytes
    ) -> None:
        fields = signed()
        query = b"OSSAccessKeyId=%s&Signature=%s&Expires=9999999999" % (
            fields["OSSAccessKeyId"].encode(),
            fields["Signature"].replace("+", "%2B").encode(),
        )
        answer = request(store.port, method, b"/private/a?" + query)
        assert (answer.status, answer.error["Code"]) == (403, "SignatureDoesNotMatch")

    def test_the_final_key_is_the_one_that_is_judged(self, store: StoreClient) -> None:
        """versitygw judged without the key: an open bucket, but this object is its owner's."""
        owned = {"key": "mine.txt", **signed(), "x-oss-object-acl": "private"}
        assert store.post("open", form(owned, b"mine")).status == 204
        answer = store.post("open", form({"key": "${filename}"}, filename="mine.txt"))
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        answer = store.post("open", form({"key": "${filename}"}, filename="C:\\\\mine.txt"))
        assert (answer.status, answer.error["Code"]) == (403, "AccessDenied")
        assert store.read("open", "mine.txt").body == b"mine"
        assert store.post("open", form({"key": "${filename}"}, filename="yours.txt")).status == 204

    def test_a_policy_is_good_until_it_expires(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **signed()})
        assert [store.post("private", body).status for _ in range(3)] == [204] * 3
        store.signed("DELETE", "private", key)

    def test_reserved_metadata(self, store: StoreClient, key: str) -> None:
        for name in ("x-oss-meta-pillarbox-owner", "X-Oss-Meta-Pillarbox-X"):
            answer = store.post("private", form({"key": key, **signed(), name: "root"}))
            assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")


class TestWhatBrowsersRun:
    """RustFS GHSA-v9fg and many a stored SVG."""

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/html",
            "text/html; charset=utf-8",
            "TEXT/HTML",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "text/javascript",
            "nonsense",
            "text/html charset=x",
        ],
    )
    def test_stored_pages_do_not_run(self, store: StoreClient, key: str, content_type: str) -> None:
        body = form(
            {"key": key, "Content-Disposition": "inline"}, b"<script>", part_type=content_type
        )
        assert store.post("open", body).status == 204
        answer = request(store.port, b"GET", f"/open/{key}".encode())
        assert answer.header("content-disposition") == "attachment"
        assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
        assert answer.header("x-content-type-options") == "nosniff"

    @pytest.mark.parametrize("url", ["http://a/\r\nSet-Cookie: x=y", "http://a/\x00"])
    def test_a_redirect_starts_no_header(self, store: StoreClient, key: str, url: str) -> None:
        answer = store.post("open", form({"key": key, "success_action_redirect": url}))
        assert (answer.status, answer.error["Code"]) == (400, "InvalidArgument")
        assert answer.header("set-cookie") is None

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
    def test_redirects_go_to_web_sites_only(self, store: StoreClient, key: str, url: str) -> None:
        answer = store.post("open", form({"key": key, "success_action_redirect": url}))
        assert answer.status == 204
        assert answer.header("location") is None
        assert answer.header("set-cookie") is None

    def test_a_key_starts_no_header_in_a_redirect(self, store: StoreClient) -> None:
        fields = {"key": "a\r\nSet-Cookie: x=y", "success_action_redirect": "http://a/"}
        answer = store.post("open", form(fields))
        assert answer.status == 303
        assert "key=a%0D%0ASet-Cookie%3A%20x%3Dy" in (answer.header("location") or "")
        assert answer.header("set-cookie") is None

    @pytest.mark.parametrize("path", ["/open/none", "/private/none", "/open", "/"])
    def test_no_origin_is_trusted(self, store: StoreClient, path: str) -> None:
        """RustFS GHSA-x5xv: there are no CORS rules, so there are no CORS headers."""
        origin = [(b"Origin", b"https://evil.example")]
        for answer in (
            request(store.port, b"GET", path.encode(), origin),
            request(
                store.port,
                b"OPTIONS",
                path.encode(),
                [*origin, (b"Access-Control-Request-Method", b"POST")],
            ),
            store.post("open", form({"key": "cors"}), origin),
        ):
            assert not [name for name, _ in answer.headers if name.startswith("access-control-")]

    def test_control_characters_in_a_listing(self, store: StoreClient) -> None:
        store.post("private", form({"key": "a\x01<b>&", **signed()}))
        answer = store.signed("GET", "private", query="encoding-type=url")
        assert b"a%01%3Cb%3E%26" in answer.body
        store.signed("DELETE", "private", "a\x01<b>&")


class TestLog:
    def test_no_secret_is_written(self, store: StoreClient, key: str) -> None:
        """RustFS GHSA-r54g."""
        fields = signed()
        store.post("private", form({"key": key, **fields}))
        store.post("private", form({"key": key, **fields, "Signature": "A" * 27 + "="}))
        store.read("private", key)
        store.signed("DELETE", "private", key)
        request(
            store.port, b"GET", b"/private/a?Signature=QUERYSIGNATURE&Expires=1&OSSAccessKeyId=x"
        )
        store.server.wait_for_output('"private" "a" 403')
        said = store.server.output + store.server.notices
        for private in (SECRET, fields["Signature"], fields["policy"], "A" * 27, "QUERYSIGNATURE"):
            assert private not in said
        for pid in (store.server.pid, store.server.worker_pid, store.server.keeper_pid):
            assert pid is not None
            assert SECRET not in command_line_of(pid)

    def test_the_remote_address_is_the_peers(self, store: StoreClient, key: str) -> None:
        """RustFS CVE-2026-21862."""
        forged = [(b"X-Forwarded-For", b"203.0.113.9"), (b"Forwarded", b"for=203.0.113.9")]
        request(store.port, b"GET", f"/private/{key}".encode(), forged)
        store.server.wait_for_output(f'"{key}" 403')
        assert "203.0.113.9" not in store.server.output

    def test_a_key_forges_no_line(self, store: StoreClient) -> None:
        request(store.port, b"GET", b"/private/x%0A2026-01-01T00:00:00.000Z%20FORGED%1B%5B2J")
        store.server.wait_for_output("FORGED")
        assert not [
            n for n in store.server.output.splitlines() if "FORGED" in n and "GetObject" not in n
        ]
        assert "\x1b" not in store.server.output

    def test_junk_costs_one_line(self, store: StoreClient) -> None:
        """python-multipart CVE-2024-53981: one line, and one with the reason."""
        lines, reasons = store.server.output.count("\n"), store.server.notices.count("\n")
        answer = store.post("open", b"\r\n" * MIB)
        assert answer.error["Code"] == "MalformedPOSTRequest"
        store.server.wait_for_output(answer.error["RequestId"])
        assert store.server.output.count("\n") == lines + 1
        assert store.server.notices.count("\n") <= reasons + 1


class TestMemory:
    """s3s #368, werkzeug CVE-2023-25577, Starlette CVE-2024-47874."""

    @pytest.fixture(autouse=True)
    def files_before(self, store: StoreClient) -> None:
        """Deleted objects wait for the reaper."""
        self.before = store.files()

    def check(self, store: StoreClient, answer: RawAnswer | None = None) -> None:
        assert peak_memory(store) < MEMORY
        assert store.files() <= self.before
        assert request(store.port, b"GET", b"/open/none").status == 404
        if answer is not None:
            assert answer.status == 400

    def test_100_mb_of_line_ends(self, store: StoreClient) -> None:
        pieces = [b"\r\n" * (MIB // 2)] * 100
        self.check(store, store.post_chunked("open", chunked(pieces)))

    def test_a_file_of_line_ends(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **signed(["content-length-range", 0, MIB])}, b"\r\n" * (25 * MIB))
        self.check(store, store.post_chunked("private", chunked(pieces_of(body, MIB))))

    def test_a_file_of_half_delimiters(self, store: StoreClient, key: str) -> None:
        content = (b"\r\n--" + BOUNDARY[:-1]) * (4 * MIB // len(BOUNDARY))
        assert store.post("open", form({"key": key}, content)).status == 204
        assert request(store.port, b"GET", f"/open/{key}".encode()).body == content
        store.signed("DELETE", "open", key)
        assert peak_memory(store) < MEMORY

    @pytest.mark.parametrize("tail", ["", '; filename="x"'])
    def test_many_large_fields(self, store: StoreClient, tail: str) -> None:
        """A filename makes no field a file, so the limits hold for both."""
        pieces = [part(f"f{n}", b"v" * MIB, tail) for n in range(64)]
        answer = store.post_chunked("open", chunked(pieces))
        assert answer.error["Code"] == "MaxPOSTPreDataLengthExceededError"
        self.check(store, answer)

    def test_fields_without_end(self, store: StoreClient) -> None:
        body = b"".join(part(f"f{n}", b"") for n in range(50_000))
        self.check(store, store.post_chunked("open", chunked(pieces_of(body, MIB))))

    def test_16_forms_with_all_that_is_allowed(self, store: StoreClient) -> None:
        """8 MiB of fields each, none of them ended."""
        fields = b"".join(part(f"f{n}", b"v" * MIB) for n in range(7))
        typed = head(b"POST", b"/open", [TYPED, (b"Content-Length", b"99999999")])
        connections = [Connection(store.port) for _ in range(16)]
        for connection in connections:
            connection.send(typed, fields)
        assert request(store.port, b"GET", b"/open/none").status == 404
        for connection in connections:
            connection.half_close()
            assert connection.answer().error["Code"] == "IncompleteBody"
            with connection:
                pass
        self.check(store)

    @pytest.mark.parametrize(
        "text", ["[" * 500_000, '{"a":' * 100_000, '{"conditions":[' + "1," * 500_000]
    )
    def test_policies_that_are_bombs(self, store: StoreClient, key: str, text: str) -> None:
        fields = v1_fields(KEY_ID, SECRET, encoded(text))
        answer = store.post("private", form({"key": key, **fields}))
        assert answer.error["Code"] == "InvalidPolicyDocument"
        self.check(store, answer)

    @pytest.mark.parametrize(
        "content_type",
        [
            b"multipart/form-data" + b"; a=b" * 20_000,
            FORM_TYPE + b"; a=b" * 20_000,
            FORM_TYPE + b'; a="' + b"b" * 100_000 + b'"',
            b"multipart/form-data; boundary=" + b"b" * 100_000,
            b'multipart/form-data; boundary="' + b"\\" * 100_000,
        ],
    )
    def test_a_content_type_of_100_kb(self, store: StoreClient, content_type: bytes) -> None:
        """python-multipart CVE-2024-24762."""
        answer = store.post("open", form({"key": "k"}), content_type=content_type)
        assert answer.error["Code"] == "RequestIsNotMultiPartContent"
        self.check(store, answer)

    def test_an_xml_bomb(self, store: StoreClient) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
        headers = authorization(KEY_ID, SECRET, "PUT", "/brand-new/")
        answer = request(store.port, b"PUT", b"/brand-new", headers, bomb)
        assert answer.error["Code"] == "MalformedXML"
        self.check(store, answer)

    def test_a_reader_that_stands_still(self, store: StoreClient, key: str) -> None:
        """Answers wait for their reader on the disk, not in memory."""
        content = b"x" * (64 * MIB)
        assert store.post("open", form({"key": key}, content)).status == 204
        readers = [Connection(store.port, receive_buffer=4096) for _ in range(8)]
        for reader in readers:
            reader.send(head(b"GET", f"/open/{key}".encode(), []))
        assert request(store.port, b"HEAD", f"/open/{key}".encode()).status == 200
        assert peak_memory(store) < MEMORY
        for reader in readers:
            with reader:
                pass
        store.signed("DELETE", "open", key)


def test_the_server_runs_on(store: StoreClient) -> None:
    """After all of the above: the same worker, no traceback."""
    assert store.server.worker_pid is not None
    assert "Traceback" not in store.server.notices + store.server.output
    assert " 500 " not in store.server.output
