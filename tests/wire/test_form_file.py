"""What a form's file is held to: overwriting, sizes and the body's digest."""

from __future__ import annotations

import base64
import hashlib
import threading

import pytest

from tests.wire.raw_http import RawAnswer
from tests.wire.refusal import refusal
from tests.wire.signed_forms import v1
from tests.wire.store_client import StoreClient, form


class TestForbidOverwrite:
    MESSAGE = "The object you specified already exists and can not be overwritten."

    def test_the_first_stays(self, store: StoreClient, key: str) -> None:
        fields = {"key": key, **v1(), "x-oss-forbid-overwrite": "true"}
        assert store.post("example-bucket", form(fields, b"first")).status == 204
        answer = store.post("example-bucket", form(fields, b"second"))
        refusal(answer, "FileAlreadyExists", 409, self.MESSAGE, "0026-00000002")
        assert store.read("example-bucket", key).body == b"first"

    @pytest.mark.parametrize("value", ["false", "True", "yes", ""])
    def test_other_values_are_no(self, store: StoreClient, key: str, value: str) -> None:
        fields = {"key": key, **v1(), "x-oss-forbid-overwrite": value}
        for _ in range(2):
            assert store.post("example-bucket", form(fields)).status == 204

    @pytest.mark.parametrize("size", [10, 200_000])
    def test_of_many_at_once_one_wins(self, store: StoreClient, key: str, size: int) -> None:
        fields = {"key": key, **v1(), "x-oss-forbid-overwrite": "true"}
        answers: dict[int, RawAnswer] = {}

        def upload(n: int) -> None:
            answers[n] = store.post("example-bucket", form(fields, b"%d" % n * size))

        uploads = [threading.Thread(target=upload, args=(n,)) for n in range(8)]
        for each in uploads:
            each.start()
        for each in uploads:
            each.join()
        [winner] = [n for n, answer in answers.items() if answer.status == 204]
        for n in answers.keys() - {winner}:
            refusal(answers[n], "FileAlreadyExists", 409, self.MESSAGE, "0026-00000002")
        assert store.read("example-bucket", key).body == b"%d" % winner * size


class TestSize:
    TOO_LARGE = "Your proposed upload exceeds the maximum allowed size."
    TOO_SMALL = "Your proposed upload smaller than the minimum allowed size."

    @pytest.mark.parametrize(
        ("ranges", "smallest", "largest"),
        [
            ([(3, 7)], 3, 7),
            ([(0, 0)], 0, 0),
            ([(0, 9), (4, 20)], 4, 9),
            ([(2, 9), (4, 6), (0, 20)], 4, 6),
        ],
    )
    def test_both_ends_are_allowed(
        self,
        store: StoreClient,
        key: str,
        ranges: list[tuple[int, int]],
        smallest: int,
        largest: int,
    ) -> None:
        signed = v1(*(["content-length-range", *range_] for range_ in ranges))
        for size in (smallest, largest):
            body = form({"key": key, **signed}, b"x" * size)
            assert store.post("example-bucket", body).status == 204
        answer = store.post("example-bucket", form({"key": key, **signed}, b"x" * (largest + 1)))
        error = refusal(answer, "EntityTooLarge", 400, self.TOO_LARGE, "0006-00000003")
        assert error["MaxSizeAllowed"] == str(largest)
        assert error["Condition"].startswith('["content-length-range", ')
        assert error["Condition"].endswith(f", {largest}]")
        assert error["Expected"] == f"at most {largest} bytes"
        if smallest:
            body = form({"key": key, **signed}, b"x" * (smallest - 1))
            answer = store.post("example-bucket", body)
            error = refusal(answer, "EntityTooSmall", 400, self.TOO_SMALL, "0006-00000004")
            assert error["MinSizeAllowed"] == str(smallest)
            assert error["ProposedSize"] == str(smallest - 1)
        assert len(store.read("example-bucket", key).body) == largest

    def test_ranges_that_no_file_fits(self, store: StoreClient, key: str) -> None:
        signed = v1(["content-length-range", 0, 3], ["content-length-range", 5, 9])
        too_large = store.post("example-bucket", form({"key": key, **signed}, b"1234"))
        refusal(too_large, "EntityTooLarge", 400, self.TOO_LARGE, "0006-00000003")
        too_small = store.post("example-bucket", form({"key": key, **signed}, b"123"))
        refusal(too_small, "EntityTooSmall", 400, self.TOO_SMALL, "0006-00000004")


class TestContentMd5:
    def test_covers_the_whole_body(self, store: StoreClient, key: str) -> None:
        body = form({"key": key, **v1()})
        right = base64.b64encode(hashlib.md5(body).digest())
        assert store.post("example-bucket", body, [(b"Content-MD5", right)]).status == 204

    @pytest.mark.parametrize(
        "text", [base64.b64encode(hashlib.md5(b"bytes").digest()), b"abc", b"%%%"]
    )
    def test_wrong(self, store: StoreClient, key: str, text: bytes) -> None:
        body = form({"key": key, **v1()})
        answer = store.post("example-bucket", body, [(b"Content-MD5", text)])
        message = "The Content-MD5 you specified was invalid."
        refusal(answer, "InvalidDigest", 400, message)
        assert store.read("example-bucket", key).status == 404

    def test_a_field_of_that_name_is_nothing(self, store: StoreClient, key: str) -> None:
        assert (
            store.post("example-bucket", form({"key": key, **v1(), "Content-MD5": "x"})).status
            == 204
        )
