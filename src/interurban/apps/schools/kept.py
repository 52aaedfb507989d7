"""What the atlas has worked out, kept by what it was worked out from."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from interurban.catalog.packs import Packs
from interurban.core.city import City

from .settings import Settings, settings_of

__all__ = ["Kept"]

T = TypeVar("T")

_KEPT = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """One thing that was worked out, or is being worked out now."""

    versions: tuple[object, ...]
    made: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the packs say to the atlas of a city, and a hash of all that."""

    packs: Packs
    settings: Settings | None
    mark: str


class Kept:
    """What was asked for last. Any thread may ask: one makes a thing, and the others wait for it.

    Parameters
    ----------
    most: things that are kept; the least recently asked is forgotten first.
    """

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._found: OrderedDict[tuple[object, ...], _Held] = OrderedDict()
        self._said: dict[str, _Said] = {}
        self._lock = Lock()

    def get(
        self, what: tuple[object, ...], make: Callable[[], T], versions: tuple[object, ...] = ()
    ) -> T:
        """A thing of some versions, made now if it is not there.

        It takes the place of the same thing of other versions. When making it fails, whoever waits
        for it tries again: it may have failed because nobody waited for the one who made it.

        Parameters
        ----------
        what: says all that the thing depends on, but for the versions.
        """
        while True:
            with self._lock:
                held = self._found.get(what)
                if held is None or held.versions != versions:
                    mine = self._found[what] = _Held(versions)
                    self._found.move_to_end(what)
                    while len(self._found) > self._most:
                        self._found.popitem(last=False)
                    break
                self._found.move_to_end(what)
            wait([held.made])
            if held.made.exception() is None:
                found: T = held.made.result()
                return found
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                if self._found.get(what) is mine:
                    del self._found[what]
            mine.made.set_exception(error)
            raise
        mine.made.set_result(made)
        return made

    def settings(self, packs: Packs, city: str) -> tuple[Settings | None, str]:
        """What the packs say of a city, read once, and a mark that changes whenever that does.

        Raises
        ------
        ConfigurationError: a key is wrong; names the file and the line.
        """
        said = self._said.get(city)
        if said is None or said.packs is not packs:
            settings = settings_of(packs, city)
            mark = "" if settings is None else _mark(packs.cities[city], settings)
            said = self._said[city] = _Said(packs, settings, mark)
        return said.settings, said.mark


def _mark(city: City, settings: Settings) -> str:
    """SHA-256 of all that is said, hex: the same words give the same, whenever they were read."""
    said = (*sorted(settings.extra.items()), *settings.added)
    sections = [(name, section.options(())) for name, section in said]
    text = f"{city} {replace(settings, extra={}, added=())} {sections}"
    return hashlib.sha256(text.encode()).hexdigest()
