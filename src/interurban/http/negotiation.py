"""Which representation a client gets: `f=` first, then `Accept`; and which content coding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from interurban.core.errors import BadRequest

from .problems import NotAcceptable

__all__ = ["Format", "choose_coding", "choose_format", "wants_html"]

_ELEMENT = re.compile(
    r"\s*(?P<name>[\w.+*-]+(?:/[\w.+*-]+)?)\s*(?P<params>(?:;[^,]*)?)\s*", re.ASCII
)
_WEIGHT = re.compile(r";\s*q\s*=\s*(?P<q>[01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Format:
    """A representation: its name in ``f=``, its media type, and the ending of its files.

    ``also`` are further names of it that clients are used to.
    """

    name: str
    media_type: str
    ending: str
    also: tuple[str, ...] = ()


def choose_format(request: Request, offered: Sequence[Format]) -> Format:
    """The representation of an answer.

    Parameters
    ----------
    offered: what there is; the first is given where the client does not mind.

    Raises
    ------
    BadRequest: ``f`` names none of them.
    NotAcceptable: ``Accept`` allows none of them.
    """
    asked = request.query_params.getlist("f")
    if asked:
        for form in offered:
            if len(asked) == 1 and asked[0] in (form.name, *form.also):
                return form
        raise BadRequest(
            f"There is no representation {', '.join(asked)[:80]!r} of this.",
            advice=f"f is one of {', '.join(form.name for form in offered)}.",
            part="f",
        )
    ranges = _weighted(request.headers.get("accept", ""))
    if not ranges:
        return offered[0]
    weights = [_media_weight(form.media_type, ranges) for form in offered]
    best = max(weights)
    if best > 0:
        return offered[weights.index(best)]
    raise NotAcceptable(
        "None of the media types in Accept is offered here.",
        advice=f"Offered are {', '.join(form.media_type for form in offered)}.",
        part="Accept",
    )


def wants_html(request: Request) -> bool:
    """Whether a browser asks for a page: HTML is named, and nothing of ours is liked better."""
    ranges = _weighted(request.headers.get("accept", ""))
    html = ranges.get("text/html", 0.0)
    return html > 0 and html >= ranges.get("application/json", 0.0)


def choose_coding(accept_encoding: str, offered: Sequence[str]) -> str | None:
    """The content coding of an answer, or ``None`` to send it as it is.

    Parameters
    ----------
    accept_encoding: the header's value.
    offered: codings in the order the server likes them; among equally weighted the first wins.
    """
    weights = _weighted(accept_encoding)
    anything = weights.get("*", 0.0)
    ranked = [(weights.get(coding, anything), coding) for coding in offered]
    best = max((weight for weight, _ in ranked), default=0.0)
    if best <= 0 or best < weights.get("identity", 0.0):
        return None
    return next(coding for weight, coding in ranked if weight == best)


def _media_weight(media_type: str, ranges: dict[str, float]) -> float:
    """The weight of the most precise range that matches."""
    precise = media_type.lower().replace(" ", "")
    bare = precise.partition(";")[0]
    major = bare.partition("/")[0]
    # GeoJSON, problem and schema documents are JSON; a client that asks for JSON can read them.
    plain = ["application/json"] if bare.endswith("+json") else []
    for candidate in (precise, bare, *plain, f"{major}/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0


def _weighted(header: str) -> dict[str, float]:
    """Elements of an ``Accept`` or ``Accept-Encoding`` header and their weights; broken ones go.

    A media range keeps its parameters: ``...+json;version=3.0`` is not ``...+json``.
    """
    weights: dict[str, float] = {}
    for element in header.split(","):
        match = _ELEMENT.fullmatch(element)
        if match is None:
            continue
        weight = _WEIGHT.search(match["params"])
        kept = _WEIGHT.sub(";", match["params"]).strip("; ").replace(" ", "").lower()
        name = match["name"].lower() + (f";{kept}" if kept else "")
        weights[name] = min(1.0, float(weight["q"])) if weight else 1.0
    return weights
