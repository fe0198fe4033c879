"""Requests that the store itself makes: callbacks to web sites.

resolution  from a host's name to the addresses that may be called
messenger   the calls: whom, how long, how many at once
site_http   one call over httpx: signed, to an address that was judged
"""
