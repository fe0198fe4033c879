"""Condition elements: operators, and the keys that they look at (RAM: "Conditional operators").

A key that the request doesn't have satisfies no operator but the negated ones (assumed: RAM's pages
are silent; IAM's rule).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from pillarbox.access.ram.question import RequestContext
from pillarbox.access.ram.wildcards import matches_pattern
from pillarbox.model.limits import MAX_TAG_KEY_LENGTH
from pillarbox.model.names import is_wide_tag_text

#: Key in lower case to its kind and where its value is. `pillarbox:` keys are ours.
_KEYS: Mapping[str, tuple[str, Callable[[RequestContext], str | None]]] = {
    "acs:sourceip": ("ip", lambda c: None if c.source_ip is None else str(c.source_ip)),
    "acs:securetransport": ("bool", lambda c: _bool(c.secure)),
    "acs:currenttime": ("date", lambda c: c.now.isoformat()),
    "acs:useragent": ("string", lambda c: c.user_agent),
    "oss:prefix": ("string", lambda c: c.prefix),
    "oss:delimiter": ("string", lambda c: c.delimiter),
    "pillarbox:form": ("bool", lambda c: _bool(c.form)),
}

#: The same of keys behind which, after a slash, a tag's key follows.
_TAG_KEYS: Mapping[str, Callable[[RequestContext], Mapping[str, str] | None]] = {
    "oss:existingobjecttag": lambda c: c.existing_tags,
    "oss:requestobjecttag": lambda c: c.request_tags,
}

#: Bits in front of an IPv4 address that is written as one of IPv6 (RFC 4291, section 2.5.5.2).
_MAPPED_PREFIX = 96

_Test = Callable[[str, str], bool]


def _bool(value: bool) -> str:
    return "true" if value else "false"


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text, strict=False)
    address = ip_address(text.partition("/")[0])
    if isinstance(address, IPv4Address) or address.ipv4_mapped is None:
        return network
    # Addresses of requests are told as IPv4 where they can be, so ranges are as well.
    if network.prefixlen < _MAPPED_PREFIX:
        raise ValueError("a range of more than IPv4 addresses")
    return IPv4Network((address.ipv4_mapped, network.prefixlen - _MAPPED_PREFIX), strict=False)


def _in_network(value: str, text: str) -> bool:
    address: IPv4Address | IPv6Address = ip_address(value)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    network = _network(text)
    return address.version == network.version and address in network


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _by_time(test: Callable[[datetime, datetime], bool]) -> _Test:
    return lambda value, text: test(_moment(value), _moment(text))


_POSITIVE: Mapping[str, tuple[str, _Test]] = {
    "StringEquals": ("string", lambda value, text: value == text),
    "StringEqualsIgnoreCase": ("string", lambda value, text: value.lower() == text.lower()),
    "StringLike": ("string", lambda value, text: matches_pattern(text, value)),
    "IpAddress": ("ip", _in_network),
    "Bool": ("bool", lambda value, text: value == text.lower()),
    "DateEquals": ("date", _by_time(lambda value, bound: value == bound)),
    "DateLessThan": ("date", _by_time(lambda value, bound: value < bound)),
    "DateLessThanEquals": ("date", _by_time(lambda value, bound: value <= bound)),
    "DateGreaterThan": ("date", _by_time(lambda value, bound: value > bound)),
    "DateGreaterThanEquals": ("date", _by_time(lambda value, bound: value >= bound)),
}

#: Negated operators by what they negate.
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NotIpAddress": "IpAddress",
    "DateNotEquals": "DateEquals",
}

OPERATORS = (*_POSITIVE, *_NEGATED)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, one key, its values.

    Attributes:
        operator: as the document spells it.
        key: lower case; of a tag's what stands in front of the slash.
        values: at least one.
        tag: key of the tag that is looked at, as it is spelled; None where it is none.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    tag: str | None = None

    @property
    def looks_at_request_tags(self) -> bool:
        """Whether it is about the tags that a request gives."""
        return self.key == "oss:requestobjecttag"

    @property
    def looks_at_existing_tags(self) -> bool:
        """Whether it is about the tags of the object that stands under the key."""
        return self.key == "oss:existingobjecttag"

    def holds(self, context: RequestContext) -> bool:
        """Whether the request is as the condition asks."""
        negated = _NEGATED.get(self.operator)
        _, test = _POSITIVE[negated or self.operator]
        value = self._value(context)
        found = value is not None and any(test(value, text) for text in self.values)
        return not found if negated else found

    def _value(self, context: RequestContext) -> str | None:
        """What the request has under the key, None for nothing."""
        if self.tag is not None:
            return (_TAG_KEYS[self.key](context) or {}).get(self.tag)
        _, value_of = _KEYS[self.key]
        return value_of(context)


def read_condition(operator: str, key: str, values: Sequence[str]) -> Condition:
    """The condition that a document spells.

    Raises:
        ValueError: for an operator or key that is not understood, or a value that can't be.
    """
    kind = _kind_of(operator)
    name, tag = _tag_of(key)
    if (kind_of_key := _kind_of_key(name, tag)) is None:
        raise ValueError(f"the condition key {key!r} is not understood; known are {_key_names()}")
    if kind_of_key != kind:
        raise ValueError(f"the operator {operator} can't be asked about the key {key}")
    if not values:
        raise ValueError(f"the condition {operator} {key} has no value")
    for value in values:
        _check_value(kind, value)
    return Condition(operator, name, tuple(values), tag)


def _tag_of(key: str) -> tuple[str, str | None]:
    """A key in lower case, and of one of a tag's in front of the slash, with what stands behind it.

    Tags that differ in letter case are two (OSS: "Object tagging"), so that counts here.
    """
    name, slash, tag = key.partition("/")
    return (name.lower(), tag) if slash and name.lower() in _TAG_KEYS else (key.lower(), None)


def _kind_of_key(name: str, tag: str | None) -> str | None:
    """Of what kind the values of a key are, None for one that is not understood."""
    if tag is not None:
        may_be = 1 <= len(tag) <= MAX_TAG_KEY_LENGTH and is_wide_tag_text(tag)
        return "string" if may_be else None
    known = _KEYS.get(name)
    return None if known is None else known[0]


def _kind_of(operator: str) -> str:
    entry = _POSITIVE.get(_NEGATED.get(operator, operator))
    if entry is None:
        known = ", ".join(sorted(OPERATORS))
        raise ValueError(
            f"the condition operator {operator!r} is not understood; known are {known}"
        )
    return entry[0]


def _key_names() -> str:
    return (
        "acs:CurrentTime, acs:SecureTransport, acs:SourceIp, acs:UserAgent, oss:Delimiter, "
        "oss:ExistingObjectTag/KEY, oss:Prefix, oss:RequestObjectTag/KEY, pillarbox:Form"
    )


def _check_value(kind: str, value: str) -> None:
    if kind == "ip":
        try:
            _network(value)
        except ValueError:
            raise ValueError(f"{value!r} is no address and no range such as 192.0.2.0/24") from None
    elif kind == "date":
        try:
            _moment(value)
        except ValueError:
            raise ValueError(
                f"{value!r} is no time with a zone such as 2030-01-01T00:00:00Z"
            ) from None
    elif kind == "bool" and value.lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
