"""A real server tells afterwards why it refused a form, to who has the request id."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pillarbox.cli.form_source import read_source
from pillarbox.cli.refused_form import find_refused_form
from pillarbox.forms.explanation import Outcome
from pillarbox.forms.judgement import explain_form
from pillarbox.forms.presented_form import PresentedForm
from pillarbox.forms.redaction import STRUCK
from pillarbox.forms.refused_form import RefusedForm
from pillarbox.forms.store_rules import StoreRules
from pillarbox.model.limits import KIB, MAX_FORM_SIZE, MIB
from pillarbox.storage.layout import Layout
from tests.server_process import wait_until
from tests.signing.vectors import KEY_ID, SECRET
from tests.wire.raw_http import Connection, RawAnswer, chunked, head
from tests.wire.signatures import hmac_sha1, policy_field, v1_fields
from tests.wire.signed_forms import ANYTHING, v1, v4
from tests.wire.store_client import BOUNDARY, FORM_TYPE, StoreClient, form
from tests.wire.test_explain_agreement import EDITS, edited, signed

pytestmark = pytest.mark.filterwarnings("ignore::pillarbox.forms.DoubtfulForm")

BUCKETS = (
    *("--init-bucket", "lenient:private"),
    *("--init-bucket", "strict:private:strict"),
    *("--init-bucket", "open:public-read-write"),
)


def new_store(data_dir: Path, *options: str) -> StoreClient:
    return StoreClient(data_dir, *BUCKETS, *options)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    client = new_store(tmp_path_factory.mktemp("store"), "--region", "cn-hangzhou")
    yield client
    client.end()


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[StoreClient]:
    """A store of the test's own."""
    client = new_store(tmp_path / "data")
    yield client
    client.end()


def id_of(answer: RawAnswer) -> str:
    return answer.error["RequestId"]


def is_kept(data_dir: Path, request_id: str) -> bool:
    try:
        find_refused_form(data_dir, request_id)
    except ValueError:
        return False
    return True


def kept(store: StoreClient, answer: RawAnswer) -> RefusedForm:
    """What the server keeps of the form that got this answer; it is written soon after."""
    data_dir, request_id = store.server.data_dir, id_of(answer)
    wait_until(lambda: is_kept(data_dir, request_id), f"the refused form {request_id}")
    found = find_refused_form(data_dir, request_id)
    refusal = found.report.refusal
    assert refusal is not None
    error = answer.error
    assert (refusal.code, refusal.status, refusal.ec) == (
        error["Code"],
        answer.status,
        error.get("EC"),
    )
    return found


