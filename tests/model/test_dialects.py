from pillarbox.model.dialects import OSS


def test_oss_spells_its_own_fields() -> None:
    assert OSS.field("meta-a") == "x-oss-meta-a"
    assert OSS.field("object-acl") == "x-oss-object-acl"
