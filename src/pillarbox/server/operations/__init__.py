"""What the server can do: one module a resource, one function an operation.

table             the list of all operations
post_object       the form upload
put_object        an object in a request body
get_object        GET, HEAD, and HEAD ?objectMeta
delete_object     DELETE of an object
acl               ACLs of buckets and objects
buckets           service and bucket: list, make, look at, remove
list_objects      a bucket's objects
"""
