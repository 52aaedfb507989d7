"""A city of four areas with every fault that the report looks for, and its sound twin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node
from tests.third_city import city_with

WEST, SOUTH, STEP = -89.70, 39.70, 0.01

CITY = city_with("{name: city, dataset: springfield.outline, singular: city}")

ATLAS = """\
stages:
  - id: primary
    name: Primary
    phases: [primary]
    year_groups: [0, 6]
    ages: [4, 10]
    walking: []
    class_size: 30
schools: [springfield.schools]
flows:
  - dataset: springfield.flows
    stage: primary
    areas: [springfield.areas, springfield.old_areas]
zones:
  - {dataset: springfield.zones, stage: primary}
card:
  rolls: [springfield.rolls]
  measures:
    - {dataset: springfield.measures}
links: {datasets: [springfield.links]}
layers:
  areas: [springfield.areas, springfield.old_areas]
  list:
    - {id: score, title: Score, dataset: springfield.scores, kind: rate}
"""

_DATASET = """\
id: springfield.{name}
title: {title}
summary: A table of a city that exists in tests alone.
theme: education
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: once
standard: {standard}
aliases: [{name}]
mirror: {{type: files, path: {path}}}
mapping:
{mapping}
"""

_TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "schools": (
        "Schools",
        "school@1",
        {
            "school_id": "id",
            "name": "name",
            "phase": "'primary'",
            "admissions": "admissions",
            "grades": "ages",
            "pupils": "whole(pupils)",
            "lowest_age": "whole(low)",
            "highest_age": "whole(high)",
            "status": "'open'",
            "geometry": "point(lon, lat)",
        },
    ),
    "flows": (
        "Flows",
        "pupil_flow@1",
        {
            "area_id": "area",
            "school_id": "school",
            "year": "2020",
            "pupils": "number(pupils)",
            "area_total": "number(area_total)",
            "school_total": "number(school_total)",
        },
    ),
    "capacities": (
        "Capacities",
        "school_capacity@1",
        {"school_id": "school", "year": "2020", "capacity": "number(places)"},
    ),
    "links": (
        "Links",
        "school_link@1",
        {"school_id": "before", "linked_id": "after", "kind": "'successor'", "status": "'done'"},
    ),
    "rolls": (
        "Rolls",
        "school_roll@1",
        {
            "school_id": "school",
            "school_name": "name",
            "year": "whole(year)",
            "year_group": "3",
            "pupils": "number(pupils)",
        },
    ),
    "measures": (
        "Measures",
        "school_measure@1",
        {
            "school_id": "school",
            "measure": "'Score'",
            "cohort": "'all pupils'",
            "year": "2020",
            "value": "number(value)",
            "unit": "'%'",
            "status": "status",
        },
    ),
    "scores": (
        "Scores",
        "area_statistic@1",
        {"area_id": "area", "measure": "'Score'", "value": "number(value)"},
    ),
    "areas": (
        "Areas of 2020",
        "boundary@1",
        {"area_id": "id", "name": "id", "geometry": "geometry"},
    ),
    "old_areas": (
        "Areas of 2010",
        "boundary@1",
        {"area_id": "id", "name": "id", "geometry": "geometry"},
    ),
    "outline": (
        "Outline",
        "boundary@1",
        {"area_id": "id", "name": "id", "geometry": "geometry"},
    ),
    "zones": (
        "Zones",
        "attendance_zone@1",
        {
            "zone_id": "id",
            "school_id": "school",
            "name": "id",
            "stage": "'primary'",
            "geometry": "geometry",
        },
    ),
}

Box = tuple[float, float, float, float]


def box(column: float, row: float, columns: float = 1.0, rows: float = 1.0) -> Box:
    """A rectangle of the grid, in steps from its lower left corner; west, south, east, north."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return west, south, west + columns * STEP, south + rows * STEP


def middle(column: float, row: float) -> tuple[float, float]:
    """The middle of a square of the grid; longitude, latitude."""
    west, south, east, north = box(column, row)
    return (west + east) / 2, (south + north) / 2


def write(folder: Path, *, faulty: bool) -> tuple[Path, Path]:
    """The pack and the files of the city; its folders."""
    pack, files = folder / "springfield", folder / "files"
    (pack / "datasets").mkdir(parents=True)
    (pack / "apps").mkdir()
    files.mkdir()
    (pack / "city.yaml").write_text(CITY)
    (pack / "apps" / "schools.yaml").write_text(ATLAS)
    for name, (title, standard, mapping) in _TABLES.items():
        shaped = name in ("areas", "old_areas", "outline", "zones")
        path = f"{name}.geojson" if shaped else f"{name}.csv"
        lines = "\n".join(f"  {field}: >-\n    {sql}" for field, sql in mapping.items())
        said = _DATASET.format(name=name, title=title, standard=standard, path=path, mapping=lines)
        (pack / "datasets" / f"{name}.yaml").write_text(said)
    _write_areas(files, faulty=faulty)
    _write_schools(files, faulty=faulty)
    _write_tables(files, faulty=faulty)
    return pack, files


