"""`schools places` and `schools forecast`: places, surplus, and pupils to come."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.cli.options import AsJson, Home
from interurban.cli.output import screen, show_json, show_table
from interurban.cli.workspace import MODELLED, open_workspace
from interurban.core.errors import BadRequest

if TYPE_CHECKING:
    from interurban.apps.schools.places.forecasts import ErrorRow, Forecast
    from interurban.apps.schools.places.outlook_words import Outlook
    from interurban.apps.schools.places.projected import Projected
    from interurban.apps.schools.places.settings import PlaceSettings
    from interurban.apps.schools.reading import Atlas
    from interurban.apps.schools.settings import Stage
    from interurban.workspace import Workspace

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
    from interurban.apps.schools.places.asked import rule_named, stage_with_places
    from interurban.apps.schools.places.table import area_table, school_table, totals_of
    from interurban.apps.schools.places.words import place_words

    if by not in ("school", "area"):
        raise BadRequest(f"There is nothing by {by[:40]!r}.", advice="Say school or area.")
    with _opened(home, city) as (workspace, atlas, settings):
        chosen = rule_named(settings, rule, dict(map(_number, number or ())))
        make = school_table if by == "school" else area_table
        wanted = stage_with_places(atlas, settings, stage)
        table = make(atlas, settings, wanted, chosen, year, _runs(workspace, atlas, settings))
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
    words = place_words(table, totals_of(table), atlas.settings.calendar_years)
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
    run: Annotated[
        bool, typer.Option("--run", help="Make a run of it first, kept with all that goes in.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Pupils so far and to come, with bands, and how such forecasts would have done.

    It is out of your newest run; --run makes one: of school_rolls, or, where a scorecard tells of
    whole areas, of area_rolls. Before any, only areas of a scorecard are projected.
    """
    from interurban.apps.schools.places.area_outlook import tested_areas
    from interurban.apps.schools.places.asked import stage_named
    from interurban.apps.schools.places.outlook import (
        outlook_of_area,
        outlook_of_city,
        outlook_of_school,
    )
    from interurban.apps.schools.places.table import projected_areas, scorecard_of

    if school and area:
        raise BadRequest("A school and an area are two questions.", advice="Ask one of them.")
    with _opened(home, city) as (workspace, atlas, settings):
        wanted = stage_named(atlas, stage) if stage else None
        named = wanted or stage_named(atlas, "")
        if run:
            _run(workspace, atlas, settings, wanted, areas=not school)
        runs = _runs(workspace, atlas, settings)
        if each:
            card = scorecard_of(atlas, settings, named)
            if card is None:
                raise BadRequest(
                    f"No scorecard tells of areas of {atlas.city.name}.",
                    advice="Leave out --each-area.",
                )
            areas = projected_areas(atlas, settings, named, card, runs)
            _show_each(
                dict(zip(card.series.areas, card.names, strict=True)),
                [(row, areas.own[row.method, row.years_ahead]) for row in tested_areas(areas)],
            )
            return
        if school:
            found = outlook_of_school(atlas, settings, school, runs)
        elif area:
            found = outlook_of_area(atlas, settings, area, named, runs)
        else:
            found = outlook_of_city(atlas, settings, wanted, runs)
    if as_json:
        show_json(_document(found))
        return
    _show_outlook(found)


@contextmanager
def _opened(home: Path | None, city: str) -> Iterator[tuple[Workspace, Atlas, PlaceSettings]]:
    """The workspace, the atlas of a city, and what it says of its places."""
    from interurban.apps.schools.places.asked import places_said
    from interurban.apps.schools.reading import open_atlas

    with open_workspace(home) as workspace:
        atlas = open_atlas(workspace.node, city)
        yield workspace, atlas, places_said(atlas)


def _runs(workspace: Workspace, atlas: Atlas, settings: PlaceSettings) -> Projected:
    from interurban.apps.schools.places.projected import projected

    return projected(atlas, settings, lambda model: workspace.runs(model=model, city=atlas.city.id))


def _run(
    workspace: Workspace,
    atlas: Atlas,
    settings: PlaceSettings,
    stage: Stage | None,
    *,
    areas: bool,
) -> None:
    """Make the run that a forecast is out of, and wait for it."""
    from interurban.apps.schools.places.projected import how_to_run

    how = how_to_run(atlas, settings, stage, areas=areas)
    if how is None or how.missing:
        lacking = ", ".join(how.missing) if how is not None else "rolls, or a scorecard"
        raise BadRequest(
            f"Nothing can be run in {atlas.city.name} without {lacking}.",
            advice=f"Load it: interurban load {how.missing[0]}." if how else "See its pack.",
        )
    made = workspace.start(
        how.model, how.city, parameters=how.parameters, inputs=how.inputs, title=how.title
    )
    ended = workspace.wait(made.id)
    if ended.state != "successful":
        raise BadRequest(
            ended.error or "The run was stopped.", advice="See it with: interurban runs"
        )
    screen.print(f"Run {ended.id}: {ended.title}, version {ended.version}.", style="dim")


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
    _show_variants(found.forecast)
    _show_errors(found.errors)
    _show_errors(found.entry_errors)
    for sentence in found.words:
        screen.print(sentence)
    if found.forecast is not None:
        screen.print(MODELLED, style="yellow")


def _show_variants(found: Forecast | None) -> None:
    if found is None or not found.variants:
        return
    screen.print("\nVariants")
    show_table(
        ("school year", *found.variants),
        [
            (str(year), *(_whole(float(numbers[at])) for numbers in found.variants.values()))
            for at, year in enumerate(found.years)
        ],
        right=tuple(found.variants),
    )


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


def _show_each(
    names: Mapping[str, str], errors: Sequence[tuple[ErrorRow, Mapping[str, float]]]
) -> None:
    """Mean absolute errors by area and years ahead, and their mean."""
    columns = ("area", *(f"{row.years_ahead} ahead" for row, _ in errors))
    rows = [
        (name, *(_per_cent(own.get(one, math.nan), 1) for _, own in errors))
        for one, name in names.items()
    ]
    rows.append(("mean", *(_per_cent(row.error, 2) for row, _ in errors)))
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
        "variants": {
            title: [
                {"year": year, "pupils": round(float(numbers[at]), 1)}
                for at, year in enumerate(forecast.years)
                if math.isfinite(numbers[at])
            ]
            for title, numbers in (forecast.variants if forecast is not None else {}).items()
            if forecast is not None
        },
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
