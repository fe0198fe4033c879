"""Upload callbacks: what a store tells a web site about an upload (OSS: "Callback").

document   the document that a form carries in its field `callback`, as a site writes it
submitted  the same as a store reads it, with all that a store refuses
target     one URL of a site
template   the body: which variables there are, and filling them in
image      format and size of a picture, for `${imageInfo.…}`
call       the call to be made: what is kept of it until it has been delivered
answer     whether the site's answer is a good one, and what the uploader hears if not
signature  the text that is signed; signing and checking it (RSA)
addresses  which addresses a store may call
retry      for how long and how often a call is tried again
key_sources  from where a site takes the keys that it checks callbacks with

No I/O: who calls is `pillarbox.outgoing`.
"""