def explain(data_dir: Path, request_id: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pillarbox", "explain", "--request", request_id]
    return subprocess.run(
        [*command, "--data", str(data_dir), *options], capture_output=True, text=True, timeout=60
    )


def refusing_steps(found: RefusedForm) -> list[str]:
    return [step.name for step in found.report.steps if step.outcome is Outcome.REFUSED]


def test_by_the_command_while_the_server_runs_and_after(own_store: StoreClient) -> None:
    answer = own_store.post("lenient", form({"key": "a", **v1(["starts-with", "$key", "b/"])}))
    data_dir, request_id = own_store.server.data_dir, id_of(answer)
    kept(own_store, answer)
    running = explain(data_dir, request_id)
    own_store.end()
    stopped = explain(data_dir, request_id)
    assert (running.returncode, running.stderr) == (1, "")
    assert (stopped.returncode, stopped.stdout) == (1, running.stdout)
    lines = running.stdout.splitlines()
    assert lines[0] == f"REFUSE: 403 AccessDenied, EC 0006-00000227: {answer.error['Message']}"
    assert "           received a" in lines
    assert f"  ok       signature      V1: right for the secret of {KEY_ID}." in lines
    document = json.loads(explain(data_dir, request_id, "--json").stdout)
    assert document["request"]["id"] == request_id
    assert document["request"]["bucket"] == "lenient"
    answered = datetime.fromisoformat(document["request"]["time"])
    assert abs(datetime.now(UTC) - answered) < timedelta(hours=1)


def test_a_stop_right_behind_an_answer_loses_nothing(own_store: StoreClient) -> None:
    answers = [own_store.post("lenient", form({"key": "a"})) for _ in range(5)]
    own_store.end()
    for answer in answers:
        kept(own_store, answer)


def test_what_is_accepted_leaves_nothing(own_store: StoreClient) -> None:
    answer = own_store.post("lenient", form({"key": "a", **v1()}))
    assert answer.status == 204
    own_store.end()
    assert not Layout(own_store.server.data_dir).refused_forms.exists()
    told = explain(own_store.server.data_dir, answer.header("x-oss-request-id") or "")
    assert told.returncode == 2
    assert "it was accepted, or" in told.stderr


class TestWhatOnlyTheStoreCanTell:
    """Each is a step of its own in the report, and the first that refuses."""

    def check(self, store: StoreClient, answer: RawAnswer, step: str, *others: str) -> RefusedForm:
        found = kept(store, answer)
        assert refusing_steps(found) == [step, *others]
        text = next(entry.text for entry in found.report.steps if entry.name == step)
        assert text.startswith("Only the store can tell: ")
        assert found.report.refusal is not None
        assert found.report.refusal.message == answer.error["Message"]
        return found

    def test_no_bucket(self, store: StoreClient) -> None:
        answer = store.post("nobody", form({"key": "a", **v1()}))
        assert self.check(store, answer, "bucket").bucket == "nobody"

    def test_no_name_of_a_bucket(self, store: StoreClient) -> None:
        self.check(store, store.post("No_Bucket", form({"key": "a", **v1()})), "address")

    @pytest.mark.parametrize("bucket", ["lenient", "strict"])
    def test_no_right(self, store: StoreClient, bucket: str) -> None:
        self.check(store, store.post(bucket, form({"key": "a"})), "rights")

    def test_no_access_key(self, store: StoreClient) -> None:
        fields = v1_fields("nobodysid", "secret", policy_field(ANYTHING))
        found = self.check(store, store.post("lenient", form({"key": "a", **fields})), "AccessKey")
        assert found.report.signature == {"algorithm": "V1, HMAC-SHA1", "accessKeyId": STRUCK}

    def test_another_region(self, store: StoreClient) -> None:
        answer = store.post("lenient", form({"key": "a", **v4(region="eu-west-1")}))
        self.check(store, answer, "region")

    def test_an_object_that_is_there(self, store: StoreClient) -> None:
        fields = {"key": "taken", "x-oss-forbid-overwrite": "true", **v1()}
        assert store.post("lenient", form(fields)).status == 204
        self.check(store, store.post("lenient", form(fields)), "overwrite")

    def test_a_wrong_digest(self, store: StoreClient) -> None:
        wrong = (b"Content-MD5", base64.b64encode(bytes(16)))
        self.check(store, store.post("lenient", form({"key": "a", **v1()}), [wrong]), "digest")

    def test_a_length_that_proves_too_much(self, store: StoreClient) -> None:
        fields = {"key": "a", **v1(["content-length-range", 0, MIB])}
        answer = store.post("lenient", form(fields, b"x" * 4 * MIB))
        found = self.check(store, answer, "length")
        assert "its end was not seen" in found.report.steps[-2].text

    def test_a_length_beyond_all(self, store: StoreClient) -> None:
        length = (b"Content-Length", b"%d" % (MAX_FORM_SIZE + 1))
        with Connection(store.port) as connection:
            connection.send(head(b"POST", b"/lenient", [(b"Content-Type", FORM_TYPE), length]))
            self.check(store, connection.answer(), "length")

    def test_neither_length_nor_chunked(self, store: StoreClient) -> None:
        with Connection(store.port) as connection:
            connection.send(head(b"POST", b"/lenient", [(b"Content-Type", FORM_TYPE)]))
            self.check(store, connection.answer(), "length")

    @pytest.mark.parametrize("cut", ["in the fields", "in the file"])
    def test_a_cut_body(self, store: StoreClient, cut: str) -> None:
        body = form({"key": "a", **v1()})
        sent = body[: body.index(b"policy") if cut == "in the fields" else body.index(b"bytes") + 2]
        headers = [(b"Content-Type", FORM_TYPE), (b"Content-Length", b"%d" % len(body))]
        with Connection(store.port) as connection:
            connection.send(head(b"POST", b"/lenient", headers), sent)
            connection.half_close()
            found = self.check(store, connection.answer(), "body")
        assert found.report.fields[0] == "key"
        assert ("policy" in found.report.fields) == (cut == "in the file")


class TestWhatTheFormTells:
    def test_a_size_that_is_counted_as_it_comes(self, store: StoreClient) -> None:
        body = form({"key": "a", **v1(["content-length-range", 0, 100])}, b"x" * MIB)
        answer = store.post_chunked("lenient", chunked([body[:KIB], body[KIB:]]))
        assert refusing_steps(kept(store, answer)) == ["size"]

    def test_a_file_that_is_too_small(self, store: StoreClient) -> None:
        answer = store.post("lenient", form({"key": "a", **v1(["content-length-range", 10, 20])}))
        found = kept(store, answer)
        assert refusing_steps(found) == ["size"]
        assert [c.received for c in found.report.conditions] == ["5 bytes"]

    def test_a_strict_bucket(self, store: StoreClient) -> None:
        fields = {"key": "a", "x-oss-storage-class": "IA", **v1()}
        assert refusing_steps(kept(store, store.post("strict", form(fields)))) == ["strict forms"]

    def test_a_wrong_signature(self, store: StoreClient) -> None:
        answer = store.post("lenient", form({"key": "a", **v1(), "Signature": "d3JvbmcgaXQgaXM="}))
        found = kept(store, answer)
        assert refusing_steps(found) == ["signature"]
        assert "Is the secret that of" in str(found.report.steps)

    @pytest.mark.parametrize("content_type", [FORM_TYPE, b"text/plain"])
    def test_no_form(self, store: StoreClient, content_type: bytes) -> None:
        answer = store.post("lenient", b"nothing", content_type=content_type)
        assert refusing_steps(kept(store, answer)) == ["frame"]

    def test_a_field_behind_the_file(self, store: StoreClient) -> None:
        fields = v1()
        late = {"policy": fields.pop("policy")}
        answer = store.post("lenient", form({"key": "a", **fields}, late=late))
        found = kept(store, answer)
        assert found.report.late_fields == ("policy",)
        assert found.report.refusal is not None
        assert found.report.refusal.details["LateField"] == "policy"

    def test_a_form_that_is_too_large_to_be_judged(self, store: StoreClient) -> None:
        answer = store.post("lenient", form({"key": "a", "other": "x" * 64 * KIB}))
        found = kept(store, answer)
        assert [step.name for step in found.report.steps] == ["judgement"]


@pytest.fixture(scope="module")
def agreeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreClient]:
    """A store whose allowance of judgements nothing else uses up."""
    client = new_store(tmp_path_factory.mktemp("agreeing"))
    yield client
    client.end()


