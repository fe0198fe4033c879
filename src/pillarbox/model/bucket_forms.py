"""Buckets whose forms are S3's.

OSS's V1 and S3's V2 sign the same text, so that nobody can tell which of the two a site meant: who
holds an S3 form can rename its fields and be judged by OSS's rules, which let him add an ACL, a
type or a redirect that no condition names. A bucket that was made by S3's CreateBucket is a site's
that speaks S3: there such a form must be covered as S3 wants it, whatever its fields are called.
"""

from __future__ import annotations

from pillarbox.model.objects import Bucket

#: Under which kind the catalog keeps it.
FORMS = "forms"

#: The document of such a bucket.
FORMS_OF_S3 = '{"dialect":"s3"}'


def expects_s3_forms(bucket: Bucket) -> bool:
    """Whether V1 forms to this bucket must be covered as those of S3."""
    return bucket.configs.get(FORMS) == FORMS_OF_S3
