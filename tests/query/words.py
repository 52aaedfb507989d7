"""A vocabulary of both cities, small enough to know by heart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa

from interurban.catalog.gazetteer import Gazetteer, PlaceTable
from interurban.core.city import BoundarySet
from interurban.core.standard import Field, Roles
from interurban.query.vocabulary import DatasetWords, Vocabulary

from .cities import CHICAGO, LONDON

NOW = datetime(2018, 8, 16, 2, 30, tzinfo=UTC)
"""Wednesday 15 August 2018, 21:30 in Chicago; Thursday 16 August, 03:30 in London."""

CHICAGO_WITH_WARDS = replace(
    CHICAGO,
    boundaries=(
        BoundarySet("community areas", "chicago.community_areas", "community area"),
        BoundarySet("neighborhoods", "chicago.neighborhoods", "neighborhood"),
        BoundarySet("wards", "chicago.wards_2015", "ward", date(2015, 5, 18), date(2023, 5, 14)),
        BoundarySet("wards", "chicago.wards_2023", "ward", date(2023, 5, 15)),
        BoundarySet("ZIP codes", "chicago.zip_codes", "ZIP code"),
    ),
)
LONDON_WITH_WARDS = replace(
    LONDON,
    boundaries=(
        BoundarySet("boroughs", "london.boroughs", "borough", date(2022, 12, 1)),
        BoundarySet("boroughs", "london.boroughs_2014", "borough", None, date(2022, 11, 30)),
        BoundarySet("wards", "london.wards_2014", "ward", date(2014, 5, 22), date(2018, 5, 2)),
    ),
)

_CRIME = (
    Field("geometry", "geometry"),
    Field("occurred_at", "datetime", "Occurred"),
    Field("category", "string", "Category"),
    Field("primary_type", "string", "Type"),
    Field("location", "string", "Block"),
)
_CRIME_ROLES = Roles(
    time="occurred_at", category="category", search=("primary_type", "description")
)
_FOOD = (
    Field("geometry", "geometry"),
    Field("date", "date", "Inspected"),
    Field("name", "string", "Name"),
    Field("result", "string", "Result"),
    Field("score", "integer", "Score"),
)
_FOOD_ROLES = Roles(time="date", category="result", label="name", search=("name",))
_CATEGORIES = ("theft", "violence", "burglary", "anti-social behaviour", "drugs")

DATASETS = (
    DatasetWords(
        id="chicago.crimes",
        city="chicago",
        title="Crimes",
        fields=(
            *_CRIME,
            Field("ward", "string", "Ward", extra=True),
            Field("arrest", "boolean", "Arrest"),
        ),
        roles=_CRIME_ROLES,
        aliases=("crimes", "crime", "police reports", "offenses"),
        standard="crime_incident@1",
        values={
            "primary_type": ("THEFT", "BATTERY", "MOTOR VEHICLE THEFT", "NARCOTICS"),
            "category": _CATEGORIES,
        },
    ),
    DatasetWords(
        id="chicago.crimes_2019_sample",
        city="chicago",
        title="Crimes of 2019, a sample",
        fields=_CRIME,
        roles=_CRIME_ROLES,
        aliases=("crimes 2019",),
        standard="crime_incident@1",
        values={"category": _CATEGORIES},
    ),
    DatasetWords(
        id="chicago.food_inspections",
        city="chicago",
        title="Food inspections",
        fields=_FOOD,
        roles=_FOOD_ROLES,
        aliases=("food", "food inspections", "restaurants"),
        standard="food_inspection@1",
        values={"result": ("pass", "fail", "pass with conditions")},
    ),
    DatasetWords(
        id="chicago.building_permits",
        city="chicago",
        title="Building permits",
        fields=(
            Field("geometry", "geometry"),
            Field("issued_on", "date", "Issued"),
            Field("cost", "number", "Cost", unit="USD"),
            Field("permit_type", "string", "Type of permit"),
        ),
        roles=Roles(time="issued_on", category="permit_type"),
        aliases=("permits", "building permits"),
        standard="building_permit@1",
    ),
    DatasetWords(
        id="chicago.divvy_stations",
        city="chicago",
        title="Divvy stations",
        fields=(Field("geometry", "geometry"), Field("docks", "integer", "Docks")),
        aliases=("divvy", "shared bikes"),
        standard="bike_station@1",
    ),
    DatasetWords(
        id="london.crimes",
        city="london",
        title="Street crimes",
        fields=_CRIME,
        roles=_CRIME_ROLES,
        aliases=("crimes", "crime", "offences"),
        standard="crime_incident@1",
        values={"category": _CATEGORIES, "primary_type": ("Theft from the person", "Burglary")},
    ),
    DatasetWords(
        id="london.food_hygiene",
        city="london",
        title="Food hygiene ratings",
        fields=_FOOD,
        roles=_FOOD_ROLES,
        aliases=("food", "food hygiene", "restaurants"),
        standard="food_inspection@1",
        values={"result": ("5", "4", "Exempt")},
    ),
    DatasetWords(
        id="london.cycle_hire_stations",
        city="london",
        title="Cycle hire stations",
        fields=(Field("geometry", "geometry"), Field("docks", "integer", "Docks")),
        aliases=("cycle hire", "boris bikes"),
        standard="bike_station@1",
    ),
    DatasetWords(
        id="london.tfl_stations",
        city="london",
        title="Tube stations",
        fields=(Field("geometry", "geometry"), Field("name", "string", "Name")),
        aliases=("tube stations", "tube"),
        standard="transit_stop@1",
    ),
    DatasetWords(
        id="london.house_prices",
        city="london",
        title="House prices",
        fields=(Field("month", "date", "Month"), Field("price", "number", "Price", unit="GBP")),
        roles=Roles(time="month"),
        aliases=("house prices",),
        placed=False,
    ),
)


def _table(*rows: tuple[str, float, float] | tuple[str, float, float, str]) -> pa.Table:
    columns = {
        "label": [row[0] for row in rows],
        "lon": [row[1] for row in rows],
        "lat": [row[2] for row in rows],
    }
    if len(rows[0]) == 4:
        columns["area"] = [row[3] for row in rows]  # type: ignore[misc]
    return pa.table(columns)


PLACES = Gazetteer(
    [
        PlaceTable(
            "chicago",
            "chicago.community_areas",
            "community area",
            _table(
                ("Austin", -87.76, 41.89, "25"),
                ("Loop", -87.63, 41.88, "32"),
                ("Hyde Park", -87.59, 41.79, "41"),
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.neighborhoods",
            "neighborhood",
            _table(
                ("Austin", -87.76, 41.89, "Austin"), ("Wicker Park", -87.68, 41.91, "Wicker Park")
            ),
        ),
        PlaceTable(
            "chicago", "chicago.wards_2015", "ward", _table(("Ward 42", -87.62, 41.89, "42"))
        ),
        PlaceTable(
            "chicago", "chicago.wards_2023", "ward", _table(("Ward 42", -87.62, 41.88, "42"))
        ),
        PlaceTable(
            "chicago",
            "chicago.zip_codes",
            "ZIP code",
            _table(("ZIP 60614", -87.65, 41.92, "60614")),
        ),
        PlaceTable(
            "chicago",
            "chicago.divvy_stations",
            "bike station",
            _table(
                ("Daley Center Plaza", -87.6296, 41.8842), ("Millennium Park", -87.6241, 41.8810)
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.l_stations",
            "station",
            _table(
                ("Clark/Lake", -87.6309, 41.8857),
                ("Pulaski-Lake", -87.7254, 41.8854),
                ("Oak", -87.9, 41.9),
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.intersections",
            "corner",
            _table(
                ("N STATE ST & W MADISON ST", -87.6278, 41.8820),
                ("N MAY ST & W LAKE ST", -87.6556, 41.8854),
            ),
        ),
        PlaceTable(
            "chicago",
            "chicago.schools",
            "school",
            _table(("Lincoln", -87.64, 41.92), ("Lincoln", -87.72, 41.80)),
        ),
        PlaceTable(
            "london",
            "london.boroughs",
            "borough",
            _table(("Hackney", -0.06, 51.55, "E09000012"), ("Camden", -0.16, 51.54, "E09000007")),
        ),
        PlaceTable(
            "london",
            "london.boroughs_2014",
            "borough",
            _table(("Hackney", -0.06, 51.55, "E09000012")),
        ),
        PlaceTable(
            "london",
            "london.wards_2014",
            "ward",
            _table(
                ("Hyde Park", -0.17, 51.51, "E05000640"),
                ("King's Cross", -0.12, 51.53, "E05000137"),
            ),
        ),
        PlaceTable(
            "london",
            "london.tfl_stations",
            "station",
            _table(
                ("King's Cross St. Pancras", -0.1238, 51.5304), ("London Bridge", -0.0864, 51.5052)
            ),
        ),
        PlaceTable(
            "london", "london.national_rail", "station", _table(("King's Cross", -0.1227, 51.5321))
        ),
    ]
)

WORDS = Vocabulary(
    cities={"chicago": CHICAGO_WITH_WARDS, "london": LONDON_WITH_WARDS},
    datasets=DATASETS,
    places=PLACES,
)