def opened(folder: Path, *, faulty: bool) -> Node:
    """A node with the city loaded."""
    pack, files = write(folder, faulty=faulty)
    node = Node(folder / "home", packs=[pack])
    for name in _TABLES:
        load(node, f"springfield.{name}", Origin(mirror=files))
    return node


def _write_areas(files: Path, *, faulty: bool) -> None:
    squares = {"N1": box(0, 0), "N2": box(1, 0), "N3": box(0, 1), "N4": box(1, 1)}
    _shapes(files / "areas.geojson", [({"id": one}, at) for one, at in squares.items()])
    old = {"O1": box(0, 0, 2, 1), "N3": squares["N3"], "N4": squares["N4"]}
    _shapes(files / "old_areas.geojson", [({"id": one}, at) for one, at in old.items()])
    _shapes(files / "outline.geojson", [({"id": "all"}, box(0, 0, 2, 2))])
    zones: list[tuple[dict[str, str], Box]] = [
        ({"id": "Z1", "school": "S1"}, squares["N1"]),
        ({"id": "Z2", "school": "S2"}, squares["N2"]),
        ({"id": "Z3", "school": "S3"}, squares["N3"]),
        ({"id": "Z4", "school": "S4"}, squares["N4"]),
    ]
    if faulty:
        zones = [
            zones[0],
            ({"id": "Z2", "school": "S2"}, box(0.5, 0, 1.5, 1)),
            ({"id": "Z3", "school": "S99"}, squares["N3"]),
        ]
    _shapes(files / "zones.geojson", zones)


def _write_schools(files: Path, *, faulty: bool) -> None:
    at = {"S1": (0, 0), "S2": (1, 0), "S3": (0, 1), "S4": (1, 1)}
    names = {"S1": "Alpha School", "S2": "Beta School", "S3": "Gamma School", "S4": "Delta School"}
    rows = [
        [one, names[one], "zone", 100, "5 - 11", 5, 11, *middle(*place)]
        for one, place in at.items()
    ]
    if faulty:
        rows[1][7:] = middle(1, 1)
        rows[3][2] = ""
        rows += [
            rows[2],
            ["S5", "Delta Primary", "", 100, "5 - 11", 5, 11, *middle(1, 1)],
            ["S6", "Epsilon School", "", 100, "5 - 11", 5, 11, "", ""],
            ["S7", "Zeta School", "", 100, "5 - 11", 5, 11, WEST + 0.2, SOUTH],
            ["S8", "Eta School", "", 100, "5 - 11", 5, 11, 1_100_000, 1_900_000],
            ["S9", "Theta School", "", 100, "5 - 11", 11, 5, *middle(0.1, 0.2)],
            ["S10", "Iota School", "", 0, "11-May", 5, 11, *middle(0.2, 0.1)],
        ]
        rows[3][7:] = middle(1, 1)
        rows[1][7:] = middle(0.3, 1)
    header = ("id", "name", "admissions", "pupils", "ages", "low", "high", "lon", "lat")
    _rows(files / "schools.csv", header, rows)


def _write_tables(files: Path, *, faulty: bool) -> None:
    flows = [
        ["N1", "S1", 10, 10, 14],
        ["N2", "S1", 4, 4, 14],
        ["N3", "S3", 7, 7, 7],
        ["N4", "S12", 6, 6, 6],
    ]
    links = [["S12", "S1"], ["S21", "S1"]]
    capacities = [["S1", 120], ["S2", 90]]
    rolls = [["S1", "Alpha", year, 100] for year in range(2015, 2021)]
    scores: list[list[object]] = [["N1", 1], ["N2", 3], ["N3", 5], ["N4", 7]]
    if faulty:
        flows[0][3] = 8
        flows += [["O1", "S3", 5, 5, 12], ["N4", "S11", 9, 15, 9]]
        flows[2][4], flows[3][3] = 12, 15
        links += [["S20", "S21"], ["S21", "S20"]]
        capacities = [["S1", 0], ["S2", 50]]
        rolls += [["S3", "Gamma", year, 50] for year in (2015, 2016, 2019, 2020)]
        scores = [["O1", 2], ["N2", 3], ["N3", 5], ["N4", 7]]
    _rows(files / "flows.csv", ("area", "school", "pupils", "area_total", "school_total"), flows)
    _rows(files / "links.csv", ("before", "after"), links)
    _rows(files / "capacities.csv", ("school", "places"), capacities)
    _rows(files / "rolls.csv", ("school", "name", "year", "pupils"), rolls)
    _rows(files / "scores.csv", ("area", "value"), scores)
    _rows(
        files / "measures.csv",
        ("school", "value", "status"),
        [["S1", 40, "shown"], ["S2", "", "hidden"], ["S3", "", "not applicable"]],
    )


def _rows(file: Path, header: tuple[str, ...], rows: Sequence[Sequence[object]]) -> None:
    lines = [",".join(header), *(",".join(str(cell) for cell in row) for row in rows)]
    file.write_text("\n".join(lines) + "\n")


def _shapes(file: Path, shapes: list[tuple[dict[str, str], Box]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": said,
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]],
            },
        }
        for said, (w, s, e, n) in shapes
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
