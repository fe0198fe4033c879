"""The same things done by oss2 and by boto3, and what each then sees of an object, in one form."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import oss2
import requests
from oss2 import models

from tests.clients.s3_store import ALL_USERS, S3Store
from tests.wire.signatures import policy_field, v1_fields

#: Storage classes that both have, OSS's name to S3's.
CLASSES = {"Standard": "STANDARD", "IA": "STANDARD_IA", "Archive": "GLACIER_IR"}

#: Headers that an object keeps, as `Said.headers` has them, to boto3's parameters.
_PARAMETERS = {
    "Content-Type": "ContentType",
    "Cache-Control": "CacheControl",
    "Content-Disposition": "ContentDisposition",
    "Content-Encoding": "ContentEncoding",
    "Content-Language": "ContentLanguage",
    "Expires": "Expires",
}


@dataclass(frozen=True)
class Said:
    """What an uploader says of an object.

    Attributes:
        acl: empty for none; both dialects spell it alike.
        storage_class: as OSS names it.
    """

    headers: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    acl: str = ""
    storage_class: str = "Standard"


@dataclass(frozen=True)
class Seen:
    """What a reader sees.

    Attributes:
        etag: lower case, without quotes.
        acl: what is granted in effect.
    """

    content: bytes
    etag: str
    said: Said


class DialectClient(ABC):
    """A client of one dialect at one bucket. Failures are exceptions of its own."""

    @abstractmethod
    def put(self, key: str, content: bytes, said: Said) -> str:
        """PutObject; gives the ETag as it was told, without quotes."""

    @abstractmethod
    def post(self, key: str, content: bytes, said: Said) -> str:
        """PostObject, likewise."""

    @abstractmethod
    def upload(self, key: str, parts: list[bytes], said: Said) -> str:
        """An upload in parts, likewise."""

    @abstractmethod
    def copy(self, source: str, key: str) -> str:
        """CopyObject within the bucket, likewise."""

    @abstractmethod
    def see(self, key: str) -> Seen:
        """All of an object."""

    @abstractmethod
    def listed(self) -> list[tuple[str, str, int, str]]:
        """Key, ETag as it is told, size, and storage class as OSS names it, of each object."""

    @abstractmethod
    def tag(self, tags: dict[str, str]) -> None:
        """Set the bucket's tags."""

    @abstractmethod
    def tags(self) -> dict[str, str]:
        """The bucket's tags."""

    @abstractmethod
    def allow_origin(self, origin: str) -> None:
        """Set one CORS rule, for PUT with any header."""

    @abstractmethod
    def origins(self) -> list[tuple[list[str], list[str], list[str], int]]:
        """Origins, methods, headers and seconds of each CORS rule."""

    @abstractmethod
    def set_acl(self, key: str, acl: str) -> None:
        """Change the ACL of an object."""

    @abstractmethod
    def delete(self, keys: list[str]) -> None:
        """Remove several objects at once."""


