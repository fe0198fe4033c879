"""Test vectors: published by OSS or its SDKs, or computed with an official SDK's signer."""

KEY_ID = "TestAccessKeyId01"
SECRET = "TestAccessKeySecret0123456789"
DOCUMENTATION_SECRET = "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV"
TOKEN = "CAISxxTESTTOKEN=="

P1_POLICY = (
    '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
    '["starts-with","$key","user/eric/"],["content-length-range",1,10485760],'
    '["in","$content-type",["image/jpeg","image/png"]]]}'
)
P1_FIELD = (
    "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQxMjowMDowMC4wMDBaIiwiY29uZGl0aW9ucyI6W3siYnVja2V0IjoiZXhh"
    "bXBsZS1idWNrZXQifSxbInN0YXJ0cy13aXRoIiwiJGtleSIsInVzZXIvZXJpYy8iXSxbImNvbnRlbnQtbGVuZ3RoLXJh"
    "bmdlIiwxLDEwNDg1NzYwXSxbImluIiwiJGNvbnRlbnQtdHlwZSIsWyJpbWFnZS9qcGVnIiwiaW1hZ2UvcG5nIl1dXX0="
)
P1_SIGNATURE = "Y7u78pYDyKm3UDx2CAek7vhd+No="

P2_POLICY = '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[["eq","$key","用户/é.txt"]]}'
P2_FIELD = (
    "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQxMjowMDowMC4wMDBaIiwiY29uZGl0aW9ucyI6W1siZXEiLCIka2V5Iiwi"
    "55So5oi3L8OpLnR4dCJdXX0="
)
P2_SIGNATURE = "ZRU/MDkjpdDRGOQFcyY5dqYv8EM="

# The Java SDK's own unit test publishes these two.
P3_SECRET = "B" * 30
P3_POLICY = (
    r'{"expiration":"2020-03-19T03:44:06.476Z","conditions":[{"bucket":"gen-post-policy"},'
    r'["eq","$key","user\/eric\/\\${filename}"],["starts-with","$key","user\/eric"],'
    r'["starts-with","$x-oss-meta-tag","dummy_etag"],["content-length-range",1,1024]]}'
)
P3_SIGNATURE = "9fs2TRS2W2k5hV8mLsvqZBnlC2M="
P3_LISTS_POLICY = (
    r'{"expiration":"2020-03-19T03:44:06.476Z","conditions":[{"bucket":"gen-post-policy"},'
    r'["starts-with","$key","user\/eric"],'
    r'["starts-with","$x-oss-meta-tag","dummy_etag"],["content-length-range",1,1024],'
    r'["in","$content-type",["image\/jpg","image\/png"]],'
    r'["not-in","$cache-control",["no-cache"]]]}'
)
P3_LISTS_SIGNATURE = "/yrk/7alTmdIh9a3YOkkIcKYlbA="

P4_CREDENTIAL = "TestAccessKeyId01/20300101/cn-hangzhou/oss/aliyun_v4_request"
P4_DATE = "20300101T000000Z"
P4_POLICY = (
    '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
    '{"x-oss-signature-version":"OSS4-HMAC-SHA256"},'
    '{"x-oss-credential":"TestAccessKeyId01/20300101/cn-hangzhou/oss/aliyun_v4_request"},'
    '{"x-oss-date":"20300101T000000Z"},["content-length-range",1,10],'
    '["eq","$success_action_status","201"],["starts-with","$key","user/eric/"],'
    '["in","$content-type",["image/jpg","image/png"]],["not-in","$cache-control",["no-cache"]]]}'
)
P4_KEY = "80fc9318d88fed21e7bb8a82f7fd9c8d0a183d44b50eae2223885dd2e02ac5ff"
P4_SIGNATURE = "39e1666bd142ac9228ff30952058fc536c05097db44d1570ae5b9bfe86fda20c"

P5_POLICY = (
    '{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{"bucket":"example-bucket"},'
    '{"x-oss-signature-version":"OSS4-HMAC-SHA256"},'
    '{"x-oss-credential":"TestAccessKeyId01/20300101/cn-hangzhou/oss/aliyun_v4_request"},'
    '{"x-oss-date":"20300101T000000Z"},{"x-oss-security-token":"CAISxxTESTTOKEN=="},'
    '["content-length-range",0,1048576]]}'
)
P5_SIGNATURE = "39fe60cf793d38f3a912e45286743a25c7f0c709b89a9a9af40b6b906c2afaff"
