"""Lifecycle rules by the SDKs of both families, each reading what the other has set."""

from __future__ import annotations

import datetime
import re
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from botocore.exceptions import ClientError
from oss2 import models

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.boto3_answers import refused
from tests.clients.s3_store import S3Store
from tests.clients.test_ali_oss import ali
from tests.clients.test_oss_v2 import client, client_of, name
from tests.server_process import ServerProcess

__all__ = ["ali", "client", "name"]

MIDNIGHT = datetime.date(2026, 6, 1)


def oss2_rules() -> models.BucketLifecycle:
    """All that oss2 can say."""
    tags = models.TaggingRule()
    tags.add("a", "1")
    tags.add("b", "2")
    tagged = models.LifecycleRule(
        "tagged",
        "logs/",
        expiration=models.LifecycleExpiration(days=30),
        storage_transitions=[models.StorageTransition(days=7, storage_class="IA")],
        tagging=models.Tagging(tags),
        noncurrent_version_expiration=models.NoncurrentVersionExpiration(9),
        noncurrent_version_sotrage_transitions=[
            models.NoncurrentVersionStorageTransition(5, "Archive")
        ],
        filter=models.LifecycleFilter([models.FilterNot("logs/keep/")], 500, 9000),
    )
    dated = models.LifecycleRule(
        "dated",
        "old/",
        models.LifecycleRule.DISABLED,
        models.LifecycleExpiration(created_before_date=MIDNIGHT),
        models.AbortMultipartUpload(days=2),
    )
    markers = models.LifecycleRule(
        "markers", "kept/", expiration=models.LifecycleExpiration(expired_detete_marker=True)
    )
    return models.BucketLifecycle([tagged, dated, markers])


def test_oss2_sets_reads_and_removes_rules(bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()
    assert bucket.put_bucket_lifecycle(oss2_rules()).status == 200
    tagged, dated, markers = bucket.get_bucket_lifecycle().rules
    assert (tagged.id, tagged.prefix, tagged.status) == ("tagged", "logs/", "Enabled")
    assert tagged.expiration.days == 30
    assert [(t.days, t.storage_class) for t in tagged.storage_transitions] == [(7, "IA")]
    assert tagged.tagging.tag_set.tagging_rule == {"a": "1", "b": "2"}
    assert tagged.noncurrent_version_expiration.noncurrent_days == 9
    (colder,) = tagged.noncurrent_version_sotrage_transitions
    assert (colder.noncurrent_days, colder.storage_class) == (5, "Archive")
    assert tagged.filter.object_size_greater_than == 500
    assert tagged.filter.object_size_less_than == 9000
    assert [one.prefix for one in tagged.filter.filter_not] == ["logs/keep/"]
    assert (dated.status, dated.expiration.created_before_date) == ("Disabled", MIDNIGHT)
    assert dated.abort_multipart_upload.days == 2
    assert markers.expiration.expired_detete_marker is True
    assert bucket.delete_bucket_lifecycle().status == 204
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        bucket.get_bucket_lifecycle()


def test_rules_that_overlap_need_a_header(bucket: oss2.Bucket) -> None:
    rules = models.BucketLifecycle(
        [
            models.LifecycleRule("a", "dir/", expiration=models.LifecycleExpiration(days=9)),
            models.LifecycleRule("b", "dir/a/", expiration=models.LifecycleExpiration(days=3)),
        ]
    )
    with pytest.raises(oss2.exceptions.InvalidArgument, match="Overlap for same action type"):
        bucket.put_bucket_lifecycle(rules)
    bucket.put_bucket_lifecycle(rules, headers={"x-oss-allow-same-action-overlap": "true"})
    assert len(bucket.get_bucket_lifecycle().rules) == 2
    assert 'rule-id="b"' in bucket.put_object("dir/a/x", b"").headers["x-oss-expiration"]


def test_objects_tell_when_they_will_expire(bucket: oss2.Bucket) -> None:
    rule = models.LifecycleRule("all of them", "", expiration=models.LifecycleExpiration(days=3))
    bucket.put_bucket_lifecycle(models.BucketLifecycle([rule]))
    put = bucket.put_object("a", b"x")
    told = put.headers["x-oss-expiration"]
    found = re.fullmatch(r'expiry-date="(.*)", rule-id="all of them"', told)
    assert found is not None, told
    expires = datetime.datetime.strptime(found[1], "%a, %d %b %Y 00:00:00 GMT")
    left = expires - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert datetime.timedelta(days=3) - datetime.timedelta(minutes=5) < left
    assert left <= datetime.timedelta(days=4)
    for answer in (bucket.head_object("a"), bucket.get_object("a")):
        assert answer.headers["x-oss-expiration"] == told
    assert "x-oss-expiration" in bucket.copy_object(bucket.bucket_name, "a", "b").headers
    bucket.delete_bucket_lifecycle()
    assert "x-oss-expiration" not in bucket.head_object("a").headers


def test_the_newer_sdk_of_oss(client: Any, name: str) -> None:
    rule = oss.LifecycleRule(
        id="r",
        prefix="logs/",
        status="Enabled",
        tags=[oss.Tag(key="a", value="1")],
        expiration=oss.LifecycleRuleExpiration(days=30),
        transitions=[oss.LifecycleRuleTransition(days=7, storage_class="IA", is_access_time=False)],
        noncurrent_version_expiration=oss.NoncurrentVersionExpiration(noncurrent_days=9),
        filter=oss.LifecycleRuleFilter(
            object_size_greater_than=500, nots=[oss.LifecycleRuleNot(prefix="logs/keep/")]
        ),
    )
    upload = oss.LifecycleRule(
        prefix="u/",
        status="Enabled",
        abort_multipart_upload=oss.LifecycleRuleAbortMultipartUpload(days=2),
    )
    client.put_bucket_lifecycle(
        oss.PutBucketLifecycleRequest(
            name, lifecycle_configuration=oss.LifecycleConfiguration(rules=[rule, upload])
        )
    )
    answer = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(name))
    told, aborting = answer.lifecycle_configuration.rules
    assert (told.id, told.prefix, told.status) == ("r", "logs/", "Enabled")
    assert (told.expiration.days, told.transitions[0].days) == (30, 7)
    assert [(tag.key, tag.value) for tag in told.tags] == [("a", "1")]
    assert told.noncurrent_version_expiration.noncurrent_days == 9
    assert told.filter.object_size_greater_than == 500
    assert re.fullmatch(r"[0-9a-f-]{36}", aborting.id)
    assert aborting.abort_multipart_upload.days == 2
    removed = client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(name))
    assert removed.status_code == 204


