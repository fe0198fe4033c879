import pytest

from pillarbox.model.acl import BucketAcl, ObjectAcl, effective_acl


@pytest.mark.parametrize("bucket", BucketAcl)
@pytest.mark.parametrize("object_", ObjectAcl)
def test_an_object_acl_beats_the_buckets_unless_it_is_default(
    bucket: BucketAcl, object_: ObjectAcl
) -> None:
    expected = bucket.value if object_ is ObjectAcl.DEFAULT else object_.value
    assert effective_acl(bucket, object_).value == expected


def test_the_values_are_those_of_the_wire() -> None:
    assert [str(acl) for acl in BucketAcl] == ["private", "public-read", "public-read-write"]
    assert [str(acl) for acl in ObjectAcl] == ["default", *map(str, BucketAcl)]
