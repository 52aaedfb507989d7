"""Reading what another node wrote: every member of its kind, within its bounds, and no others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from interurban.core.errors import BadRequest

__all__ = ["Strict"]

_MOST = 10**18
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal, or turn the direction of what stands beside them."""


class Strict:
    """An object of a partner's document.

    Parameters
    ----------
    document: as JSON gave it.
    where: how a person knows it, for messages: ``the dataset london.trees``.

    Raises
    ------
    BadRequest: it is no object, or, by every method, a member is missing, of another kind, or out
        of bounds.
    """

    def __init__(self, document: object, where: str) -> None:
        self._where = where
        if not isinstance(document, Mapping):
            raise self._wrong("", "is no object")
        self._members: Mapping[str, Any] = document

    def only(self, *names: str) -> None:
        """Expect these members and no others."""
        if set(self._members) != set(names):
            odd = sorted(set(self._members) ^ set(names), key=str)
            raise self._wrong("", f"has other members than it should: {', '.join(odd)[:100]}")

    def has(self, name: str) -> bool:
        """Whether a member is there, and not null."""
        return self._members.get(name) is not None

    def text(
        self, name: str, at_most: int, pattern: re.Pattern[str] | None = None, *, some: bool = False
    ) -> str:
        """A text; ``some``: it may not be empty."""
        return self._text(name, self._members.get(name), at_most, pattern, some=some)

    def optional_text(
        self, name: str, at_most: int, pattern: re.Pattern[str] | None = None
    ) -> str | None:
        """A text, or ``None``."""
        return self.text(name, at_most, pattern) if self.has(name) else None

    def texts(self, name: str, at_most: int, items: int) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._text(name, each, at_most) for each in self._list(name, items))

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        """One of some words."""
        found = self._members.get(name)
        if found not in known:
            raise self._wrong(name, f"is none of {', '.join(known)}")
        return str(found)

    def whole(self, name: str, low: int = 0, high: int = 2**53) -> int:
        """A whole number."""
        found = self._members.get(name)
        if type(found) is not int or not low <= found <= high:
            raise self._wrong(name, f"is no whole number from {low} to {high}")
        return found

    def flag(self, name: str) -> bool:
        """True or false."""
        found = self._members.get(name)
        if not isinstance(found, bool):
            raise self._wrong(name, "is not true or false")
        return found

    def instant(self, name: str) -> datetime:
        """An instant with a zone."""
        try:
            found = datetime.fromisoformat(self.text(name, 40))
        except ValueError as error:
            raise self._wrong(name, "is no instant") from error
        if found.tzinfo is None:
            raise self._wrong(name, "has no time zone")
        return found

    def optional_instant(self, name: str) -> datetime | None:
        """An instant, or ``None``."""
        return self.instant(name) if self.has(name) else None

    def optional_date(self, name: str) -> date | None:
        """A day, or ``None``."""
        if not self.has(name):
            return None
        try:
            return date.fromisoformat(self.text(name, 10))
        except ValueError as error:
            raise self._wrong(name, "is no day") from error

    def bound(self, name: str) -> float | str | None:
        """A number or a text that a value is compared with."""
        found = self._members.get(name)
        if found is None or isinstance(found, str):
            return self.optional_text(name, 100)
        return self._number(name, found)

    def box(self, name: str) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        found = [self._number(name, each) for each in self._list(name, 4)]
        if len(found) != 4:
            raise self._wrong(name, "is no box")
        west, south, east, north = found
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise self._wrong(name, "is no box on this earth")
        return west, south, east, north

    def optional_box(self, name: str) -> tuple[float, float, float, float] | None:
        """A box, or ``None``."""
        return self.box(name) if self.has(name) else None

    def member(self, name: str) -> Strict:
        """An object."""
        return Strict(self._members.get(name), f"{self._where}, {name}")

    def objects(self, name: str, items: int) -> list[Strict]:
        """A list of objects."""
        return [Strict(each, f"{self._where}, {name}") for each in self._list(name, items)]

    def table(self, name: str, items: int, at_most: int) -> dict[str, str]:
        """An object of texts."""
        found = self._members.get(name)
        if not isinstance(found, Mapping) or len(found) > items:
            raise self._wrong(name, f"is no object of at most {items} texts")
        return {
            self._text(name, key, 100): self._text(name, value, at_most)
            for key, value in found.items()
        }

    def raw(self, name: str) -> Any:
        """A member as it came."""
        return self._members.get(name)

    def refuse(self, name: str, why: str) -> BadRequest:
        """The error to raise when a member is wrong for another reason."""
        return self._wrong(name, why)

    def _list(self, name: str, items: int) -> list[Any]:
        found = self._members.get(name)
        if not isinstance(found, list) or len(found) > items:
            raise self._wrong(name, f"is no list of at most {items}")
        return found

    def _text(
        self,
        name: str,
        found: object,
        at_most: int,
        pattern: re.Pattern[str] | None = None,
        *,
        some: bool = False,
    ) -> str:
        if not isinstance(found, str) or len(found) > at_most or (some and not found.strip()):
            raise self._wrong(name, f"is no text of at most {at_most} characters")
        if _UNSHOWN.search(found):
            raise self._wrong(name, "has characters that can't be shown")
        if pattern is not None and not pattern.fullmatch(found):
            raise self._wrong(name, "is not written as it has to be")
        return found

    def _number(self, name: str, found: object) -> float:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self._wrong(name, "is no number")
        if not -_MOST <= found <= _MOST:
            raise self._wrong(name, "is no number that can be")
        return float(found)

    def _wrong(self, name: str, why: str) -> BadRequest:
        part = f"{self._where}: {name} {why}" if name else f"{self._where} {why}"
        return BadRequest(
            f"{part[0].upper()}{part[1:]}.",
            advice="Nothing of it was taken in; both nodes may need the same version.",
            part=name or None,
        )
