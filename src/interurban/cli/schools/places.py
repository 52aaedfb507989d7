"""`schools places` and `schools forecast`: places, surplus, and pupils to come."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.cli.options import AsJson, Home
from interurban.cli.output import screen, show_json, show_table
from interurban.cli.workspace import MODELLED, open_workspace
from interurban.core.errors import BadRequest

if TYPE_CHECKING:
    from interurban.apps.schools.places.forecasts import ErrorRow, Forecast, RollForecasts
    from interurban.apps.schools.places.outlook import Outlook
    from interurban.apps.schools.reading import Atlas

__all__ = ["forecast", "places"]

City = Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")]
StageId = Annotated[str, typer.Option("--stage", metavar="ID", help="The city's first without it.")]


def places(
    city: City,
    stage: StageId = "",
    by: Annotated[str, typer.Option("--by", metavar="ROWS", help="school or area.")] = "area",
    rule: Annotated[
        str, typer.Option("--rule", metavar="ID", help="How places are counted; own with --set.")
    ] = "",
    number: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A number of your own rule. Repeatable."),
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="School year of the pupils; else the newest.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 40,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Places, pupils and surplus of a stage's schools, or of areas.

    As in: interurban schools places chicago --stage elementary --rule own --set per_room=25.
    """
    from interurban.apps.schools.places.asked import places_said, rule_named, stage_with_places
    from interurban.apps.schools.places.table import area_table, school_table, totals_of
    from interurban.apps.schools.places.words import place_words

    if by not in ("school", "area"):
        raise BadRequest(f"There is nothing by {by[:40]!r}.", advice="Say school or area.")
    with _opened(home, city) as (atlas, rolls):
        settings = places_said(atlas)
        chosen = rule_named(settings, rule, dict(map(_number, number or ())))
        make = school_table if by == "school" else area_table
        table = make(
            atlas, settings, stage_with_places(atlas, settings, stage), chosen, year, rolls
        )
    columns = ("id", "name", "places", "pupils", "surplus", "used", "band", "forms", "to come")
    rows = [
        (
            table.ids[at],
            table.names[at],
            _whole(table.capacity[at]),
            _whole(table.pupils[at]),
            _whole(table.surplus[at]),
            _per_cent(table.utilisation[at], 0),
            table.bands[at],
            _whole(table.forms[at]),
            _last(table.forecasts[at]),
        )
        for at in range(len(table.ids))
    ]
    words = place_words(table, totals_of(table))
    if as_json:
        show_json(
            {
                "stage": table.stage.id,
                "year": table.year,
                "rule": chosen.id,
                "formula": chosen.formula,
                "rows": [dict(zip(columns, row, strict=True)) for row in rows],
                "words": words,
            }
        )
        return
    show_table(columns, rows[:limit], right=("places", "pupils", "surplus", "used", "forms"))
    if len(rows) > limit:
        screen.print(f"{limit} of {len(rows):,} rows.", style="dim")
    screen.print(f"{chosen.title}: {chosen.formula}.", style="dim")
    screen.print(words)


