"""Who is calling, and may they.

caller               the answer to "who": an account by its AccessKey, or anybody
authentication       of a request, by its Authorization header or its URL
request_dialect      whether a request speaks OSS or S3
s3_authentication    of an S3 request, with what its body must be
form_authentication  of a form, by its fields
decision             the answer to "may they": ACLs of bucket and object
"""
