"""XML documents of requests and answers: written and read, by the server and by clients alike.

No XML namespace anywhere: oss2 and the v2 SDKs look elements up by bare names.

    tree  any document: from names and texts to bytes, and from bytes to elements
    cors  the rules of a bucket
"""
