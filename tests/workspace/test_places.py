"""What a run gives for areas of the city lies on the map, under the areas' names."""

from __future__ import annotations

from pathlib import Path

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from interurban.core.query import ByArea, Measure, Query
from interurban.workspace import Catalogue, Workspace

from .conftest import MODULE
from .growth import population_csv


def test_outputs_of_boroughs_are_on_the_map(shared_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(population_csv(areas=("E09000007", "E09000012")))
    with Node(tmp_path / "home") as node, Workspace(node, Catalogue((MODULE,))) as workspace:
        load(node, "london.boroughs", Origin(shared_data))
        begun = workspace.start("growth", "london", inputs={"population": file})
        ended = workspace.wait(begun.id, 120)
        assert (ended.state, ended.error) == ("successful", "")
        dataset = ended.outputs["projected"].dataset
        snapshot = node.snapshot(dataset)
        assert (snapshot.geometry, snapshot.placed) == ("point", snapshot.rows)
        places = node.snapshot("london.boroughs")
        assert snapshot.source.reading["places"] == f"london.boroughs@{places.version}"
        by_borough = Query(
            dataset, measures=(Measure("count"),), groups=(ByArea("london.boroughs"),)
        )
        found = node.aggregate(by_borough).to_pylist()
        assert sorted(row["count"] for row in found if row["count"]) == [40, 40]
        names = set(workspace.output(ended.id, "projected").column("area_name").to_pylist())
        assert names == {"Camden", "Hackney"}
        assert node.tile(Query(dataset), 8, 127, 85)
