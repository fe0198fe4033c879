"""Conditions of policies on tags of objects, asked of a real server in both dialects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from pillarbox.storage.identities import Identities
from tests.server_process import TEST_KEY, ServerProcess
from tests.wire.documents import md5_header
from tests.wire.identities import Signer, allow, document, identities_of, new_user
from tests.wire.raw_http import Headers, RawAnswer
from tests.wire.rest import bucket, caller
from tests.wire.s3_speaker import S3Speaker

__all__ = ["bucket", "caller"]

OPEN, SECRET = (b"x-oss-tagging", b"class=open"), (b"x-oss-tagging", b"class=secret")
EXISTING, GIVEN = "oss:ExistingObjectTag/class", "oss:RequestObjectTag/class"
TWO_KEYS = b"<Delete><Object><Key>a</Key></Object><Object><Key>open</Key></Object></Delete>"

_numbers = count()


@pytest.fixture(params=[Signer, S3Speaker])
def speaks(request: pytest.FixtureRequest) -> type[Signer]:
    """In which dialect the requests that are judged come."""
    speaker: type[Signer] = request.param
    return speaker


@pytest.fixture
def owner(module_server: ServerProcess) -> Signer:
    return Signer(module_server.port, TEST_KEY.id, TEST_KEY.secret)


@pytest.fixture(scope="module")
def door(module_server: ServerProcess) -> Iterator[Identities]:
    with identities_of(module_server.data_dir) as found:
        yield found


@pytest.fixture
def tagged(owner: Signer, bucket: str) -> str:
    """The bucket with its object `a`, and with `open` and `secret`, tagged as they are called."""
    for key, tags in (("open", OPEN), ("secret", SECRET)):
        assert owner.send("PUT", f"/{bucket}/{key}", headers=[tags], body=b"old").status == 200
    return bucket


def spoken(signer: Signer, speaks: type[Signer]) -> Signer:
    return speaks(signer.port, signer.key_id, signer.secret, signer.token)


def user(door: Identities, owner: Signer, speaks: type[Signer], *policies: str) -> Signer:
    """A new user under these policies."""
    name = f"tagger-{next(_numbers)}"
    account = door.root_account_id()
    return spoken(new_user(owner.port, door, account, name, *policies), speaks)


def equals(key: str, value: str) -> Mapping[str, Any]:
    return {"StringEquals": {key: value}}


def tagging(value: str) -> bytes:
    tag = f"<Tag><Key>class</Key><Value>{value}</Value></Tag>"
    return f"<Tagging><TagSet>{tag}</TagSet></Tagging>".encode()


def is_denied(answer: RawAnswer) -> bool:
    return answer.status == 403 and (not answer.body or answer.error["Code"] == "AccessDenied")


READS = [("GET", ""), ("HEAD", ""), ("GET", "tagging"), ("GET", "acl")]


@pytest.mark.parametrize(("method", "query"), READS)
def test_a_user_reads_what_is_tagged_as_the_policy_says(
    door: Identities, owner: Signer, speaks: type[Signer], tagged: str, method: str, query: str
) -> None:
    reader = user(door, owner, speaks, allow("oss:Get*", Condition=equals(EXISTING, "open")))
    assert reader.send(method, f"/{tagged}/open", query).status == 200
    for key in ("a", "secret", "nowhere"):
        assert is_denied(reader.send(method, f"/{tagged}/{key}", query))
    owner.send("PUT", f"/{tagged}/a", "tagging", body=tagging("open"))
    assert reader.send(method, f"/{tagged}/a", query).status == 200
    owner.send("DELETE", f"/{tagged}/open", "tagging")
    assert is_denied(reader.send(method, f"/{tagged}/open", query))


def test_a_bucket_policy_lets_anybody_read_what_is_tagged(owner: Signer, tagged: str) -> None:
    text = allow(
        "oss:GetObject",
        resource=f"acs:oss:*:*:{tagged}/*",
        Principal="*",
        Condition=equals(EXISTING, "open"),
    )
    assert owner.send("PUT", f"/{tagged}", "policy", body=text.encode()).status == 200
    anybody = Signer(owner.port)
    assert anybody.send("GET", f"/{tagged}/open").body == b"old"
    assert anybody.send("HEAD", f"/{tagged}/open", "objectMeta").status == 200
    for key in ("a", "secret", "nowhere"):
        assert is_denied(anybody.send("GET", f"/{tagged}/{key}"))


def test_a_missing_tag_satisfies_the_negated_operators_alone(
    door: Identities, owner: Signer, speaks: type[Signer], tagged: str
) -> None:
    but_secret = {"StringNotEquals": {EXISTING: "secret"}}
    reader = user(door, owner, speaks, allow("oss:GetObject", Condition=but_secret))
    assert reader.send("GET", f"/{tagged}/a").status == 200
    assert reader.send("GET", f"/{tagged}/nowhere").status == 404
    assert is_denied(reader.send("GET", f"/{tagged}/secret"))


def copied(key: str) -> Headers:
    return [(b"x-oss-copy-source", key.encode())]


WRITES: list[tuple[str, str, list[tuple[bytes, bytes]], bytes]] = [
    ("PUT", "", [], b"new"),
    ("DELETE", "", [], b""),
    ("PUT", "tagging", [], tagging("x")),
    ("DELETE", "tagging", [], b""),
    ("PUT", "acl", [(b"x-oss-object-acl", b"private")], b""),
    ("POST", "uploads", [], b""),
    ("GET", "uploadId=unknown", [], b""),
    ("DELETE", "uploadId=unknown", [], b""),
    ("PUT", "partNumber=1&uploadId=unknown", [], b"x"),
    ("POST", "uploadId=unknown", [], b"<CompleteMultipartUpload/>"),
]


@pytest.mark.parametrize(("method", "query", "headers", "body"), WRITES)
def test_a_denial_by_the_objects_tag_holds_for_its_owner_too(
    owner: Signer,
    speaks: type[Signer],
    tagged: str,
    method: str,
    query: str,
    headers: Headers,
    body: bytes,
) -> None:
    denial = allow(
        "oss:*",
        resource=f"acs:oss:*:*:{tagged}/*",
        Effect="Deny",
        Principal="*",
        Condition=equals(EXISTING, "secret"),
    )
    assert owner.send("PUT", f"/{tagged}", "policy", body=denial.encode()).status == 200
    asks = spoken(owner, speaks)
    assert is_denied(asks.send(method, f"/{tagged}/secret", query, headers, body))
    assert not is_denied(asks.send(method, f"/{tagged}/open", query, headers, body))
    assert owner.send("DELETE", f"/{tagged}", "policy").status == 204
    assert owner.send("GET", f"/{tagged}/secret").body == b"old"


def test_an_upload_that_brings_tags_asks_for_the_right_to_change_those_that_are_there(
    owner: Signer, speaks: type[Signer], tagged: str
) -> None:
    denial = allow(
        "oss:PutObjectTagging",
        resource=f"acs:oss:*:*:{tagged}/*",
        Effect="Deny",
        Principal="*",
        Condition=equals(EXISTING, "secret"),
    )
    assert owner.send("PUT", f"/{tagged}", "policy", body=denial.encode()).status == 200
    asks = spoken(owner, speaks)
    assert is_denied(asks.send("PUT", f"/{tagged}/secret", headers=[OPEN], body=b"new"))
    assert is_denied(asks.post(tagged, {"key": "secret", "x-oss-tagging": "class=open"}))
    assert asks.send("PUT", f"/{tagged}/open", headers=[OPEN], body=b"new").status == 200
    assert asks.post(tagged, {"key": "new", "x-oss-tagging": "class=open"}).status in (200, 204)


def test_a_copy_is_judged_by_the_tags_of_its_source(
    door: Identities, owner: Signer, speaks: type[Signer], tagged: str
) -> None:
    copier = user(
        door,
        owner,
        speaks,
        document(
            {
                "Effect": "Allow",
                "Action": ["oss:GetObject", "oss:GetObjectTagging"],
                "Resource": "*",
                "Condition": equals(EXISTING, "open"),
            },
            {"Effect": "Allow", "Action": "oss:Put*", "Resource": "*"},
        ),
    )
    assert copier.send("PUT", f"/{tagged}/b", headers=copied(f"/{tagged}/open")).status == 200
    assert is_denied(copier.send("PUT", f"/{tagged}/b", headers=copied(f"/{tagged}/secret")))
    begun = copier.send("POST", f"/{tagged}/c", "uploads")
    query = f"partNumber=1&uploadId={upload_id(begun)}"
    good = copier.send("PUT", f"/{tagged}/c", query, copied(f"/{tagged}/open"))
    assert good.status == 200
    assert is_denied(copier.send("PUT", f"/{tagged}/c", query, copied(f"/{tagged}/secret")))


def upload_id(begun: RawAnswer) -> str:
    assert begun.status == 200, begun.body
    found = re.search(rb"<UploadId>(.*?)</UploadId>", begun.body)
    assert found is not None
    return found[1].decode()


def test_many_deletions_are_judged_each_by_its_object(
    owner: Signer, speaks: type[Signer], tagged: str
) -> None:
    """OSS removes all or none, S3 what may go."""
    denial = allow(
        "oss:DeleteObject",
        resource=f"acs:oss:*:*:{tagged}/*",
        Effect="Deny",
        Principal="*",
        Condition=equals(EXISTING, "open"),
    )
    assert owner.send("PUT", f"/{tagged}", "policy", body=denial.encode()).status == 200
    answer = spoken(owner, speaks).send(
        "POST", f"/{tagged}", "delete", [md5_header(TWO_KEYS)], TWO_KEYS
    )
    goes = speaks is S3Speaker
    assert answer.status == (200 if goes else 403)
    assert b"<Code>AccessDenied</Code>" in answer.body
    assert owner.send("GET", f"/{tagged}/open").status == 200
    assert owner.send("GET", f"/{tagged}/a").status == (404 if goes else 200)


class TestGiven:
    """What may be put only with a tag."""

    @pytest.fixture
    def putter(self, door: Identities, owner: Signer, speaks: type[Signer]) -> Signer:
        return user(
            door,
            owner,
            speaks,
            document(
                {
                    "Effect": "Allow",
                    "Action": ["oss:PutObject", "oss:PutObjectTagging"],
                    "Resource": "*",
                    "Condition": equals(GIVEN, "open"),
                },
                {"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"},
            ),
        )

    def test_by_put(self, putter: Signer, tagged: str) -> None:
        path = f"/{tagged}/new"
        assert is_denied(putter.send("PUT", path, body=b"x"))
        assert is_denied(putter.send("PUT", path, headers=[SECRET], body=b"x"))
        assert putter.send("PUT", path, headers=[OPEN], body=b"x").status == 200
        # What the object has already was not given by this request.
        assert is_denied(putter.send("PUT", path, body=b"y"))
        assert putter.send("GET", path).body == b"x"

    def test_by_form(self, putter: Signer, tagged: str) -> None:
        tagged_form = {"key": "new", "x-oss-tagging": "class=open"}
        assert is_denied(putter.post(tagged, {"key": "new"}))
        assert is_denied(putter.post(tagged, tagged_form | {"x-oss-tagging": "class=secret"}))
        assert putter.post(tagged, tagged_form).status in (200, 204)

    def test_by_tagging(self, putter: Signer, tagged: str) -> None:
        path = f"/{tagged}/a"
        assert putter.send("PUT", path, "tagging", body=tagging("open")).status == 200
        assert is_denied(putter.send("PUT", path, "tagging", body=tagging("secret")))
        malformed = putter.send("PUT", path, "tagging", body=b"<Tagging>")
        assert (malformed.status, malformed.error["Code"]) == (400, "MalformedXML")

    def test_by_copy(self, putter: Signer, tagged: str) -> None:
        """The copy's tags count, whether they are the source's or the header's."""
        path, anew = f"/{tagged}/copy", (b"x-oss-tagging-directive", b"REPLACE")
        for source in ("a", "secret"):
            assert is_denied(putter.send("PUT", path, headers=copied(f"/{tagged}/{source}")))
            lies = [*copied(f"/{tagged}/{source}"), OPEN]
            assert is_denied(putter.send("PUT", path, headers=lies))
            assert putter.send("PUT", path, headers=[*lies, anew]).status == 200
        assert putter.send("PUT", path, headers=copied(f"/{tagged}/open")).status == 200
        renamed = [*copied(f"/{tagged}/open"), SECRET, anew]
        assert is_denied(putter.send("PUT", path, headers=renamed))

    def test_by_parts(self, putter: Signer, tagged: str) -> None:
        """Each request of an upload counts as giving what it was begun with."""
        path = f"/{tagged}/parts"
        assert is_denied(putter.send("POST", path, "uploads"))
        query = f"uploadId={upload_id(putter.send('POST', path, 'uploads', [OPEN]))}"
        assert putter.send("PUT", path, f"partNumber=1&{query}", body=b"part").status == 200
        every_part = [(b"x-oss-complete-all", b"yes")]
        assert putter.send("POST", path, query, every_part).status == 200
        # Once more, as clients do whose answer was lost.
        again = putter.send("POST", path, query, every_part)
        assert again.status == (200 if isinstance(putter, S3Speaker) else 404)

    def test_not_by_an_upload_that_others_began(
        self, putter: Signer, owner: Signer, tagged: str
    ) -> None:
        query = f"uploadId={upload_id(owner.send('POST', f'/{tagged}/p', 'uploads', [SECRET]))}"
        path = f"/{tagged}/p"
        assert is_denied(putter.send("PUT", path, f"partNumber=1&{query}", body=b"part"))
        assert owner.send("PUT", path, f"partNumber=1&{query}", body=b"part").status == 200
        assert is_denied(putter.send("POST", path, query, [(b"x-oss-complete-all", b"yes")]))

    def test_a_header_of_tags_gives_no_right_to_read(
        self, door: Identities, owner: Signer, speaks: type[Signer], tagged: str
    ) -> None:
        """A read gives no tags, whatever its headers say."""
        all_open = user(door, owner, speaks, allow("oss:*", Condition=equals(GIVEN, "open")))
        assert is_denied(all_open.send("GET", f"/{tagged}/a", headers=[OPEN]))
        assert is_denied(all_open.send("DELETE", f"/{tagged}/a", headers=[OPEN]))


def test_policies_of_s3_are_not_understood(owner: Signer, tagged: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "oss:GetObject",
        "Resource": f"acs:oss:*:*:{tagged}/*",
        "Condition": equals("s3:ExistingObjectTag/class", "open"),
    }
    text = json.dumps({"Version": "1", "Statement": [statement]}).encode()
    answer = spoken(owner, S3Speaker).send("PUT", f"/{tagged}", "policy", body=text)
    assert (answer.status, b"is not understood" in answer.body) == (400, True)
