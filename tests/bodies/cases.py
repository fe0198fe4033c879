"""Request bodies, each with its one verdict, however it arrives.

Parsers of multipart/form-data differ, and where a proxy and a store read one body in two ways, a
form gets past the one that was meant to guard the other. So every body here has one meaning: the
same whole or byte by byte, with Content-Length or chunked.
"""

from __future__ import annotations

from dataclasses import dataclass

from pillarbox.model.limits import (
    MAX_FIELD_NAME_SIZE,
    MAX_FIELD_VALUE_SIZE,
    MAX_FIELDS,
    MAX_FIELDS_SIZE,
    MAX_PART_HEADER_SIZE,
    MAX_PREAMBLE_SIZE,
    MAX_TRAILER_SIZE,
)
from tests.bodies.reading import Accepted, Refused, Verdict

TYPE = b"multipart/form-data; boundary=xYzZY"

#: Refusals without a number of their own and with one.
MALFORMED = Refused("MalformedPOSTRequest")
INCOMPLETE = Refused("MalformedPOSTRequest", "0006-00000104")
PART_HEADER = Refused("MalformedPOSTRequest", "0006-00000109")
NO_FILE = Refused("IncorrectNumberOfFilesInPOSTRequest", "0006-00000107")
TWO_FILES = Refused("IncorrectNumberOfFilesInPOSTRequest")
NAME_TOO_LONG = Refused("FieldItemTooLong", "0006-00000110")
VALUE_TOO_LONG = Refused("FieldItemTooLong")
FIELDS_TOO_LARGE = Refused("MaxPOSTPreDataLengthExceededError", "0006-00000112")
ARGUMENT = Refused("InvalidArgument")
OBJECT_NAME = Refused("InvalidObjectName")
NOT_MULTIPART = Refused("RequestIsNotMultiPartContent")


@dataclass(frozen=True, slots=True)
class Case:
    """One body.

    Attributes:
        content_type: of the request, None for no such header.
        reason: why the verdict is what it is.
    """

    name: str
    verdict: Verdict
    body: bytes
    reason: str
    content_type: bytes | None = TYPE


def part(headers: bytes, content: bytes) -> bytes:
    """A part with its delimiter in front; `headers` without the blank line."""
    return b"--xYzZY\r\n" + headers + b"\r\n\r\n" + content + b"\r\n"


def field(name: bytes, value: bytes) -> bytes:
    """An ordinary field."""
    return part(b'Content-Disposition: form-data; name="' + name + b'"', value)


def file(content: bytes = b"bytes", filename: bytes | None = b"a.txt") -> bytes:
    """The file part, as a browser writes it."""
    parameter = b"" if filename is None else b'; filename="' + filename + b'"'
    headers = b'Content-Disposition: form-data; name="file"' + parameter
    return part(headers + b"\r\nContent-Type: text/plain", content)


END = b"--xYzZY--\r\n"
KEY = field(b"key", b"k")
GOOD = KEY + file() + END
KEPT = Accepted(b"k", b"bytes")


def named(filename: bytes, key: bytes, name: str, reason: str) -> Case:
    """A form whose key is its file's name."""
    body = field(b"key", b"${filename}") + file(filename=filename) + END
    return Case(name, Accepted(key, b"bytes"), body, reason)


def holding(content: bytes, name: str, reason: str) -> Case:
    """A form whose file is exactly `content`."""
    return Case(name, Accepted(b"k", content), KEY + file(content) + END, reason)


def headed(headers: bytes, verdict: Verdict, name: str, reason: str) -> Case:
    """A form whose file part has these headers."""
    return Case(name, verdict, KEY + part(headers, b"bytes") + END, reason)


def typed(content_type: bytes | None, verdict: Verdict, name: str, reason: str) -> Case:
    """A good body under another Content-Type of the request."""
    return Case(name, verdict, GOOD, reason, content_type)


DISPOSITION = b'Content-Disposition: form-data; name="file"'
_BIG = b"v" * MAX_FIELD_VALUE_SIZE

