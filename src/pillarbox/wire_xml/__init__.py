"""XML documents of requests and answers: written and read, by the server and by clients alike.

No XML namespace anywhere: oss2 and the v2 SDKs look elements up by bare names.

    tree                any document: from names and texts to bytes, and from bytes to elements
    control_characters  documents with characters that XML can't hold
    cors                the rules of a bucket
    deletion            objects to be deleted, and those that were
    referer             the Referer rules of a bucket
    tagging             tags
"""