@needs_ali_oss
def test_ali_oss(ali: AliOss, bucket: oss2.Bucket) -> None:
    own = bucket.bucket_name
    rule = {"id": "r", "prefix": "a", "status": "Enabled", "expiration": {"days": 1}}
    put, told, removed = ali.run(
        ("putBucketLifecycle", own, [rule]),
        ("getBucketLifecycle", own),
        ("deleteBucketLifecycle", own),
    )
    assert not [answer for answer in (put, removed) if "code" in answer]
    assert told["rules"] == [rule | {"expiration": {"days": "1"}}]


S3_RULES: list[dict[str, Any]] = [
    {
        "ID": "and",
        "Filter": {
            "And": {
                "Prefix": "logs/",
                "Tags": [{"Key": "a", "Value": "1"}],
                "ObjectSizeGreaterThan": 500,
            }
        },
        "Status": "Enabled",
        "Expiration": {"Days": 30},
        "Transitions": [{"Days": 7, "StorageClass": "STANDARD_IA"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
    },
    {
        "ID": "uploads",
        "Filter": {"Prefix": "u/"},
        "Status": "Disabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
    },
    {
        "ID": "dated",
        "Filter": {"Tag": {"Key": "k", "Value": "v"}},
        "Status": "Enabled",
        "Expiration": {"Date": datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)},
    },
]


def test_boto3_sets_reads_and_removes_rules(s3: Any, s3_bucket: str) -> None:
    with pytest.raises(ClientError) as missing:
        s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)
    assert refused(missing) == (404, "NoSuchLifecycleConfiguration")
    s3.put_bucket_lifecycle_configuration(
        Bucket=s3_bucket, LifecycleConfiguration={"Rules": S3_RULES}
    )
    told = s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)
    assert _in_utc(told["Rules"]) == S3_RULES
    tagged = s3.put_object(Bucket=s3_bucket, Key="a", Body=b"", Tagging="k=v")
    assert tagged["Expiration"] == 'expiry-date="Fri, 01 Jan 2100 00:00:00 GMT", rule-id="dated"'
    assert s3.head_object(Bucket=s3_bucket, Key="a")["Expiration"] == tagged["Expiration"]
    removed = s3.delete_bucket_lifecycle(Bucket=s3_bucket)
    assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204