CASES = (
    # --- the frame ---------------------------------------------------------------------------
    Case("plain", KEPT, GOOD, "what a browser sends"),
    Case("preamble", KEPT, b"Hello,\r\nold mail reader.\r\n" + GOOD, "RFC 2046: ignored"),
    Case("leading-empty-line", KEPT, b"\r\n" + GOOD, "an empty preamble with its line end"),
    Case(
        "preamble-64k",
        KEPT,
        b"p" * MAX_PREAMBLE_SIZE + b"\r\n" + GOOD,
        "exactly the bound, the line end belongs to the delimiter",
    ),
    Case(
        "preamble-64k-and-one",
        MALFORMED,
        b"p" * (MAX_PREAMBLE_SIZE + 1) + b"\r\n" + GOOD,
        "junk is bounded",
    ),
    Case("preamble-endless", MALFORMED, b"\r\n" * 200_000, "only line ends, no delimiter"),
    Case(
        "text-right-before-delimiter",
        ARGUMENT,
        b"junk" + GOOD,
        "no line end, no delimiter: the first part is preamble, and with it the key",
    ),
    Case("epilogue", KEPT, GOOD + b"and so on\r\n--xYzZY\r\n", "nothing follows the last one"),
    Case(
        "trailer-1m",
        KEPT,
        KEY + file() + b"--xYzZY--" + b"e" * (MAX_TRAILER_SIZE - len(b"\r\n--xYzZY--")),
        "exactly the bound, counted from the file's last byte",
    ),
    Case(
        "trailer-1m-and-one",
        MALFORMED,
        KEY + file() + b"--xYzZY--" + b"e" * (MAX_TRAILER_SIZE - len(b"\r\n--xYzZY--") + 1),
        "what carries nothing is bounded",
    ),
    Case("no-final-line-end", KEPT, GOOD.removesuffix(b"\r\n"), "undici, hand-made bodies"),
    Case("no-closing-delimiter", INCOMPLETE, KEY + file(), "might have been cut"),
    Case("closing-delimiter-cut", INCOMPLETE, KEY + file() + b"--xYzZY-", "one hyphen is none"),
    Case("delimiter-cut", INCOMPLETE, KEY + file() + b"--xYzZY", "what follows is unknown"),
    Case("cut-in-file", INCOMPLETE, (KEY + file())[:-4], "the file's end is unknown"),
    Case("cut-in-headers", INCOMPLETE, KEY + b"--xYzZY\r\nContent-Dispo", "a part began"),
    Case("cut-before-content", INCOMPLETE, KEY + b"--xYzZY\r\n" + DISPOSITION + b"\r\n", "same"),
    Case("empty-body", INCOMPLETE, b"", "not even a delimiter"),
    Case("no-delimiter", INCOMPLETE, b"key=k&file=bytes", "another encoding"),
    Case("only-closing-delimiter", NO_FILE, END, "a form without parts"),
    Case("no-file", NO_FILE, KEY + END, "fields alone"),
    Case(
        "transport-padding",
        MALFORMED,
        GOOD.replace(b"--xYzZY\r\n", b"--xYzZY \t\r\n"),
        "RFC 2046 allows it, nobody writes it, parsers differ",
    ),
    Case(
        "padding-before-end",
        MALFORMED,
        GOOD.replace(b"--xYzZY--", b"--xYzZY --"),
        "neither a delimiter nor the last one",
    ),
    Case("line-feeds-only", MALFORMED, GOOD.replace(b"\r\n", b"\n"), "a line ends in CRLF"),
    Case(
        "line-feeds-after-preamble",
        INCOMPLETE,
        b"p\n" + GOOD.replace(b"\r\n", b"\n"),
        "no CRLF, no delimiter",
    ),
    Case(
        "delimiter-with-line-feed",
        MALFORMED,
        GOOD.replace(b"--xYzZY\r\n", b"--xYzZY\n"),
        "a line ends in CRLF",
    ),
    Case("other-boundary", INCOMPLETE, GOOD.replace(b"xYzZY", b"xYzZy"), "case counts"),
    # --- the file's bytes --------------------------------------------------------------------
    holding(b"", "empty-file", "zero bytes are a file"),
    holding(b"\r\n" * 1000, "line-ends-only", "werkzeug CVE-2023-46136"),
    holding(b"\r", "carriage-return", "may begin a delimiter, does not"),
    holding(b"a\r\n", "line-end-at-end", "only the last CRLF is the delimiter's"),
    holding(b"a\r\n-", "half-delimiter-at-end", "same"),
    holding(b"a\r\r\n--xYzZ", "most-of-a-delimiter", "the last byte is missing"),
    holding(b"a--xYzZY\r\nb", "boundary-in-line", "no CRLF in front: content"),
    holding(b"a\n--xYzZY\r\nb", "line-feed-boundary", "LF alone begins no delimiter"),
    holding(b"a\r--xYzZY--\r\n", "carriage-return-boundary", "CR alone begins none"),
    holding(b"\x00\xff\xfe" * 5, "binary", "bytes are bytes"),
    holding(
        b'--in\r\nContent-Disposition: form-data; name="key"\r\n\r\nevil\r\n--in--\r\n',
        "nested-form",
        "a form in a file is the file's bytes",
    ),
    Case(
        "boundary-begins-line",
        MALFORMED,
        KEY + file(b"a\r\n--xYzZYmore\r\nb") + END,
        "RFC 2046: no line of content may begin with the delimiter",
    ),
    # --- which part is the file --------------------------------------------------------------
    Case("file-without-filename", KEPT, KEY + file(filename=None) + END, "ali-oss, Go sample"),
    Case(
        "filename-on-fields",
        KEPT,
        part(DISPOSITION.replace(b"file", b"key") + b'; filename="key"', b"k") + file() + END,
        "python-requests: the name decides, not the filename",
    ),
    Case(
        "file-in-capitals",
        KEPT,
        KEY + part(DISPOSITION.replace(b"file", b"FILE"), b"bytes") + END,
        "names match in any letter case",
    ),
    Case("two-files", TWO_FILES, KEY + file() + file() + END, "which one was meant?"),
    Case(
        "two-files-in-two-cases",
        TWO_FILES,
        KEY + file() + part(DISPOSITION.replace(b"file", b"File"), b"x") + END,
        "one name",
    ),
    Case(
        "filepond",
        TWO_FILES,
        KEY + field(b"file", b"{}") + file() + END,
        "FilePond's metadata under the file's own name",
    ),
    Case(
        "field-and-second-file",
        TWO_FILES,
        KEY + file() + field(b"submit", b"x") + file() + END,
        "also behind another field",
    ),
    Case("submit-after-file", KEPT, KEY + file() + field(b"submit", b"Go") + END, "every sample"),
    Case(
        "key-after-file-too",
        KEPT,
        KEY + file() + field(b"key", b"other") + END,
        "what stands behind the file is not read",
    ),
    Case("key-only-after-file", ARGUMENT, file() + KEY + END, "counts as missing"),
    Case("no-key", ARGUMENT, field(b"name", b"k") + file() + END, "needed"),
    Case("empty-key", ARGUMENT, field(b"key", b"") + file() + END, "empty is absent"),
    Case("key-of-slash", OBJECT_NAME, field(b"key", b"/k") + file() + END, "naming conventions"),
    Case(
        "key-1023",
        Accepted(b"k" * 1023, b"bytes"),
        field(b"key", b"k" * 1023) + file() + END,
        "the longest",
    ),
    Case("key-1024", OBJECT_NAME, field(b"key", b"k" * 1024) + file() + END, "one byte more"),
    Case(
        "key-too-long-by-filename",
        OBJECT_NAME,
        field(b"key", b"k" * 1020 + b"${filename}") + file(filename=b"abcd") + END,
        "the final key counts",
    ),
    # --- filenames ---------------------------------------------------------------------------
    named(b"cv.pdf", b"cv.pdf", "filename", "the variable"),
    named(rb"C:\Users\eric\cv.pdf", b"cv.pdf", "windows-path", "old browsers"),
    named(b"../../etc/passwd", b"passwd", "path", "the base name alone"),
    named(b"a%22b%0D%0Ac", b'a"b\r\nc', "percent-escapes", "what browsers write"),
    named(b"a%0d%0a%41", b"a\r\n%41", "percent-escapes-only", "no other escape is one"),
    named(rb"a\"b.txt", b'a"b.txt', "backslash-quote", "what curl and requests write"),
    named("文件.txt".encode(), "文件.txt".encode(), "utf-8-filename", "browsers send raw UTF-8"),
    named(b"a;b=c.txt", b"a;b=c.txt", "semicolon-in-filename", "inside the quotes"),
    Case(
        "no-filename-for-variable",
        OBJECT_NAME,
        field(b"key", b"${filename}") + file(filename=None) + END,
        "nothing to fill in leaves an empty key",
    ),
    headed(DISPOSITION + b"; filename*=utf-8''e.txt", PART_HEADER, "filename-star", "RFC 7578"),
    headed(
        DISPOSITION + b"; filename=\"a\"; filename*=utf-8''e",
        PART_HEADER,
        "filename-and-filename-star",
        "parsers prefer one or the other",
    ),
    headed(
        b"Content-Disposition: form-data; name*=utf-8''file", PART_HEADER, "name-star", "RFC 7578"
    ),
    headed(
        b'Content-Disposition: form-data; name="file"; name*0="key"',
        PART_HEADER,
        "name-star-0",
        "RFC 2231 continuations are no better",
    ),
    headed(
        DISPOSITION + b'; filename="\xff.txt"', PART_HEADER, "filename-not-utf-8", "names are UTF-8"
    ),
    headed(
        DISPOSITION + b'; filename="a\x00b"', PART_HEADER, "filename-nul", "C strings end there"
    ),
    headed(
        DISPOSITION + b'; filename="a', PART_HEADER, "filename-unterminated", "no closing quote"
    ),
    # --- headers of a part -------------------------------------------------------------------
    headed(
        b'Content-Disposition: form-data; name="key"; name="file"',
        PART_HEADER,
        "name-twice",
        "first or last?",
    ),
    headed(
        b'Content-Disposition: form-data; name="file"; NAME="key"',
        PART_HEADER,
        "name-twice-in-two-cases",
        "one parameter",
    ),
    headed(DISPOSITION + b'; filename="a"; filename="b"', PART_HEADER, "filename-twice", "same"),
    headed(
        DISPOSITION + b'\r\nContent-Disposition: form-data; name="key"',
        PART_HEADER,
        "two-dispositions",
        "first or last?",
    ),
    headed(
        DISPOSITION + b'\r\ncontent-disposition: form-data; name="key"',
        PART_HEADER,
        "two-dispositions-in-two-cases",
        "one header",
    ),
    headed(
        b"Content-Type: text/plain\r\n" + DISPOSITION,
        PART_HEADER,
        "content-type-first",
        "EC page: a part begins with Content-Disposition",
    ),
    headed(b"Content-Type: text/plain", PART_HEADER, "no-disposition", "no name either"),
    headed(
        DISPOSITION + b"\r\nContent-Type: text/plain\r\nContent-Type: text/html",
        PART_HEADER,
        "two-content-types",
        "which one would be stored?",
    ),
    headed(
        DISPOSITION + b"\r\nX-Custom: 1\r\nMIME-Version: 1.0", KEPT, "unknown-headers", "ignored"
    ),
    headed(
        DISPOSITION + b"\r\nContent-Transfer-Encoding: base64",
        KEPT,
        "transfer-encoding",
        "undecoded",
    ),
    headed(
        DISPOSITION + b"\r\nContent-Length: 5", KEPT, "part-length-right", "some clients send it"
    ),
    headed(
        DISPOSITION + b"\r\nContent-Length: 4", MALFORMED, "part-length-short", "others believe it"
    ),
    headed(DISPOSITION + b"\r\nContent-Length: 6", MALFORMED, "part-length-long", "same"),
    headed(
        DISPOSITION + b"\r\nContent-Length: -1", PART_HEADER, "part-length-negative", "no length"
    ),
    headed(DISPOSITION + b"\r\nContent-Length: +5", PART_HEADER, "part-length-signed", "no length"),
    headed(
        DISPOSITION + b"\r\nContent-Length: 5\r\nContent-Length: 5",
        PART_HEADER,
        "part-length-twice",
        "one at most",
    ),
    headed(
        b'Content-Disposition: form-data;\r\n name="file"',
        PART_HEADER,
        "folded-header",
        "unfolded by some, cut by others",
    ),
    headed(
        b'Content-Disposition: form-data; name="file"\nX: y',
        PART_HEADER,
        "line-feed-in-header",
        "LF",
    ),
    headed(
        b'Content-Disposition: form-data; name="file"\rX: y',
        PART_HEADER,
        "carriage-return-in-header",
        "CR",
    ),
    headed(
        b'Content-Disposition : form-data; name="file"',
        PART_HEADER,
        "blank-before-colon",
        "RFC 9112",
    ),
    headed(DISPOSITION + b"\r\nnonsense", PART_HEADER, "header-without-colon", "no header"),
    headed(
        b'Content-Disposition: attachment; name="file"',
        PART_HEADER,
        "attachment",
        "RFC 7578: form-data",
    ),
    headed(
        b'content-disposition:FORM-DATA ;name=file ; filename = "a" ;',
        KEPT,
        "unusual-spelling",
        "letter case, tokens and blanks mean nothing",
    ),
    headed(
        b'Content-Disposition: form-data name="file"', PART_HEADER, "no-semicolon", "unreadable"
    ),
    headed(b"Content-Disposition: form-data", ARGUMENT, "no-name", "a part must have one"),
    headed(b'Content-Disposition: form-data; name=""', ARGUMENT, "empty-name", "same"),
    headed(
        b'Content-Disposition: form-data; filename="file"', ARGUMENT, "filename-alone", "is no name"
    ),
    Case(
        "no-part-headers",
        PART_HEADER,
        KEY + b"--xYzZY\r\n\r\nbytes\r\n" + END,
        "MIME would call it text/plain; a form needs a name",
    ),
    headed(
        DISPOSITION + b'; filename="' + b"a" * 100_000 + b'"',
        NAME_TOO_LONG,
        "disposition-100k",
        "CVE-2024-24762: refused by size",
    ),
    headed(DISPOSITION + b"; a=" * 25_000, NAME_TOO_LONG, "disposition-parameters-100k", "same"),
    headed(
        DISPOSITION + b"\r\nX: " + b"x" * (MAX_PART_HEADER_SIZE - len(DISPOSITION) - 5),
        KEPT,
        "part-headers-16k",
        "exactly the bound",
    ),
    headed(
        DISPOSITION + b"\r\nX: " + b"x" * (MAX_PART_HEADER_SIZE - len(DISPOSITION) - 4),
        NAME_TOO_LONG,
        "part-headers-16k-and-one",
        "one byte more",
    ),
    # --- fields ------------------------------------------------------------------------------
    Case(
        "value-not-utf-8", ARGUMENT, KEY + field(b"x", b"\xff") + file() + END, "values are UTF-8"
    ),
    Case("name-not-utf-8", PART_HEADER, KEY + field(b"\xff", b"x") + file() + END, "so are names"),
    Case(
        "nul-in-key",
        Accepted(b"a\x00b", b"bytes"),
        field(b"key", b"a\x00b") + file() + END,
        "a key is never a path, and control characters are legal in it",
    ),
    Case(
        "name-8k",
        KEPT,
        KEY + field(b"n" * MAX_FIELD_NAME_SIZE, b"v") + file() + END,
        "the longest name",
    ),
    Case(
        "name-8k-and-one",
        NAME_TOO_LONG,
        KEY + field(b"n" * (MAX_FIELD_NAME_SIZE + 1), b"v") + file() + END,
        "one byte more",
    ),
    Case("value-2m", KEPT, KEY + field(b"v", _BIG) + file() + END, "the longest value"),
    Case("value-2m-and-one", VALUE_TOO_LONG, KEY + field(b"v", _BIG + b"v") + file() + END, "more"),
    Case(
        "fields-8m",
        KEPT,
        KEY
        + b"".join(field(b"v%d" % n, _BIG) for n in range(3))
        + field(b"v", b"v" * (MAX_FIELDS_SIZE - 3 * MAX_FIELD_VALUE_SIZE - 1))
        + file()
        + END,
        "all values together, the key's one byte included",
    ),
    Case(
        "fields-8m-and-one",
        FIELDS_TOO_LARGE,
        KEY + b"".join(field(b"v%d" % n, _BIG) for n in range(4)) + file() + END,
        "one byte more",
    ),
    Case(
        "both-limits",
        FIELDS_TOO_LARGE,
        b"".join(field(b"v%d" % n, _BIG) for n in range(3))
        + field(b"v", b"v" * (MAX_FIELD_VALUE_SIZE - 2))
        + field(b"w", _BIG * 2)
        + file()
        + END,
        "the limit that the bytes reach first, also where one piece crosses both",
    ),
    Case(
        "fields-1000",
        KEPT,
        KEY + b"".join(field(b"f%d" % n, b"") for n in range(MAX_FIELDS - 1)) + file() + END,
        "the file is not counted",
    ),
    Case(
        "fields-1001",
        FIELDS_TOO_LARGE,
        KEY + b"".join(field(b"f%d" % n, b"") for n in range(MAX_FIELDS)) + file() + END,
        "a flood, not a form",
    ),
    Case(
        "fields-1001-after-file",
        FIELDS_TOO_LARGE,
        KEY + file() + b"".join(field(b"f%d" % n, b"") for n in range(MAX_FIELDS)) + END,
        "werkzeug CVE-2023-25577: parts are counted wherever they stand",
    ),
    Case("key-twice", ARGUMENT, KEY + field(b"key", b"l") + file() + END, "first or last?"),
    Case("key-twice-alike", ARGUMENT, KEY + KEY + file() + END, "even if they agree"),
    Case("key-and-KEY", ARGUMENT, KEY + field(b"KEY", b"l") + file() + END, "one name"),
    Case(
        "kelvin-sign",
        KEPT,
        KEY + field("\u212aey".encode(), b"evil") + file() + END,
        "only ASCII letters have a case: another field, not a second key",
    ),
    Case(
        "unknown-twice",
        KEPT,
        KEY + field(b"a", b"1") + field(b"A", b"2") + file() + END,
        "nobody acts on it",
    ),
    Case(
        "quoted-name",
        KEPT,
        KEY + part(rb'Content-Disposition: form-data; name="a\"b%22"', b"v") + file() + END,
        "escapes in names",
    ),
    # --- the request's media type ------------------------------------------------------------
    typed(b'multipart/form-data; boundary="xYzZY"', KEPT, "quoted-boundary", "RFC 2045"),
    typed(b"multipart/form-data; boundary = xYzZY", KEPT, "blanks-around-equals", "a doc sample"),
    typed(b"Multipart/Form-DATA;BOUNDARY=xYzZY;", KEPT, "media-type-in-capitals", "RFC 2045"),
    typed(
        b"multipart/form-data; charset=utf-8; boundary=xYzZY; x=y",
        KEPT,
        "more-parameters",
        "ignored",
    ),
    typed(None, NOT_MULTIPART, "no-content-type", "unknown encoding"),
    typed(b"", NOT_MULTIPART, "empty-content-type", "unknown encoding"),
    typed(b"multipart/form-data", NOT_MULTIPART, "no-boundary", "no delimiter"),
    typed(b"multipart/form-data; boundary=", NOT_MULTIPART, "empty-boundary", "no delimiter"),
    typed(b'multipart/form-data; boundary=""', NOT_MULTIPART, "quoted-empty-boundary", "same"),
    typed(b'multipart/form-data; boundary="xYzZY', NOT_MULTIPART, "half-quoted-boundary", "same"),
    typed(
        b"multipart/form-data; boundary=xYzZY; boundary=b",
        NOT_MULTIPART,
        "two-boundaries",
        "which?",
    ),
    typed(
        b"multipart/form-data; boundary=xYzZY, multipart/form-data; boundary=b",
        NOT_MULTIPART,
        "two-types-joined",
        "two headers that a proxy joined",
    ),
    typed(
        b"multipart/form-data; boundary=" + b"b" * 201, NOT_MULTIPART, "boundary-201", "over-long"
    ),
    Case(
        "boundary-200",
        KEPT,
        GOOD.replace(b"xYzZY", b"b" * 200),
        "longer than RFC 2046 allows, but some clients do so",
        b"multipart/form-data; boundary=" + b"b" * 200,
    ),
    Case(
        "boundary-of-signs",
        KEPT,
        GOOD.replace(b"xYzZY", b"a:b /?'()+_,-.=z"),
        "every character that RFC 2046 allows",
        b'multipart/form-data; boundary="a:b /?\'()+_,-.=z"',
    ),
    typed(
        b'multipart/form-data; boundary="xYzZY "', NOT_MULTIPART, "boundary-ends-blank", "RFC 2046"
    ),
    typed(
        "multipart/form-data; boundary=xYzZY\u00e9".encode(),
        NOT_MULTIPART,
        "boundary-not-ascii",
        "RFC 2046",
    ),
    typed(b"application/x-www-form-urlencoded", NOT_MULTIPART, "urlencoded", "no form upload"),
    typed(b"multipart/mixed; boundary=xYzZY", NOT_MULTIPART, "multipart-mixed", "another type"),
    typed(b"multipart/form-datax; boundary=xYzZY", NOT_MULTIPART, "longer-type", "another type"),
    typed(
        b"text/plain; x=multipart/form-data; boundary=xYzZY",
        NOT_MULTIPART,
        "form-data-in-parameter",
        "CVE-2023-28434: a substring is no media type",
    ),
    typed(b"xmultipart/form-data; boundary=xYzZY", NOT_MULTIPART, "form-data-in-type", "same"),
    typed(b"multipart/form-data boundary=xYzZY", NOT_MULTIPART, "type-no-semicolon", "unreadable"),
    typed(b"multipart/form-data; boundary", NOT_MULTIPART, "parameter-no-value", "unreadable"),
)