@given(
    bucket=st.sampled_from(["lenient", "strict"]),
    version=st.sampled_from(["v1", "v4"]),
    edits=EDITS,
    content=st.sampled_from([b"1", b"12", b"123456789"]),
    cut=st.sampled_from([0, 0, 0, 4]),
)
@settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_verdicts_are_those_of_explain(
    agreeing: StoreClient,
    bucket: str,
    version: str,
    edits: list[tuple[str, str, str]],
    content: bytes,
    cut: int,
) -> None:
    fields, late = edited(list(signed(bucket, version).fields.items()), edits)
    body = form(fields, content, part_type="text/plain", late=late)
    body = body[: len(body) - cut]
    answer = agreeing.post(bucket, body)
    if answer.status < 400:
        return
    found = kept(agreeing, answer)
    lead = f"POST /{bucket} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ".encode()
    presented = read_source(lead + FORM_TYPE + b"\r\n\r\n" + body, None, None)
    assert isinstance(presented, PresentedForm)
    known = found.report.refusal is not None and found.report.refusal.code != "InvalidAccessKeyId"
    rules = StoreRules(strict_forms=bucket == "strict")
    judged = explain_form(presented, datetime.now(UTC), SECRET if known else None, rules)

    assert found.report.fields == tuple(name for name, _ in presented.fields)
    # The server stopped at its answer: it may not have come to the end of a file that is too
    # large, to what follows it, and to a flaw of the frame.
    assert found.report.late_fields in (presented.late, ())
    # Whether a token is good, only the store can tell.
    own = {"rights", "AccessKey", "token"}
    expected, steps = (
        [(one.name, one.outcome) for one in told if one.name not in {*own, "frame"}]
        for told in (judged.checks, found.report.steps)
    )
    assert steps == expected
    first = refusing_steps(found)[0]
    if first not in own:
        assert judged.refusal is not None
        assert judged.refusal.code == answer.error["Code"]
    pairs = list(zip(found.report.conditions, judged.conditions, strict=True))
    assert [told.outcome for told, _ in pairs] == [entry.outcome for _, entry in pairs]
    for told, entry in pairs:
        if STRUCK not in str(told):
            assert str(told).replace("at least ", "") == str(entry)


def planted(token: str) -> list[Any]:
    """Conditions that name what is secret, and secrets under names that are not."""
    return [
        ["eq", "$x-oss-security-token", token],
        ["eq", "$callback", CALLBACK],
        ["eq", "$x:applicant", "applicant-4711"],
        ["eq", "$x-oss-meta-note", SECRET],
        ["starts-with", "$x-oss-meta-policy", "y"],
    ]


TOKEN = "CAISxxPlantedToken/+0123456789=="
CALLBACK = base64.b64encode(b'{"callbackUrl": "http://a.example/", "callbackBody": "b=1"}').decode()
WORDS = (SECRET, TOKEN, CALLBACK, "applicant-4711", "MisplacedSecret0123456789")


