"""An answer to a what-if question in words and plain values, and as rows of a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from interurban.apps.schools.subjects import Indices
from interurban.apps.schools.words import distance

from .asking import Answer
from .before import Before
from .changes import Change, Close, change_words
from .outcome import Outcome, Receiver

__all__ = [
    "ASSUMPTIONS",
    "area_rows",
    "receiving_rows",
    "state_document",
    "what_if_csv",
    "what_if_document",
]

ASSUMPTIONS = (
    "Whoever need not move stays: only pupils of schools that close, shrink or lose their zone "
    "look for another, and those whom a new or larger school draws away.\n"
    "They choose among the other schools as the pupils of the same area do now, in the fitted "
    "model of distance, district, zone and attraction.\n"
    "Girls and boys keep out of each other's schools, pupils of special schools stay with special "
    "schools, and selective schools take none from other schools.\n"
    "All year groups of the flows move together; siblings, waiting lists and offers are not "
    "known.\n"
    "Distances are straight lines from a point inside the home area."
).split("\n")
_HOLD = "Full schools take nobody: where too many come, each area gets the same part of the places."
_REPORT = "Full schools take whoever comes; the numbers say by how many pupils they are over full."
_FOLLOWING = (
    "Of the pupils of a school that closes and names others, {share:.0%} go to these in equal "
    "parts, whatever they would choose, as they did at closings of the past."
)
_NO_PLACES = "No places are published for these schools, so none is said to be over full."
_PLACES = (
    "Places are those published for school year {year}; they may count year groups that the flows "
    "do not, such as a sixth form."
)
_MODELLED = "Pupils of this stage are modelled: where they live was never published."


def state_document(before: Before) -> dict[str, Any]:
    """How things are before any change, so far as a planner has to know."""
    areas, schools, pupils = len(before.area), len(before.school), float(before.rolls.sum())
    how = "as the model has them" if before.modelled else "as they were counted"
    return {
        "flows": before.flows,
        "stage": before.stage,
        "year": before.year,
        "modelled": before.modelled,
        "hidden_below": before.below,
        "areas": areas,
        "schools": schools,
        "pupils": _whole(pupils),
        "words": f"{_whole(pupils):,} pupils of {areas:,} areas at {schools:,} schools, {how}, "
        "choose anew wherever a change leaves them no school or brings them another.",
    }


def what_if_document(
    answer: Answer,
    changes: Sequence[Change],
    names: dict[str, str],
    *,
    hold: bool,
    units: str = "metric",
) -> dict[str, Any]:
    """What follows from some changes, without the areas (see ``area_rows``).

    Parameters
    ----------
    names: of schools and areas by id.
    units: of the sentence, ``metric`` or ``imperial``; numbers are metres.
    """
    after, outcome = answer.after, answer.outcome
    before = after.before
    schools, pupils = before.schools, before.rolls
    closed = [int(before.school[column]) for column in after.closed]
    return {
        "flows": before.flows,
        "stage": before.stage,
        "year": before.year,
        "modelled": True,
        "hidden_below": before.below,
        "changes": [{"words": change_words(one, names)} for one in changes],
        "pupils": _whole(float(pupils.sum())),
        "moved": _whole(outcome.moved),
        "added": _whole(outcome.added),
        "unplaced": _whole(outcome.unplaced),
        "extra_m_mean": _metres(outcome.extra_m_mean),
        "extra_m_total": _metres(outcome.extra_m),
        "closed": [
            {
                "id": schools.ids[at],
                "name": schools.names[at],
                "lon": round(float(schools.lonlat[at, 0]), 6),
                "lat": round(float(schools.lonlat[at, 1]), 6),
                "pupils": _whole(float(pupils[column])),
            }
            for at, column in zip(closed, after.closed, strict=True)
        ],
        "opened": [
            row
            for row in receiving_rows(outcome.receiving + outcome.losing)
            if row["id"].startswith("new-")
        ],
        "receiving": receiving_rows(outcome.receiving),
        "losing": receiving_rows(outcome.losing),
        "over": _whole(sum(one.over for one in outcome.receiving)),
        "who": [
            {
                "group": one.group,
                "kind": one.group,
                "title": one.title,
                "label": one.label,
                "pupils": _whole(one.pupils),
                "share": _share(one.share),
                "city_share": _share(one.city_share),
            }
            for one in outcome.who
        ],
        "words": _words(outcome, len(after.closed), units),
        "assumptions": _assumptions(answer, changes, hold),
        "solved_ms": round(1000 * answer.seconds, 1),
    }


def receiving_rows(receivers: Sequence[Receiver]) -> list[dict[str, Any]]:
    """Schools whose number of pupils changes."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "lon": round(one.lon, 6),
            "lat": round(one.lat, 6),
            "before": _whole(one.before),
            "after": _whole(one.after),
            "more": _whole(one.after) - _whole(one.before),
            "capacity": _whole(one.capacity) if math.isfinite(one.capacity) else None,
            "capacity_year": one.capacity_year or None,
            "over": _whole(one.over),
        }
        for one in receivers
    ]


