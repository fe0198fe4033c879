"""Requests that the store itself makes: callbacks to web sites.

resolution  from a host's name to the addresses that may be called
messenger   the calls: signed, bounded in time, size and number
"""
