"""Values within documents of lifecycle rules, which both dialects write alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from pillarbox.model import refusals
from pillarbox.model.lifecycle import AfterDays, CreatedBefore, OnDate, When
from pillarbox.model.timestamps import xml_date
from pillarbox.wire_xml.tree import Node, local_name, text_of

#: Name of the root element.
LIFECYCLE_CONFIGURATION = "LifecycleConfiguration"

_BOOLEANS = {"true": True, "false": False}
_STATUSES = {"Enabled": True, "Disabled": False}
#: More digits are no number of days or bytes.
_MAX_DIGITS = 18


class Children:
    """The children of an element, each of a name that may be there."""

    def __init__(self, element: Element, once: Collection[str], many: Collection[str] = ()) -> None:
        """Raises the refusal `MalformedXML` for another one, or one that is there too often.

        Args:
            once: names that may be there once.
            many: names that may be there any number of times.
        """
        self._found: dict[str, list[Element]] = {}
        for child in element:
            name = local_name(child)
            known = self._found.setdefault(name, [])
            if name not in many and (name not in once or known):
                raise refusals.MALFORMED_XML()
            known.append(child)

    def one(self, name: str) -> Element | None:
        """The child of that name, None if there is none."""
        found = self._found.get(name)
        return found[0] if found else None

    def all(self, name: str) -> Sequence[Element]:
        """All children of that name."""
        return self._found.get(name, [])

    def text(self, name: str) -> str | None:
        """The text of a child with the blanks around it, None if there is none."""
        element = self.one(name)
        return None if element is None else element.text or ""

    def number(self, name: str) -> int | None:
        """The number in a child; refusal `MalformedXML` for another text."""
        element = self.one(name)
        if element is None:
            return None
        text = text_of(element)
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise refusals.MALFORMED_XML()
        return int(text)

    def needed_number(self, name: str) -> int:
        """The same of a child that must be there."""
        number = self.number(name)
        if number is None:
            raise refusals.MALFORMED_XML()
        return number

    def truth(self, name: str) -> bool:
        """Whether a child says true; false if there is none. Refusal `MalformedXML`."""
        element = self.one(name)
        text = "false" if element is None else text_of(element).lower()
        if text not in _BOOLEANS:
            raise refusals.MALFORMED_XML()
        return _BOOLEANS[text]

    def moment_ms(self, name: str) -> int | None:
        """The date in a child, in milliseconds since the Unix epoch; refusal `MalformedXML`."""
        element = self.one(name)
        if element is None:
            return None
        try:
            moment = datetime.fromisoformat(text_of(element))
            utc = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            raise refusals.MALFORMED_XML() from None
        return int(utc.timestamp() * 1000)

    def is_enabled(self) -> bool:
        """What the child `Status` says; refusal `MalformedXML`."""
        element = self.one("Status")
        status = None if element is None else _STATUSES.get(text_of(element))
        if status is None:
            raise refusals.MALFORMED_XML()
        return status


def read_tag(element: Element) -> tuple[str, str]:
    """Key and value of a tag."""
    tag = Children(element, ("Key", "Value"))
    key, value = tag.text("Key"), tag.text("Value")
    if not key:
        raise refusals.MALFORMED_XML()
    return key, value or ""


def tag_node(tag: tuple[str, str]) -> Node:
    """The inverse of `read_tag`."""
    return ("Tag", [("Key", tag[0]), ("Value", tag[1])])


def read_when(children: Children, names: Iterable[str]) -> When | None:
    """The one time that is said, None if there is none.

    Args:
        names: of those that may be: `Days`, `CreatedBeforeDate`, `Date`, `DaysAfterInitiation`.

    Raises:
        Refusal: `MalformedXML`, also for more than one.
    """
    found = [when for name in names if (when := _read_when(children, name)) is not None]
    if len(found) > 1:
        raise refusals.MALFORMED_XML()
    return found[0] if found else None


def _read_when(children: Children, name: str) -> When | None:
    if name not in ("CreatedBeforeDate", "Date"):
        days = children.number(name)
        return None if days is None else AfterDays(days)
    moment_ms = children.moment_ms(name)
    if moment_ms is None:
        return None
    return OnDate(moment_ms) if name == "Date" else CreatedBefore(moment_ms)


def when_node(when: When, days: str = "Days") -> Node:
    """The inverse of `read_when`."""
    match when:
        case AfterDays():
            return (days, str(when.days))
        case CreatedBefore():
            return ("CreatedBeforeDate", xml_date(when.moment_ms))
        case OnDate():
            return ("Date", xml_date(when.moment_ms))


def status_node(*, is_enabled: bool) -> Node:
    """The inverse of `Children.is_enabled`."""
    return ("Status", "Enabled" if is_enabled else "Disabled")
