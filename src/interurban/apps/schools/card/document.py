"""A card as JSON: the same on every road out."""

from __future__ import annotations

from typing import Any

from .card import Card, CardMeasure
from .links import Link

__all__ = ["card_document"]

_DIGITS = 3


def card_document(card: Card) -> dict[str, Any]:
    """The members of a card; sources are for whoever answers to add."""
    return {
        "id": card.id,
        "name": card.name,
        "open": card.open,
        "stages": list(card.stages),
        "lon": card.lon,
        "lat": card.lat,
        "facts": [
            {
                "id": fact.field,
                "label": fact.label,
                "value": fact.value,
                "unit": fact.unit,
                "year": fact.year,
                "source": fact.dataset,
            }
            for fact in card.facts
        ],
        "measures": [_measure(one) for one in card.measures],
        "series": [{"year": year, "pupils": _whole(pupils)} for year, pupils in card.series],
        "succession": {
            "before": [_linked(link, before=True) for link in card.before],
            "after": [_linked(link, before=False) for link in card.after],
            "heirs": [{"id": one, "name": name} for one, name in card.heirs],
            "changes": [
                {"year": one.year, "kind": one.kind, "was": one.was, "now": one.now}
                for one in card.changes
            ],
            "flows_under": [
                {"id": one, "name": name, "dataset": dataset}
                for one, name, dataset in card.flows_under
            ],
            "notes": _notes(card),
        },
        "similar": [
            {
                "id": one.id,
                "name": one.name,
                "distance_m": None if one.metres is None else round(one.metres),
                "gap": round(one.gap, _DIGITS),
                "why": one.why,
            }
            for one in card.similar
        ],
        "similar_how": card.method,
        "programmes": list(card.programmes),
        "stale": [{"what": one.what, "as_of": one.as_of, "why": one.why} for one in card.stale],
    }


def _measure(one: CardMeasure) -> dict[str, Any]:
    measure = one.measure
    return {
        "id": measure.id,
        "label": measure.title,
        "value": None if one.value is None else round(one.value, _DIGITS),
        "status": one.status,
        "words": one.words,
        "unit": measure.unit,
        "year": measure.year,
        "cohort": measure.cohort,
        "city": _rounded(one.city.value),
        "city_schools": one.city.schools,
        "city_hidden": one.city.hidden,
        "similar": _rounded(one.similar.value),
        "similar_schools": one.similar.schools,
        "weighted": "pupils" if one.city.weighted else "schools",
        "higher_is": "neutral" if measure.neutral or measure.counted else "",
        "source": measure.dataset,
    }


def _linked(link: Link, *, before: bool) -> dict[str, Any]:
    one, name = (link.before, link.before_name) if before else (link.after, link.after_name)
    return {
        "id": one,
        "name": name or one,
        "kind": link.said_kind,
        "date": link.when,
        "done": link.done,
        "source": link.dataset,
    }


def _notes(card: Card) -> list[str]:
    notes = [change.words() for change in card.changes]
    if not card.open:
        if card.heirs:
            named = ", ".join(f"{name} ({one})" for one, name in card.heirs)
            notes.append(f"It is no longer open; it went on as {named}.")
        elif card.after:
            notes.append("It is no longer open, and no school that came after it is known as open.")
        else:
            notes.append("It is no longer open, and nothing tells what came after it.")
    for one, name, _ in card.flows_under:
        notes.append(f"Flows of pupils are under {one}, the id of {name} before it.")
    if len({link.before for link in card.before}) > 1:
        notes.append("More than one school came before it.")
    if len({link.after for link in card.after}) > 1:
        notes.append("More than one school came after it.")
    return notes


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, _DIGITS)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
