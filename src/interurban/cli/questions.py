"""The options that narrow a question, and the `Query` they mean.

They are the parameters of the URL dialect under the same names, read by the same code, so that a
line of the terminal and a link give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest

if TYPE_CHECKING:
    from interurban.catalog.node import Node
    from interurban.core.query import Query
    from interurban.query.parameters import Kind

__all__ = [
    "AsOf",
    "Asked",
    "Bbox",
    "Fields",
    "Filter",
    "In",
    "Narrowing",
    "Near",
    "Sort",
    "Text",
    "When",
    "Where",
    "narrowed",
    "read_question",
]

_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

Filter = Annotated[
    str | None,
    typer.Option("--filter", metavar="CQL2", help='A condition, as "arrest = TRUE".'),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="FIELD=VALUE", help="Equal to; again for another value."),
]
Text = Annotated[
    str | None, typer.Option("--text", metavar="WORDS", help="Words found in the text fields.")
]
When = Annotated[
    str | None,
    typer.Option(
        "--when",
        metavar="INTERVAL",
        help="A day, or as 2018-01-01/2018-01-31, 2018-05-01/..",
    ),
]
Near = Annotated[
    str | None,
    typer.Option("--near", metavar="LON,LAT,METRES", help="Within a distance of a point."),
]
Bbox = Annotated[
    str | None, typer.Option("--bbox", metavar="W,S,E,N", help="In a rectangle of degrees.")
]
In = Annotated[
    list[str] | None,
    typer.Option("--in", metavar="DATASET:AREA", help="In an area, as london.boroughs:E09000012."),
]
Fields = Annotated[str | None, typer.Option("--fields", metavar="A,B", help="Only these fields.")]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="FIELD", help="Sort; -FIELD for largest first.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="WHEN", help="An older version: its number, or an instant."),
]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the options said, as they were typed."""

    filter: str | None = None
    where: Sequence[str] = ()
    text: str | None = None
    when: str | None = None
    near: str | None = None
    bbox: str | None = None
    areas: Sequence[str] = ()
    fields: str | None = None
    sort: str | None = None
    as_of: str | None = None
    measures: str | None = None
    by: str | None = None

    def parameters(self) -> Iterator[tuple[str, str]]:
        """The same as parameters of the URL dialect."""
        for name, value in (
            ("filter", self.filter),
            ("q", self.text),
            ("datetime", self.when),
            ("near", self.near),
            ("bbox", self.bbox),
            ("properties", self.fields),
            ("sortby", self.sort),
            ("as_of", self.as_of),
            ("measures", self.measures),
            ("by", self.by),
        ):
            if value is not None:
                yield name, value
        for area in self.areas:
            yield "in", area
        for pair in self.where:
            name, equals, value = pair.partition("=")
            if not equals:
                raise BadRequest(
                    f"--where {pair} has no = between field and value.",
                    advice="Write it as --where status=open.",
                    part="where",
                )
            yield name, value


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: a question for each dataset, and what the line was understood as.

    Parameters
    ----------
    understood: the parts of a search line in words; empty when a dataset was named by its id.
    remarks: words that could not be used, and hints.
    """

    questions: tuple[Query, ...]
    understood: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_question(node: Node, what: str, city: str | None) -> Asked:
    """A dataset by its id, or a search line in plain words.

    Raises
    ------
    UnknownDataset: it looks like an id, and is none.
    BadRequest: a line that means no dataset.
    """
    from interurban.core.query import Query

    if what in {dataset.id for dataset in node.datasets()} or _ID.fullmatch(what):
        return Asked((Query(node.snapshot(what).dataset),))
    phrase = node.phrase(what, node.city(city).id if city is not None else None)
    remarks = [f"Not understood: {unread.text}" for unread in phrase.unread]
    if not phrase.queries:
        raise BadRequest(
            f"No dataset is meant by {what!r}.",
            advice=" ".join(phrase.hints) or 'Name one, as in: crimes near "Daley Center" 400 m.',
            part="q",
        )
    return Asked(
        questions=phrase.queries,
        understood=tuple(chip.label for chip in phrase.chips),
        remarks=(*remarks, *phrase.hints),
    )


def narrowed(node: Node, base: Query, narrowing: Narrowing, limit: int | None, kind: Kind) -> Query:
    """A question, narrowed further by what the options say.

    Raises
    ------
    BadRequest: one of them cannot be read; ``part`` names it.
    """
    from interurban.core.query import And
    from interurban.query.parameters import read_parameters

    snapshot = node.snapshot(base.dataset)
    city = node.city(node.dataset(base.dataset).city)
    more = read_parameters(narrowing.parameters(), snapshot, city, kind)
    conditions = tuple(each for each in (base.where, more.where) if each is not None)
    return replace(
        more,
        where=And(conditions) if len(conditions) > 1 else next(iter(conditions), None),
        places=(*base.places, *more.places),
        times=(*base.times, *more.times),
        limit=limit,
    )
