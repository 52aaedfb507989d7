"""`schools card` and `schools compare`: schools beside their city and those most like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interurban.cli.options import Home, TableFormat, open_node
from interurban.cli.output import screen, show_json, show_table

if TYPE_CHECKING:
    from interurban.apps.schools.card.card import Card, CardMeasure
    from interurban.apps.schools.card.measures import Mean

__all__ = ["card", "compare"]

_CITY = typer.Argument(metavar="CITY", help="As in: chicago, london.")
_FORM = typer.Option("--format", "-f", help="How to write it: table or json.")


def card(
    city: Annotated[str, _CITY],
    school: Annotated[str, typer.Argument(metavar="ID", help="A school's id; a closed one's too.")],
    form: Annotated[TableFormat, _FORM] = TableFormat.table,
    home: Home = None,
) -> None:
    """One school: facts, measures beside the city's, rolls, what came before and after it."""
    from interurban.apps.schools.card.card import card_of
    from interurban.apps.schools.card.document import card_document
    from interurban.apps.schools.reading import open_atlas

    with open_node(home) as node:
        found = card_of(open_atlas(node, city), school)
    if form is TableFormat.json:
        show_json(card_document(found))
    else:
        _show(found)


def compare(
    city: Annotated[str, _CITY],
    schools: Annotated[list[str], typer.Argument(metavar="ID ...", help="One to six ids.")],
    form: Annotated[TableFormat, _FORM] = TableFormat.table,
    home: Home = None,
) -> None:
    """Up to six schools side by side. There is no overall score, and no order."""
    from interurban.apps.schools.card.compare import compared
    from interurban.apps.schools.card.document import card_document
    from interurban.apps.schools.reading import open_atlas

    with open_node(home) as node:
        found = compared(open_atlas(node, city), schools)
    if form is TableFormat.json:
        documents = [card_document(one) for one in found.cards]
        show_json({"schools": documents, "measures": list(found.measures)})
        return
    rows = []
    for measure, title in zip(found.measures, found.titles, strict=True):
        by_id = [{one.measure.id: one for one in each.measures} for each in found.cards]
        rows.append([title, *(_value(each.get(measure)) for each in by_id)])
    show_table(["", *(each.name for each in found.cards)], rows)


def _show(found: Card) -> None:
    from interurban.apps.schools.card.document import card_document

    screen.print(f"{found.name} ({found.id})", style="bold")
    if found.facts:
        show_table(
            ["", "", "of"],
            [[fact.label, f"{fact.value} {fact.unit}".strip(), fact.year] for fact in found.facts],
        )
    if found.measures:
        screen.print()
        show_table(
            ["measure", "here", "city", "similar", "of"],
            [
                [
                    one.measure.title,
                    _value(one),
                    _mean(one.city),
                    _mean(one.similar),
                    f"{one.measure.year}, {one.measure.cohort}".rstrip(", "),
                ]
                for one in found.measures
            ],
            right=("here", "city", "similar"),
        )
    if found.series:
        told = ", ".join(f"{year} {pupils:,.0f}" for year, pupils in found.series)
        screen.print(f"Pupils: {told}.", soft_wrap=True)
    for note in card_document(found)["succession"]["notes"]:
        screen.print(note, soft_wrap=True)
    for stale in found.stale:
        screen.print(f"{stale.what} is of {stale.as_of}. {stale.why}", style="yellow")
    if found.similar:
        named = "; ".join(f"{one.name} ({one.id})" for one in found.similar)
        screen.print(f"Similar: {named}.", soft_wrap=True)
        screen.print(found.method, style="dim", soft_wrap=True)


def _value(one: CardMeasure | None) -> str:
    """The number, or in words why there is none; never 0 for a hidden one."""
    if one is None:
        return ""
    if one.value is None:
        return one.words or one.status
    return f"{one.value:,.1f} {one.measure.unit}".strip()


def _mean(found: Mean) -> str:
    return "" if found.value is None else f"{found.value:,.1f}"