def area_rows(answer: Answer) -> tuple[Indices, list[dict[str, Any]]]:
    """Areas from which pupils move, the one with the most first, as places and plain values.

    A number below the threshold of the flows is not told: the model is no nearer than that.
    """
    before, outcome = answer.after.before, answer.outcome
    moved = outcome.area_moved + answer.after.added
    rows = np.flatnonzero(moved >= 0.5)
    rows = rows[np.argsort(-moved[rows], kind="stable")]
    places = before.area[rows]
    said = []
    for row, at in zip(rows.tolist(), places.tolist(), strict=True):
        few = moved[row] < before.below
        said.append(
            {
                "id": before.areas.ids[at],
                "name": before.areas.names[at],
                "pupils_moved": None if few else _whole(float(outcome.area_moved[row])),
                "extra_m": _metres(float(outcome.area_extra_m[row])),
            }
        )
    return places, said


def what_if_csv(answer: Answer) -> str:
    """Totals, schools, groups and areas as one long table: CSV by RFC 4180."""
    head = what_if_document(answer, (), {}, hold=False)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("what", "id", "name", "measure", "value", "unit"))
    for name in ("moved", "added", "unplaced", "extra_m_mean", "extra_m_total"):
        writer.writerow(("all", "", "", name, head[name], "m" if "_m_" in name else "pupils"))
    for what in ("closed", "receiving", "losing"):
        for row in head[what]:
            for name in ("pupils", "before", "after", "capacity", "over"):
                if name in row:
                    writer.writerow(
                        (what, row["id"], _safe(row["name"]), name, row[name], "pupils")
                    )
    for row in head["who"]:
        for name in ("pupils", "share", "city_share"):
            unit = "pupils" if name == "pupils" else "share"
            writer.writerow(("who", row["group"], row["label"], name, row[name], unit))
    for row in area_rows(answer)[1]:
        for name, unit in (("pupils_moved", "pupils"), ("extra_m", "m")):
            writer.writerow(("area", row["id"], _safe(row["name"]), name, row[name], unit))
    return out.getvalue()


def _safe(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _words(outcome: Outcome, closed: int, units: str) -> str:
    if outcome.moved < 0.5 and outcome.added < 0.5:
        return "Nobody would have to move."
    said = []
    if outcome.moved >= 0.5:
        moved = f"{_whole(outcome.moved):,} pupils would move"
        if closed:
            moved += f" as {closed} school{' closes' if closed == 1 else 's close'}"
        if math.isfinite(outcome.extra_m_mean):
            farther = "farther from" if outcome.extra_m_mean >= 0 else "nearer to"
            moved += f", {distance(abs(outcome.extra_m_mean), units)} {farther} school on average"
        said.append(moved + ".")
    if outcome.added >= 0.5:
        said.append(f"{_whole(outcome.added):,} pupils of new homes would need a place.")
    over = [one for one in outcome.receiving if one.over >= 0.5 and one.after - one.before >= 1]
    if over:
        most = max(over, key=lambda one: one.over)
        several = f"{len(over)} schools" if len(over) > 1 else "One school"
        said.append(f"{several} would have more pupils than places, {most.name} the most.")
    if outcome.unplaced >= 0.5:
        said.append(f"{_whole(outcome.unplaced):,} would find no place.")
    return " ".join(said)


def _assumptions(answer: Answer, changes: Sequence[Change], hold: bool) -> list[str]:
    before = answer.after.before
    said = [*ASSUMPTIONS, _HOLD if hold else _REPORT]
    if before.following and any(isinstance(one, Close) and one.to for one in changes):
        said.append(_FOLLOWING.format(share=before.following))
    years = sorted({one.capacity_year for one in answer.outcome.receiving if one.capacity_year})
    if years:
        said.append(_PLACES.format(year=" and ".join(str(year) for year in years)))
    elif not np.isfinite(before.places).any():
        said.append(_NO_PLACES)
    return [_MODELLED, *said] if before.modelled else said


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def _share(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _metres(value: float) -> int | None:
    return round(value) if math.isfinite(value) else None
