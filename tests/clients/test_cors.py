"""CORS rules as the SDKs set, read and delete them, and as ali-oss needs them in a browser."""

from __future__ import annotations

from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests
from oss2.models import BucketCors, CorsRule

from tests.clients.ali_oss import AliOss, needs_ali_oss
from tests.clients.test_oss_v2 import client_of
from tests.server_process import ServerProcess

SITE = "https://www.example.com"


def allowed_origin(bucket: oss2.Bucket) -> str | None:
    """What a page of `SITE` is told about a GET."""
    url = f"{bucket.endpoint}/{bucket.bucket_name}/none"
    answer = requests.get(url, headers={"Origin": SITE})
    assert answer.status_code == 403
    return answer.headers.get("Access-Control-Allow-Origin")


def test_oss2(bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.NoSuchCors):
        bucket.get_bucket_cors()
    whole = CorsRule(
        allowed_origins=[SITE, "http://localhost:*"],
        allowed_methods=["GET", "POST"],
        allowed_headers=["*"],
        expose_headers=["ETag", "x-oss-request-id"],
        max_age_seconds=600,
    )
    least = CorsRule(allowed_origins=["*"], allowed_methods=["HEAD"])

    assert bucket.put_bucket_cors(BucketCors([whole, least], response_vary=True)).status == 200

    told = bucket.get_bucket_cors()
    assert [vars(rule) for rule in told.rules] == [vars(whole), vars(least)]
    assert told.response_vary is True
    assert allowed_origin(bucket) == SITE
    assert bucket.delete_bucket_cors().status == 204
    assert allowed_origin(bucket) is None


def test_oss2_is_told_what_is_wrong(bucket: oss2.Bucket) -> None:
    bad = CorsRule(allowed_origins=["https://*"], allowed_methods=["GET"])
    for rules, code in (([], "MalformedXML"), ([bad], "InvalidArgument")):
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            bucket.put_bucket_cors(BucketCors(rules))
        assert (refused.value.status, refused.value.code) == (400, code)
    rule = CorsRule(allowed_origins=["*"], allowed_methods=["GET"])
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.put_bucket_cors(BucketCors([rule] * 21))
    assert refused.value.code == "CORSRuleBeyondLimit"


def test_oss_v2(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    client = client_of(module_server)
    name = bucket.bucket_name
    rule = oss.CORSRule(
        allowed_origins=[SITE],
        allowed_methods=["GET", "PUT"],
        allowed_headers=["x-oss-*"],
        expose_headers=["ETag"],
        max_age_seconds=60,
    )
    wanted = oss.CORSConfiguration(cors_rules=[rule], response_vary=False)

    client.put_bucket_cors(oss.PutBucketCorsRequest(bucket=name, cors_configuration=wanted))

    told = client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=name)).cors_configuration
    assert [vars(rule) for rule in told.cors_rules] == [vars(rule)]
    assert told.response_vary is False
    asked = client.option_object(
        oss.OptionObjectRequest(
            bucket=name,
            key="any",
            origin=SITE,
            access_control_request_method="PUT",
            access_control_request_headers="x-oss-meta-a",
        )
    )
    assert asked.access_control_allow_origin == SITE
    assert asked.access_control_allow_headers == "x-oss-meta-a"
    assert client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=name)).status_code == 204
    assert allowed_origin(bucket) is None


@needs_ali_oss
def test_ali_oss(module_server: ServerProcess, bucket: oss2.Bucket) -> None:
    name = bucket.bucket_name
    whole: dict[str, Any] = {
        "allowedOrigin": [SITE, "http://localhost:*"],
        "allowedMethod": ["GET", "POST"],
        "allowedHeader": "*",
        "exposeHeader": ["ETag", "x-oss-request-id"],
        "maxAgeSeconds": "600",
    }
    least = {"allowedOrigin": "*", "allowedMethod": "HEAD"}
    none, put, told, deleted, again = AliOss(module_server, name).run(
        ("getBucketCORS", name),
        ("putBucketCORS", name, [whole, least]),
        ("getBucketCORS", name),
        ("deleteBucketCORS", name),
        ("deleteBucketCORS", name),
    )
    assert (none["status"], none["code"]) == (404, "NoSuchCORSConfiguration")
    assert put["res"]["status"] == 200
    assert told["rules"] == [whole, least]
    assert deleted["res"]["status"] == again["res"]["status"] == 204