def test_nothing_secret_is_kept(own_store: StoreClient) -> None:
    field = policy_field([*ANYTHING, *planted(TOKEN)])
    plain = v1_fields(KEY_ID, SECRET, field)
    others = {
        "x-oss-meta-note": f"my secret is {SECRET}",
        "x-oss-meta-policy": f"{'x' * 190}{field}",
        "x:applicant": "applicant-4711",
        "Callback": CALLBACK,
        "unnamed": f"{SECRET} {TOKEN}",
    }
    broken = base64.b64encode(f'{{"conditions": ["{TOKEN * 2}"], "expiration": 1}}'.encode())
    of_broken = v1_fields(KEY_ID, SECRET, broken.decode())
    unknown = v1_fields("MisplacedSecret0123456789", SECRET, field)
    wrong = plain["Signature"].swapcase()
    token = {"x-oss-security-token": TOKEN}
    bodies = [
        form({"key": "a", **plain, **others}),
        form({"key": "a", **plain, **others, **token}),
        form({"key": f"a/{SECRET}", **plain, **others, "Signature": wrong}),
        form({"key": "a", **unknown, **others}),
        form({"key": "a", **of_broken, **others}),
        form({"key": "a", **plain, **others, "big": "x" * 64 * KIB}),
        form({"key": "a", **others, "Callback": "other"}, late={**plain, **token}),
        form({"key": "a", **plain, **others, **v4(*planted("x"))}),
        form({"key": "a", **v4(*planted("x")), **others}),
        form({"key": "a", **plain, **others})[:-30],
    ]
    signatures = [wrong] + [
        part.split(b"\r\n--" + BOUNDARY)[0].decode()
        for body in bodies
        for part in body.split(b'ignature"\r\n\r\n')[1:]
    ]
    policies = [field, broken.decode(), hmac_sha1(SECRET, field)]
    answers = [own_store.post("lenient", body) for body in bodies]
    answers += [own_store.post("strict", body) for body in bodies]
    for answer in answers:
        kept(own_store, answer)
    own_store.end()

    root = Layout(own_store.server.data_dir).refused_forms
    text = "".join(path.read_text("utf-8") for path in root.rglob("*") if path.is_file())
    assert text.count("\n") == len(answers)
    for secret in (*WORDS, *signatures, *policies):
        for spelling in (secret, json.dumps(secret)[1:-1]):
            assert spelling not in text, spelling
            assert spelling[:20] not in text, spelling
    # The test would see them: what is no secret is there.
    for told in (KEY_ID, "x-oss-meta-note", "my secret is", "unnamed", STRUCK):
        assert told in text


def test_many_refusals_at_once_leave_the_server_at_work(own_store: StoreClient) -> None:
    refused = form({"key": "a", **v1(["eq", "$key", "b"])})
    with ThreadPoolExecutor(8) as threads:
        refusals = [threads.submit(own_store.post, "lenient", refused) for _ in range(400)]
        uploads = [
            threads.submit(own_store.post, "lenient", form({"key": f"good/{number}", **v1()}))
            for number in range(20)
        ]
    assert {upload.result().status for upload in uploads} == {204}
    answers = [refusal.result() for refusal in refusals]
    assert {(answer.status, answer.error["Code"]) for answer in answers} == {(403, "AccessDenied")}
    forms = [kept(own_store, answer) for answer in answers]
    judged = [form for form in forms if form.report.steps[0].name != "judgement"]
    assert len(judged) >= 100
    assert all(refusing_steps(form) == ["conditions"] for form in judged)


def test_a_line_that_a_crash_tore_and_what_is_too_old(own_store: StoreClient) -> None:
    first = own_store.post("lenient", form({"key": "a"}))
    torn = own_store.post("lenient", form({"key": "b"}))
    kept(own_store, first)
    kept(own_store, torn)
    own_store.end()
    data_dir = own_store.server.data_dir
    (segment,) = Layout(data_dir).refused_forms.iterdir()
    os.truncate(segment, segment.stat().st_size - 10)
    again = new_store(data_dir)
    try:
        last = again.post("lenient", form({"key": "c"}))
        kept(again, last)
        kept(again, first)
        assert explain(data_dir, id_of(torn)).returncode == 2
        assert oct(segment.stat().st_mode & 0o777) == "0o600"
    finally:
        again.end()
    check_what_is_too_old_leaves_the_disk(data_dir)


def check_what_is_too_old_leaves_the_disk(data_dir: Path) -> None:
    (segment,) = Layout(data_dir).refused_forms.iterdir()
    old = time.time() - 9 * 86400
    os.utime(segment, (old, old))
    late = new_store(data_dir)
    try:
        wait_until(lambda: not segment.exists(), "the end of an old segment")
    finally:
        late.end()
