"""Runs upload clients and keeps the requests that they send, byte for byte, in `../recorded`.

    python -m tests.clients.record            # every client
    python -m tests.clients.record curl html  # those whose name begins so

Each client posts one form to a small server on the loopback that writes down what arrives. The
forms are signed for AccessKey `TestAccessKeyId01`, bucket `example-bucket`, until the year 2115, so
that they can be sent to a store at any time. V4 forms are the exception: OSS takes one for 7 days
after its date only. They are dated 2030-01-01 and replayed with the clock set to that day.

`index.json` says for each file what the client is, and which key and content the store must have
afterwards.

`signers.py` is of another kind: it has other programs sign the policies of our forms and keeps the
signatures, in `signatures.json`.
"""
