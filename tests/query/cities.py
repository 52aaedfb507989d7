"""A city and a dataset to ask about."""

from __future__ import annotations

from datetime import UTC, datetime

from interurban.core.city import City
from interurban.core.dataset import Snapshot, SourceFacts
from interurban.core.standard import Field, Roles

CHICAGO = City(
    id="chicago",
    name="Chicago",
    country="US",
    time_zone="America/Chicago",
    crs="EPSG:26971",
    bounds=(-87.94, 41.64, -87.52, 42.02),
    region=(-88.0, 41.55, -87.4, 42.15),
    locale="en-US",
    units="imperial",
    suppression_threshold=5,
)
LONDON = City(
    id="london",
    name="London",
    country="GB",
    time_zone="Europe/London",
    crs="EPSG:27700",
    bounds=(-0.51, 51.29, 0.33, 51.69),
    region=(-0.6, 51.2, 0.4, 51.8),
    locale="en-GB",
    units="metric",
    suppression_threshold=5,
)

CRIMES = Snapshot(
    dataset="chicago.crimes",
    version=7,
    committed_at=datetime(2018, 8, 9, tzinfo=UTC),
    rows=156_385,
    placed=156_385,
    left_out=0,
    blanked=0,
    fields=(
        Field("geometry", "geometry"),
        Field("occurred_at", "datetime"),
        Field("primary_type", "string"),
        Field("ward", "string"),
        Field("arrest", "boolean"),
        Field("cost", "number", unit="USD"),
        Field("victims", "integer"),
        Field("reported_on", "date"),
        Field("limit", "integer"),
    ),
    roles=Roles(time="occurred_at", category="primary_type", search=("primary_type",)),
    geometry="point",
    bbox=(-87.94, 41.64, -87.52, 42.02),
    time_extent=(datetime(2018, 1, 1, 6, tzinfo=UTC), datetime(2018, 8, 9, 4, tzinfo=UTC)),
    standard="crime_incident@1",
    source=SourceFacts(origin="crimes_2018.csv.gz", kind="mirror"),
    mapping_hash="m",
    content_hash="c",
)
