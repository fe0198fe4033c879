"""The toolkit's I/O: requests to a store that runs, Pillarbox or OSS, over its REST API.

callbacks   a site's check of who called it
buckets     what can be done with buckets: make, list, ACL, CORS rules
objects     with objects: know, copy within the store, delete; listing, multipart
upload      from files and streams; download, store_copy, transfers: the other ways
copy_plan   from names that a person gives to single objects and files
resumption  how a transfer goes on after a kill; checkpoint, sent_parts, fetching
profiles    stores and AccessKeys under names
credentials an AccessKey from the environment or a profile
assumed_role  temporary credentials, renewed before they expire; assume_role, one call for them
connection  signs, sends, reads answers; network, how requests go out
answer      what came back
errors      why a request came to nothing

Only who imports what sends requests needs httpx and a network; what moves bytes needs fastcrc.
"""
