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
"""
