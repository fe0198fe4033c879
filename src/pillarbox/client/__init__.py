"""The toolkit's I/O: requests to a store that runs, Pillarbox or OSS, over its REST API.

callbacks   a site's check of who called it
buckets     what can be done with buckets: make, list, ACL, CORS rules
connection  signs, sends, reads answers
answer      what came back
errors      why a request came to nothing

Only who imports `connection`, `buckets` or `callbacks` needs httpx and a network.
"""
