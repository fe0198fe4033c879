"""The toolkit's I/O: requests to a store that runs, Pillarbox or OSS, over its REST API.

buckets     what can be done with buckets: make, list, ACL, CORS rules
connection  signs, sends, reads answers
answer      what came back
errors      why a request came to nothing

Only who imports `connection` or `buckets` needs httpx and a network.
"""
