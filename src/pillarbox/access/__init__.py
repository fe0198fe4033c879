"""Who is calling, and may they.

caller               the answer to "who": an account by its AccessKey, or anybody
authentication       of a request, by its Authorization header or its URL
form_authentication  of a form, by its fields
decision             the answer to "may they": ACLs of bucket and object
"""