class Oss2Client(DialectClient):
    """oss2."""

    def __init__(self, store: S3Store, bucket: str) -> None:
        self._key = store.key
        auth = oss2.Auth(store.key.access_key_id, store.key.access_key_secret)
        self.bucket = oss2.Bucket(auth, store.url, bucket)
        self._url = f"{store.url}/{bucket}"

    def put(self, key: str, content: bytes, said: Said) -> str:
        return str(self.bucket.put_object(key, content, headers=_oss_headers(said)).etag)

    def post(self, key: str, content: bytes, said: Said) -> str:
        conditions = [["starts-with", "$key", ""]]
        fields = {"key": key, **_oss_headers(said)}
        signed = v1_fields(
            self._key.access_key_id, self._key.access_key_secret, policy_field(conditions)
        )
        return _post(self._url, {**fields, **signed}, content)

    def upload(self, key: str, parts: list[bytes], said: Said) -> str:
        upload_id = self.bucket.init_multipart_upload(key, headers=_oss_headers(said)).upload_id
        done = [
            models.PartInfo(number, self.bucket.upload_part(key, upload_id, number, part).etag)
            for number, part in enumerate(parts, 1)
        ]
        return str(self.bucket.complete_multipart_upload(key, upload_id, done).etag)

    def copy(self, source: str, key: str) -> str:
        return str(self.bucket.copy_object(self.bucket.bucket_name, source, key).etag)

    def see(self, key: str) -> Seen:
        headers = self.bucket.head_object(key).headers
        content = self.bucket.get_object(key, headers={"Accept-Encoding": "identity"}).read()
        acl = self.bucket.get_object_acl(key).acl
        if acl == "default":
            acl = self.bucket.get_bucket_acl().acl
        etag = headers["ETag"].strip('"')
        assert etag == etag.upper()
        said = Said(
            {name: headers[name] for name in _PARAMETERS if name in headers},
            _with_prefix(headers, "x-oss-meta-"),
            dict(self.bucket.get_object_tagging(key).tag_set.tagging_rule),
            acl,
            headers["x-oss-storage-class"],
        )
        assert int(headers.get("x-oss-tagging-count", 0)) == len(said.tags)
        return Seen(content, etag.lower(), said)

    def listed(self) -> list[tuple[str, str, int, str]]:
        found = self.bucket.list_objects_v2().object_list
        return [(one.key, one.etag, one.size, one.storage_class) for one in found]

    def tag(self, tags: dict[str, str]) -> None:
        rule = models.TaggingRule()
        for name, value in tags.items():
            rule.add(name, value)
        self.bucket.put_bucket_tagging(models.Tagging(rule))

    def tags(self) -> dict[str, str]:
        return dict(self.bucket.get_bucket_tagging().tag_set.tagging_rule)

    def allow_origin(self, origin: str) -> None:
        rule = models.CorsRule([origin], ["PUT"], ["*"], [], 60)
        self.bucket.put_bucket_cors(models.BucketCors([rule]))

    def origins(self) -> list[tuple[list[str], list[str], list[str], int]]:
        return [
            (rule.allowed_origins, rule.allowed_methods, rule.allowed_headers, rule.max_age_seconds)
            for rule in self.bucket.get_bucket_cors().rules
        ]

    def set_acl(self, key: str, acl: str) -> None:
        self.bucket.put_object_acl(key, acl)

    def delete(self, keys: list[str]) -> None:
        assert self.bucket.batch_delete_objects(keys).deleted_keys == keys


class Boto3Client(DialectClient):
    """boto3."""

    def __init__(self, store: S3Store, bucket: str) -> None:
        self.s3: Any = store.client()
        self._name = bucket
        self._url = f"{store.url}/{bucket}"

    def put(self, key: str, content: bytes, said: Said) -> str:
        told = self.s3.put_object(Bucket=self._name, Key=key, Body=content, **_s3_parameters(said))
        return str(told["ETag"]).strip('"')

    def post(self, key: str, content: bytes, said: Said) -> str:
        fields = _s3_fields(said)
        conditions = [{name: value} for name, value in fields.items()]
        signed = self.s3.generate_presigned_post(
            self._name, key, Fields=fields, Conditions=conditions
        )
        return _post(self._url, signed["fields"], content)

    def upload(self, key: str, parts: list[bytes], said: Said) -> str:
        target = {"Bucket": self._name, "Key": key}
        begun = self.s3.create_multipart_upload(**target, **_s3_parameters(said))
        target["UploadId"] = begun["UploadId"]
        done = [
            {
                "PartNumber": number,
                "ETag": self.s3.upload_part(**target, PartNumber=number, Body=part)["ETag"],
            }
            for number, part in enumerate(parts, 1)
        ]
        told = self.s3.complete_multipart_upload(**target, MultipartUpload={"Parts": done})
        return str(told["ETag"]).strip('"')

    def copy(self, source: str, key: str) -> str:
        copied = {"Bucket": self._name, "Key": source}
        told = self.s3.copy_object(Bucket=self._name, Key=key, CopySource=copied)
        return str(told["CopyObjectResult"]["ETag"]).strip('"')

    def see(self, key: str) -> Seen:
        target = {"Bucket": self._name, "Key": key}
        read = self.s3.get_object(**target)
        etag = read["ETag"].strip('"')
        assert etag == etag.lower()
        headers = {
            header: read[f"{name}String" if name == "Expires" else name]
            for header, name in _PARAMETERS.items()
            if name in read
        }
        tags = self.s3.get_object_tagging(**target)["TagSet"]
        grants = self.s3.get_object_acl(**target)["Grants"]
        said = Said(
            headers,
            read["Metadata"],
            {tag["Key"]: tag["Value"] for tag in tags},
            _acl_of(grants),
            _oss_class(read.get("StorageClass", "STANDARD")),
        )
        assert read.get("TagCount", 0) == len(said.tags)
        return Seen(read["Body"].read(), etag, said)

    def listed(self) -> list[tuple[str, str, int, str]]:
        found = self.s3.list_objects_v2(Bucket=self._name).get("Contents", [])
        return [
            (one["Key"], one["ETag"].strip('"'), one["Size"], _oss_class(one["StorageClass"]))
            for one in found
        ]

    def tag(self, tags: dict[str, str]) -> None:
        listed = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.s3.put_bucket_tagging(Bucket=self._name, Tagging={"TagSet": listed})

    def tags(self) -> dict[str, str]:
        listed = self.s3.get_bucket_tagging(Bucket=self._name)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def allow_origin(self, origin: str) -> None:
        rule = {
            "AllowedOrigins": [origin],
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": ["*"],
            "MaxAgeSeconds": 60,
        }
        self.s3.put_bucket_cors(Bucket=self._name, CORSConfiguration={"CORSRules": [rule]})

    def origins(self) -> list[tuple[list[str], list[str], list[str], int]]:
        return [
            (
                rule["AllowedOrigins"],
                rule["AllowedMethods"],
                rule["AllowedHeaders"],
                rule["MaxAgeSeconds"],
            )
            for rule in self.s3.get_bucket_cors(Bucket=self._name)["CORSRules"]
        ]

    def set_acl(self, key: str, acl: str) -> None:
        self.s3.put_object_acl(Bucket=self._name, Key=key, ACL=acl)

    def delete(self, keys: list[str]) -> None:
        listed = {"Objects": [{"Key": key} for key in keys]}
        told = self.s3.delete_objects(Bucket=self._name, Delete=listed)
        assert [one["Key"] for one in told["Deleted"]] == keys


