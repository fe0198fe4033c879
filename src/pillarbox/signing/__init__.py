"""Signatures: pure functions from a secret and a text to a signature.

One module an algorithm; a `Dialect` gives the names, so that OSS and S3 share the V4 code.

    post_v1    the form, HMAC-SHA1 over the policy field
    post_v4    the form, a key derived for one day and region
    header_v1  the header `Authorization: OSS id:signature`
    url_v1     the query `OSSAccessKeyId`, `Expires`, `Signature`
    canonical_request  what V4 signs of a request, in its header or URL
    header_v4  the header `Authorization: OSS4-HMAC-SHA256 Credential=…`
    url_v4     the query `x-oss-credential`, `x-oss-expires`, `x-oss-signature`
    comparison the one place that compares signatures
    mismatch   the refusal that shows what was signed

S3 signs requests otherwise than OSS does; so these have modules of their own:

    s3_canonical_request  what V4 signs of a request
    s3_header_v4  the header `Authorization: AWS4-HMAC-SHA256 Credential=…`
    s3_url_v4  the query `X-Amz-Credential`, `X-Amz-Expires`, `X-Amz-Signature`
    s3_v2      the header `Authorization: AWS id:signature` and its query
    s3_credential, s3_date  what their credential and date may be
    payload    the header `x-amz-content-sha256`: how the body is vouched for
    chunk_signatures  those inside an `aws-chunked` body
"""
