"""A careers site that takes résumés in two ways, side by side, and shows what each cost its server.

    through the site   browser -> this site -> the store: the site's server carries every byte
    form upload        browser -> the store, under a policy that this site signed

    site             the web pages
    visitor          who is visiting, and the prefix that is theirs
    resume_rules     what a résumé may be: one statement, which both ways keep
    resume_form      the forms that are signed for one visitor, for script and for none
    arrivals         which résumés have arrived, by the store's callback
    site_role        the site's rights in the store: a role under a prefix, and who may assume it
    resume_store     the store as the site's server uses it, by the official SDK
    carriage         what the site's server carried: bytes, seconds, CPU
    running          a store and the site as two processes on this machine
    http_visit, browser_visit   a visitor that uploads both ways, and a recruiter that reads
    comparison       the same résumés both ways, measured

`make demo` runs it; `python -m examples.careers --help` tells more. It needs the extra `demo`.
"""