def _in_utc(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for rule in rules:
        if "Date" in rule.get("Expiration", ()):
            moment = rule["Expiration"]["Date"].astimezone(datetime.UTC)
            rule["Expiration"]["Date"] = moment
    return rules


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Days": 7}}, "InvalidArgument"),
        ({"Filter": {"Prefix": "a", "ObjectSizeLessThan": 3}}, "MalformedXML"),
        ({"Transitions": [{"Days": 7, "StorageClass": "INTELLIGENT_TIERING"}]}, "NotImplemented"),
    ],
)
def test_boto3_is_refused_what_can_not_be(
    s3: Any, s3_bucket: str, change: dict[str, Any], code: str
) -> None:
    rules = {"Rules": [S3_RULES[0] | change]}
    with pytest.raises(ClientError) as wrong:
        s3.put_bucket_lifecycle_configuration(Bucket=s3_bucket, LifecycleConfiguration=rules)
    assert refused(wrong)[1] == code
    with pytest.raises(ClientError):
        s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)


def _oss2_of(store: S3Store, bucket: str) -> oss2.Bucket:
    auth = oss2.Auth(store.key.access_key_id, store.key.access_key_secret)
    return oss2.Bucket(auth, store.url, bucket)


def test_each_dialect_reads_what_the_other_has_set(store: S3Store, s3: Any, s3_bucket: str) -> None:
    other = _oss2_of(store, s3_bucket)
    s3.put_bucket_lifecycle_configuration(
        Bucket=s3_bucket, LifecycleConfiguration={"Rules": S3_RULES}
    )
    both, uploads, dated = other.get_bucket_lifecycle().rules
    assert (both.prefix, both.expiration.days) == ("logs/", 30)
    assert both.storage_transitions[0].storage_class == "IA"
    assert (uploads.status, uploads.abort_multipart_upload.days) == ("Disabled", 2)
    assert dated.expiration.date == datetime.date(2100, 1, 1)

    rules = oss2_rules()
    rules.rules[0].filter = None
    other.put_bucket_lifecycle(models.BucketLifecycle([rules.rules[0], rules.rules[2]]))
    tagged, markers = s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)["Rules"]
    assert tagged["Filter"]["And"]["Prefix"] == "logs/"
    assert tagged["NoncurrentVersionTransitions"] == [
        {"NoncurrentDays": 5, "StorageClass": "GLACIER_IR"}
    ]
    assert markers["Expiration"] == {"ExpiredObjectDeleteMarker": True}


def test_what_the_other_dialect_has_no_words_for(store: S3Store, s3: Any, s3_bucket: str) -> None:
    other = _oss2_of(store, s3_bucket)
    other.put_bucket_lifecycle(oss2_rules())
    with pytest.raises(ClientError) as unsaid:
        s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)
    assert refused(unsaid) == (501, "NotImplemented")
    kept = {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}
    rule = {"ID": "r", "Filter": {}, "Status": "Enabled", "NoncurrentVersionExpiration": kept}
    s3.put_bucket_lifecycle_configuration(
        Bucket=s3_bucket, LifecycleConfiguration={"Rules": [rule]}
    )
    with pytest.raises(oss2.exceptions.ServerError) as unsaid_of_oss:
        other.get_bucket_lifecycle()
    assert unsaid_of_oss.value.status == 501


def test_a_v4_signature_of_the_newer_sdk(module_server: ServerProcess, name: str) -> None:
    signing = client_of(module_server, "v4")
    rules = oss.LifecycleConfiguration(
        rules=[
            oss.LifecycleRule(
                id="r",
                prefix="",
                status="Enabled",
                expiration=oss.LifecycleRuleExpiration(expired_object_delete_marker=True),
            )
        ]
    )
    signing.put_bucket_lifecycle(
        oss.PutBucketLifecycleRequest(name, "true", lifecycle_configuration=rules)
    )
    answer = signing.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(name))
    (told,) = answer.lifecycle_configuration.rules
    assert told.expiration.expired_object_delete_marker is True
