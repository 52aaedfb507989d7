"""A city whose areas were cut anew between two censuses, with nothing loaded but the areas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from interurban.catalog.loading import Origin
from interurban.catalog.loads import load
from interurban.catalog.node import Node

CITY = """\
id: oldport
name: Oldport
country: United Kingdom
time_zone: Europe/London
crs: EPSG:27700
bounds: [-0.51, 51.28, 0.34, 51.70]
region: [-1.0, 51.0, 0.61, 51.95]
locale: en-GB
units: metric
suppression_threshold: 5
licences:
  - {id: ogl-3, title: OGL, url: "https://example.org/", attribution: Contains information}
boundaries:
  - {name: areas, dataset: oldport.areas_2011, singular: area}
"""
ATLAS = """\
stages:
  - id: primary
    name: Primary
    phases: [primary]
    year_groups: [0, 6]
    ages: [4, 10]
    class_size: 30
  - id: secondary
    name: Secondary
    phases: [secondary]
    year_groups: [7, 11]
    ages: [11, 15]
    class_size: 30
children:
  - {dataset: oldport.children, areas: [oldport.areas_2011, oldport.areas_2021]}
"""
DATASET = """\
id: oldport.{name}
title: {name}
summary: Of a city that exists in tests alone.
theme: boundaries
publisher: Oldport
licence: ogl-3
attribution: Oldport
frequency: once
standard: {standard}
mirror: {{type: files, path: {name}.geojson}}
mapping: {{{mapping}}}
"""
IN_BOTH = [f"E0100000{at}" for at in range(8)]
ONLY_2011 = ["E01001100", "E01001101"]
ONLY_2021 = ["E01032100", "E01032101"]


def make(folder: Path) -> None:
    """Write the city's pack, and make a home with the areas of both vintages loaded."""
    pack, files = folder / "oldport", folder / "files"
    for made in (pack / "datasets", pack / "apps", files):
        made.mkdir(parents=True)
    (pack / "city.yaml").write_text(CITY)
    (pack / "apps" / "schools.yaml").write_text(ATLAS)
    said = {
        "areas_2011": ("boundary@1", "area_id: id, geometry: geometry"),
        "areas_2021": ("boundary@1", "area_id: id, geometry: geometry"),
        "children": ("population_by_age@1", "area_id: id, age_group: \"'0 to 15'\""),
    }
    for name, (standard, mapping) in said.items():
        text = DATASET.format(name=name, standard=standard, mapping=mapping)
        (pack / "datasets" / f"{name}.yaml").write_text(text)
    _areas(files / "areas_2011.geojson", [*IN_BOTH, *ONLY_2011])
    _areas(files / "areas_2021.geojson", [*IN_BOTH, *ONLY_2021])
    with Node(folder / "home", packs=[pack]) as node:
        for name in ("areas_2011", "areas_2021"):
            load(node, f"oldport.{name}", Origin(mirror=files))


def _areas(file: Path, codes: Sequence[str]) -> None:
    features = []
    for at, code in enumerate(codes):
        west, south = -0.2 + at * 0.01, 51.5
        ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"id": code}, "geometry": shape})
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