def forecast(
    city: City,
    school: Annotated[str, typer.Option("--school", metavar="ID", help="One school.")] = "",
    area: Annotated[str, typer.Option("--area", metavar="CODE", help="One area.")] = "",
    stage: StageId = "",
    each: Annotated[
        bool, typer.Option("--each-area", help="How forecasts did, area by area.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Pupils so far and to come, with bands, and how such forecasts would have done.

    Of schools it is out of your newest run of school_rolls: interurban run school_rolls --city ...
    """
    from interurban.apps.schools.places.asked import places_said, stage_named
    from interurban.apps.schools.places.outlook import (
        area_back_test,
        outlook_of_area,
        outlook_of_city,
        outlook_of_school,
    )

    if school and area:
        raise BadRequest("A school and an area are two questions.", advice="Ask one of them.")
    with _opened(home, city) as (atlas, rolls):
        settings = places_said(atlas)
        if each:
            names, tested = area_back_test(atlas, settings, stage_named(atlas, stage))
            own = [row for row in tested if row.method == "forecast"]
            _show_each(names, [(row.years_ahead, row.by_area.tolist(), row.error) for row in own])
            return
        if school:
            found = outlook_of_school(atlas, settings, school, rolls)
        elif area:
            found = outlook_of_area(atlas, settings, area, stage_named(atlas, stage), rolls)
        else:
            found = outlook_of_city(
                atlas, settings, stage_named(atlas, stage) if stage else None, rolls
            )
    if as_json:
        show_json(_document(found))
        return
    _show_outlook(found)


@contextmanager
def _opened(home: Path | None, city: str) -> Iterator[tuple[Atlas, RollForecasts | None]]:
    """The atlas of a city, and what the newest run of the roll model projects there."""
    from interurban.apps.schools.places.forecasts import ROLLS_MODEL, newest_run, read_run
    from interurban.apps.schools.reading import open_atlas

    with open_workspace(home) as workspace:
        atlas = open_atlas(workspace.node, city)
        run = newest_run(atlas, workspace.runs(model=ROLLS_MODEL, city=city))
        yield atlas, None if run is None else read_run(atlas, run)


def _show_outlook(found: Outlook) -> None:
    screen.print(f"{found.subject}", style="bold")
    rows: list[tuple[Any, ...]] = [
        (str(year), "", "", _whole(pupils), "", "") for year, pupils in found.observed
    ]
    if found.forecast is not None:
        ends = found.forecast.ends
        rows += [
            (str(year), *(_whole(ends[end, at]) for end in range(len(ends))))
            for at, year in enumerate(found.forecast.years)
        ]
    columns = ("school year", "95 % from", "80 % from", "pupils", "80 % to", "95 % to")
    show_table(columns, rows, right=columns)
    _show_errors(found.errors)
    _show_errors(found.entry_errors)
    for sentence in found.words:
        screen.print(sentence)
    if found.forecast is not None:
        screen.print(MODELLED, style="yellow")


def _show_errors(errors: Sequence[ErrorRow]) -> None:
    if not errors:
        return
    screen.print(f"\nHow forecasts did: {errors[0].subject}")
    show_table(
        ("years ahead", "method", "error", "bias", "80 % held", "95 % held", "comparisons"),
        [
            (
                row.years_ahead,
                f"{row.method} (an indication)" if row.note else row.method,
                _per_cent(row.error, 1),
                _per_cent(row.bias, 1),
                _per_cent(row.coverage_80, 0),
                _per_cent(row.coverage_95, 0),
                row.cases,
            )
            for row in errors
        ],
        right=("error", "bias", "80 % held", "95 % held", "comparisons"),
    )


def _show_each(names: Sequence[str], errors: Sequence[tuple[int, list[float], float]]) -> None:
    """Mean absolute errors by area and years ahead, and their mean."""
    columns = ("area", *(f"{ahead} ahead" for ahead, _, _ in errors))
    rows = [
        (name, *(_per_cent(by_area[at], 1) for _, by_area, _ in errors))
        for at, name in enumerate(names)
    ]
    rows.append(("mean", *(_per_cent(error, 2) for _, _, error in errors)))
    show_table(columns, rows, right=columns[1:])


def _document(found: Outlook) -> dict[str, Any]:
    from interurban.apps.schools.places.forecasts import ENDS

    forecast = found.forecast
    return {
        "subject": found.subject,
        "run": found.run or None,
        "observed": [{"year": year, "pupils": pupils} for year, pupils in found.observed],
        "forecast": []
        if forecast is None
        else [
            {
                "year": year,
                **{end: round(float(forecast.ends[k, at]), 1) for k, end in enumerate(ENDS)},
            }
            for at, year in enumerate(forecast.years)
        ],
        "words": " ".join(found.words),
    }


def _number(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise BadRequest(f"{text[:60]!r} is no NAME=VALUE.", part="set") from None


def _last(found: Forecast | None) -> str:
    """The median of the last year ahead, and that year."""
    if found is None:
        return ""
    return f"{found.ends[2, -1]:,.0f} ({found.years[-1]})"


def _whole(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else ""


def _per_cent(value: float, decimals: int) -> str:
    return f"{100 * value:.{decimals}f} %" if math.isfinite(value) else ""