def _oss_headers(said: Said) -> dict[str, str]:
    """Headers of OSS, which are a form's fields too."""
    headers = {**said.headers, "x-oss-storage-class": said.storage_class}
    headers |= {f"x-oss-meta-{name}": value for name, value in said.metadata.items()}
    if said.tags:
        headers["x-oss-tagging"] = urlencode(said.tags)
    if said.acl:
        headers["x-oss-object-acl"] = said.acl
    return headers


def _s3_parameters(said: Said) -> dict[str, Any]:
    parameters: dict[str, Any] = {_PARAMETERS[name]: value for name, value in said.headers.items()}
    parameters |= {"Metadata": said.metadata, "StorageClass": CLASSES[said.storage_class]}
    if said.tags:
        parameters["Tagging"] = urlencode(said.tags)
    if said.acl:
        parameters["ACL"] = said.acl
    return parameters


def _s3_fields(said: Said) -> dict[str, str]:
    fields = {**said.headers, "x-amz-storage-class": CLASSES[said.storage_class]}
    fields |= {f"x-amz-meta-{name}": value for name, value in said.metadata.items()}
    if said.tags:
        tags = "".join(
            f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>"
            for name, value in said.tags.items()
        )
        fields["tagging"] = f"<Tagging><TagSet>{tags}</TagSet></Tagging>"
    if said.acl:
        fields["acl"] = said.acl
    return fields


def _post(url: str, fields: dict[str, str], content: bytes) -> str:
    answer = requests.post(url, data=fields, files={"file": io.BytesIO(content)}, timeout=60)
    assert answer.status_code == 204, answer.text
    return answer.headers["ETag"].strip('"')


def _with_prefix(headers: Any, prefix: str) -> dict[str, str]:
    return {
        name.lower().removeprefix(prefix): value
        for name, value in headers.items()
        if name.lower().startswith(prefix)
    }


def _oss_class(name: str) -> str:
    return next(oss for oss, s3 in CLASSES.items() if s3 == name)


def _acl_of(grants: list[dict[str, Any]]) -> str:
    """OSS's word for what everybody is granted."""
    to_all = {one["Permission"] for one in grants if one["Grantee"].get("URI") == ALL_USERS}
    words = {(): "private", ("READ",): "public-read", ("READ", "WRITE"): "public-read-write"}
    return words[tuple(sorted(to_all))]
