"""Ceilings and quotas that an operator sets, and keys made beside the running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.cli.here import CommandLine
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire import signatures
from tests.wire.raw_http import RawAnswer, request
from tests.wire.refusal import refusal
from tests.wire.store_client import StoreClient, form
from tests.wire.test_refused_forms import kept, refusing_steps

LONGER = "Invalid according to Policy: Policy lives longer than this store allows."
LARGER = "Invalid according to Policy: Policy allows larger files than this store takes."
CEILING = 100


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    """A store of which no policy may live for over half an hour, and no file have 101 bytes."""
    client = StoreClient(
        tmp_path_factory.mktemp("bounded"),
        *("--init-bucket", "example-bucket:private"),
        *("--init-bucket", "full:private"),
        *("--init-bucket", "open:public-read-write"),
        *("--max-policy-lifetime", "30m", "--max-upload-size", f"{CEILING}"),
    )
    yield client
    client.end()


@pytest.fixture(scope="module")
def line(bounded: StoreClient) -> CommandLine:
    """Commands beside the running server."""
    return CommandLine(bounded.server.data_dir)


def fields(key: str, most: int | None, minutes: int = 20) -> dict[str, str]:
    """A form whose policy allows a file of `most` bytes and lives for some minutes."""
    conditions: list[object] = [["starts-with", "$key", ""]]
    if most is not None:
        conditions.append(["content-length-range", 0, most])
    policy = signatures.policy_field(conditions, timedelta(minutes=minutes))
    return {"key": key, **signatures.v1_fields(KEY_ID, SECRET, policy)}


def test_a_policy_within_the_ceilings(bounded: StoreClient, key: str) -> None:
    answer = bounded.post("example-bucket", form(fields(key, CEILING), b"x" * CEILING))
    assert answer.status == 204


def test_what_is_appended_counts_as_a_whole(bounded: StoreClient, key: str) -> None:
    def append(position: int, size: int) -> RawAnswer:
        target = f"/open/{key}?append&position={position}".encode()
        return request(bounded.port, b"POST", target, [], b"x" * size)

    assert append(0, 60).status == 200
    error = refusal(append(60, 41), "EntityTooLarge", 400, ec="0006-00000003")
    assert (error["ProposedSize"], error["MaxSizeAllowed"]) == ("101", "100")
    assert append(60, 40).status == 200


@pytest.mark.parametrize(
    ("most", "minutes", "message"),
    [(CEILING, 31, LONGER), (None, 20, LARGER), (CEILING + 1, 20, LARGER)],
)
def test_a_policy_over_them(
    bounded: StoreClient, key: str, most: int | None, minutes: int, message: str
) -> None:
    answer = bounded.post("example-bucket", form(fields(key, most, minutes)))
    found = refusal(answer, "AccessDenied", 403, message)
    assert found.keys() >= {"Expected", "Received"}
    told = kept(bounded, answer)
    assert refusing_steps(told) == ["ceilings"]
    (step,) = [step for step in told.report.steps if step.name == "ceilings"]
    assert "sign one shortly" in step.text or "content-length-range" in step.text
    assert bounded.read("example-bucket", key).status == 404


def test_uploads_without_a_policy(bounded: StoreClient, key: str) -> None:
    large = b"x" * (CEILING + 1)
    anonymous = bounded.post("open", form({"key": key}, large))
    assert refusal(anonymous, "EntityTooLarge", 400, ec="0006-00000003")["MaxSizeAllowed"] == "100"
    assert bounded.post("open", form({"key": key}, large[1:])).status == 204
    headers = [(b"Content-Type", b"")]
    for content, status in ((large, 400), (large[1:], 200)):
        own = [*signatures.authorization(KEY_ID, SECRET, "PUT", f"/open/{key}"), *headers]
        target = f"/open/{key}".encode()
        assert request(bounded.port, b"PUT", target, own, content).status == status


def test_a_quota_set_beside_the_running_server(bounded: StoreClient, line: CommandLine) -> None:
    def post(key: str) -> RawAnswer:
        return bounded.post("full", form(fields(key, CEILING), b"x" * 10))

    assert post("a").status == 204
    line.done("bucket-quota", "full", "--bytes", "15")
    assert post("a").status == 204
    answer = post("b")
    refusal(answer, "QuotaExceeded", 403, "Bucket storage exceed max storage capacity.")
    assert refusing_steps(kept(bounded, answer)) == ["quota"]
    assert b"pillarbox" not in answer.body
    line.done("bucket-quota", "full", "--bytes", "none")
    assert post("b").status == 204
    shown = json.loads(line.done("bucket-quota", "full", "--json"))
    assert shown["bytes"] == {"used": 20, "parts": 0, "quota": None}
    assert shown["objects"]["used"] == 2


def test_a_key_made_and_disabled_beside_it(bounded: StoreClient, line: CommandLine) -> None:
    made = json.loads(line.done("key", "create", "--json"))

    def listed() -> int:
        signed = signatures.authorization(made["id"], made["secret"], "GET", "/")
        return request(bounded.port, b"GET", b"/", signed).status

    assert listed() == 200
    line.done("key", "disable", made["id"])
    assert listed() == 403
    line.done("key", "enable", made["id"])
    assert listed() == 200
    line.done("key", "delete", made["id"])
    assert listed() == 403
    assert made["secret"] not in bounded.server.output + bounded.server.notices
