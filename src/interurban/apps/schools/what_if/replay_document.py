"""Closings of the past in words and plain values."""

from __future__ import annotations

import math
from typing import Any

from .replay import Replay

__all__ = ["replay_document"]

_REPLAYED = (
    "Where these pupils lived is modelled: each school's pupils are shared out among the zones of "
    "that year by distance, children and zone. Each school that closed names those that were to "
    "take its pupils, and they draw them as the school of a zone draws its children. Nothing that "
    "happened later was used, but for the change of schools without a part in it, by which all "
    "forecasts are multiplied, and the share who follow."
)
_FOLLOWED = (
    "Of the pupils of a school that closed, {share:.0%} are taken to follow the decision to the "
    "schools that were named, in equal parts, whatever they would choose. The share was estimated "
    "on every second of the named schools and forecasts the others ({halves}); no school's own "
    "number was used for its forecast."
)


def replay_document(found: Replay) -> dict[str, Any]:
    """Closings of the past: what was forecast, what happened, and how far off each way was."""
    receiving = found.receiving
    gained = sum(one.after - one.unchanged for one in receiving)
    moved = sum(one.predicted - one.unchanged for one in receiving)
    return {
        "stage": found.source.stage,
        "year": found.source.year,
        "modelled": True,
        "closed": [
            {
                "id": one.id,
                "name": one.name,
                "lon": _degrees(one.lon),
                "lat": _degrees(one.lat),
                "pupils": _whole(one.pupils),
                "to": list(one.to),
            }
            for one in found.closed
        ],
        "receiving": [
            {
                "id": one.id,
                "name": one.name,
                "lon": _degrees(one.lon),
                "lat": _degrees(one.lat),
                "before": _whole(one.before),
                "predicted": _whole(one.predicted - one.before),
                "chosen": _whole(one.chosen - one.before),
                "happened": _whole(one.after - one.before),
                "naive": _whole(one.naive - one.before),
            }
            for one in receiving
        ],
        "not_carried_out": list(found.not_carried_out),
        "fit": {
            "schools": len(receiving),
            "error": round(found.model.mean, 1),
            "error_choice": round(found.choice.mean, 1),
            "error_naive": round(found.naive.mean, 1),
            "error_unchanged": round(found.unchanged.mean, 1),
            "error_share": _share(found.model.share),
            "error_share_choice": _share(found.choice.share),
            "error_share_naive": _share(found.naive.share),
            "error_share_unchanged": _share(found.unchanged.share),
            "bias": round(found.model.bias, 1),
            "bias_choice": round(found.choice.bias, 1),
            "bias_naive": round(found.naive.bias, 1),
            "following": _share(found.following),
            "following_halves": [_share(one) for one in found.halves],
            "pupils_closed": _whole(sum(one.pupils for one in found.closed)),
            "gained": _whole(gained),
            "gained_predicted": _whole(moved),
            "gained_chosen": _whole(sum(one.chosen - one.unchanged for one in receiving)),
            "change_elsewhere": round(found.change, 4),
        },
        "words": (
            f"{len(found.closed)} schools closed after {found.source.year}-"
            f"{(found.source.year + 1) % 100:02d}. Of the {len(receiving)} schools that were named "
            f"to take their pupils, the model is off by {found.model.mean:.0f} pupils a school; if "
            f"nobody followed the decision and all chose, by {found.choice.mean:.0f}; if the named "
            f"schools took everybody, by {found.naive.mean:.0f}; and if nobody came, by "
            f"{found.unchanged.mean:.0f}. They gained {gained:,.0f} pupils, where the model has "
            f"{moved:,.0f}."
        ),
        "assumptions": [
            _REPLAYED,
            _FOLLOWED.format(
                share=found.following,
                halves=" and ".join(f"{one:.0%}" for one in found.halves),
            ),
        ],
    }


def _degrees(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def _share(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
