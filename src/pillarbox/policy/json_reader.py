"""A small, strict JSON reader for post policies: text in, Python values out.

Why not the standard library's? A post policy is JSON (RFC 8259) with one liberty and some
restrictions, and no library that we know gives them together:

- `\\$` is an escape inside strings beside JSON's own (OSS: "PostObject", escapes in policies).
  Older SDKs write it raw, newer ones write the legal `\\\\$`; both read as backslash, dollar.
- A member that stands twice in an object is refused at every depth: where readers differ in
  which of the two they keep, a form can be checked against another rule than the signer meant.
- What Python's reader tolerates is refused: NaN and Infinity, lone surrogates, a BOM.
- Nesting is bounded, so that two million brackets are an answer and not a crash.
- The messages are OSS's own as far as they are known: `unknown char e`, `, or ] expected`.

Numbers keep their spelling (`Number`), since `1`, `1.0` and `-0` are not the same to a policy.
The time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A policy needs four levels: the document, its conditions, one condition, a list of values.
MAX_DEPTH = 8

_WHITESPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}")
_FOUR_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "$": "\\$",
}
_LITERALS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
_END = "End-of-Input"
_HIGH_SURROGATES = range(0xD800, 0xDC00)
_LOW_SURROGATES = range(0xDC00, 0xE000)


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as it was written."""

    text: str

    def natural(self) -> int | None:
        """The number if it is spelled as a plain integer of at most 19 digits, else None."""
        return int(self.text) if _INTEGER.fullmatch(self.text) else None


JsonValue = str | bool | Number | None | list["JsonValue"] | dict[str, "JsonValue"]


class JsonError(ValueError):
    """The text is not JSON. The message begins with `Invalid JSON: `."""

    def __init__(self, flaw: str) -> None:
        super().__init__(f"Invalid JSON: {flaw}")


def read_json(text: str) -> JsonValue:
    """The value that `text` spells.

    `text` is decoded UTF-8, hence free of lone surrogates. Raises `JsonError`, and nothing else.
    """
    return _Reader(text).document()


def spell(value: JsonValue) -> str:
    """How a value is named in a message: strings and numbers as such, containers in short."""
    if isinstance(value, str):
        return value
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, list):
        return "[...]"
    return next(name for name, literal in _LITERALS if literal is value)


class _Reader:
    """Recursive descent; the depth is bounded, hence so is the stack."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def document(self) -> JsonValue:
        value = self._value(MAX_DEPTH)
        rest = self._peek()
        if rest:
            raise JsonError(f"{_END} expected but found {_visible(rest)}")
        return value

    def _peek(self) -> str:
        """Skip whitespace; the character there, or the empty string at the end."""
        match = _WHITESPACE.match(self._text, self._position)
        assert match is not None
        self._position = match.end()
        return self._text[self._position : self._position + 1]

    def _value(self, depth: int) -> JsonValue:
        """The value at the position, which may open `depth` levels of brackets."""
        character = self._peek()
        if character == '"':
            return self._string()
        if character in ("[", "{"):
            if depth == 0:
                raise JsonError(f"nested deeper than {MAX_DEPTH} levels")
            self._position += 1
            return self._array(depth - 1) if character == "[" else self._object(depth - 1)
        number = _NUMBER.match(self._text, self._position)
        if number is not None:
            self._position = number.end()
            return Number(number[0])
        for name, literal in _LITERALS:
            if self._text.startswith(name, self._position):
                self._position += len(name)
                return literal
        raise JsonError(f"unknown char {_visible(character)}" if character else f"found {_END}")

    def _array(self, depth: int) -> list[JsonValue]:
        values: list[JsonValue] = []
        if self._peek() == "]":
            self._position += 1
            return values
        while True:
            values.append(self._value(depth))
            if self._ends("]"):
                return values

    def _object(self, depth: int) -> dict[str, JsonValue]:
        members: dict[str, JsonValue] = {}
        if self._peek() == "}":
            self._position += 1
            return members
        while True:
            found = self._peek()
            if found != '"':
                raise JsonError(f'" expected but found {_visible(found)}')
            name = self._string()
            if name in members:
                raise JsonError(f'duplicate member "{name}"')
            if self._peek() != ":":
                raise JsonError(": expected")
            self._position += 1
            members[name] = self._value(depth)
            if self._ends("}"):
                return members

    def _ends(self, bracket: str) -> bool:
        """Step over a comma (False) or the closing bracket (True)."""
        character = self._peek()
        if character not in (",", bracket):
            raise JsonError(f", or {bracket} expected")
        self._position += 1
        return character == bracket

    def _string(self) -> str:
        """The string whose opening quote stands at the position."""
        text = self._text
        position = self._position + 1
        pieces: list[str] = []
        while True:
            plain = _PLAIN.match(text, position)
            assert plain is not None
            pieces.append(plain[0])
            position = plain.end()
            character = text[position : position + 1]
            if character == '"':
                self._position = position + 1
                return "".join(pieces)
            if character != "\\":
                raise JsonError(_flaw_in_string(character))
            escape = text[position + 1 : position + 2]
            position += 2
            if escape == "u":
                code, position = self._code_point(position)
                pieces.append(chr(code))
            elif escape in _ESCAPES:
                pieces.append(_ESCAPES[escape])
            else:
                raise JsonError(f"invalid escape \\{_visible(escape)}")

    def _code_point(self, position: int) -> tuple[int, int]:
        """The code point whose hex digits stand at `position`, and the position behind it."""
        code, position = self._code_unit(position), position + 4
        if code in _HIGH_SURROGATES and self._text.startswith("\\u", position):
            low = self._code_unit(position + 2)
            if low in _LOW_SURROGATES:
                return 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF), position + 6
        if code in _HIGH_SURROGATES or code in _LOW_SURROGATES:
            raise JsonError(f"lone surrogate \\u{code:04x}")
        return code, position

    def _code_unit(self, position: int) -> int:
        digits = _FOUR_HEX_DIGITS.match(self._text, position)
        if digits is None:
            raise JsonError("four hex digits expected after \\u")
        return int(digits[0], 16)


def _flaw_in_string(character: str) -> str:
    if not character:
        return f'" expected but found {_END}'
    return f"control character {_visible(character)} in a string"


def _visible(character: str) -> str:
    """A character as it may stand in a message; `End-of-Input` for the empty string."""
    if not character:
        return _END
    return character if character.isprintable() else f"\\u{ord(character):04x}"
