"""Up to six schools side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interurban.apps.schools.reading import Atlas
from interurban.core.errors import BadRequest

from .card import Card, card_of

__all__ = ["MOST", "Compared", "compared"]

MOST = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """Cards in the order they were asked for.

    Parameters
    ----------
    measures: ids of the measures that any of them has, each once; ``titles`` likewise.
    """

    cards: tuple[Card, ...]
    measures: tuple[str, ...]
    titles: tuple[str, ...]


def compared(atlas: Atlas, schools: Sequence[str]) -> Compared:
    """The cards of some schools.

    Raises
    ------
    BadRequest: none, or more than six. NotFound: nothing is known of one.
    """
    ids = tuple(dict.fromkeys(schools))
    if not 1 <= len(ids) <= MOST:
        raise BadRequest(
            f"{len(ids)} schools can't be compared.",
            advice=f"Name one to {MOST}: schools=100000,100001.",
            part="schools",
        )
    cards = tuple(card_of(atlas, school) for school in ids)
    titles = {one.measure.id: one.measure.title for card in cards for one in card.measures}
    return Compared(cards, tuple(titles), tuple(titles.values()))
