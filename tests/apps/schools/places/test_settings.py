"""A wrong line of a pack is refused with its file, its line and its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interurban.apps.schools.places.outlook import outlook_of_city
from interurban.apps.schools.places.settings import place_settings
from interurban.apps.schools.places.table import area_table, school_table, totals_of
from interurban.apps.schools.places.words import place_words
from interurban.apps.schools.reading import open_atlas
from interurban.catalog.node import Node
from interurban.core.errors import ConfigurationError
from interurban.standards.yaml_file import read_yaml

from .conftest import OpenAtlas, said

RULES = "rules:\n  - {id: a, title: A, efficient: [0.8, 1.2]}\n"
NURSERY = """scorecard:
  dataset: london.place_scorecard
  stages:
    - {stage: nursery, roll: Pupils}
"""


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("capacity: chicago.school_capacity\n", 1, "at least one rule"),
        (f"{RULES}capacity: chicago.no_such\n", 3, 'no dataset "chicago.no_such"'),
        (f"{RULES}capacity: chicago.schools\n", 3, "not of the standard school_capacity"),
        ("rules:\n  - {id: a, title: A, efficient: [1.2, 0.8]}\n", 2, "not above the second"),
        (
            "rules:\n  - id: a\n    title: A\n    efficient: [1, 1]\n    per_room: 30\n",
            5,
            "go together",
        ),
        (f"{RULES}  - {{id: a, title: B, efficient: [1, 1]}}\n", 1, "the same id"),
        (f"{RULES}capacitty: chicago.school_capacity\n", 3, "not known"),
        (
            f"{RULES}{NURSERY}",
            6,
            '"nursery" is not one of',
        ),
    ],
)
def test_a_wrong_line_is_named(
    text: str, line: int, words: str, places_node: Node, atlas_of: OpenAtlas, tmp_path: Path
) -> None:
    file = tmp_path / "schools.yaml"
    file.write_text(text)
    settings = atlas_of("chicago").settings
    wrong = replace(settings, extra={"places": read_yaml(file, "schools.yaml")})
    with pytest.raises(ConfigurationError, match=words) as caught:
        place_settings(wrong, places_node.packs)
    assert caught.value.file == "schools.yaml"
    assert caught.value.line == line


def test_a_city_may_say_nothing_of_places(places_node: Node, atlas_of: OpenAtlas) -> None:
    silent = replace(atlas_of("chicago").settings, extra={})
    assert place_settings(silent, places_node.packs) is None


def test_every_rule_of_both_cities_can_be_checked_by_hand(atlas_of: OpenAtlas) -> None:
    for city in ("chicago", "london"):
        for rule in said(atlas_of(city)).rules:
            assert rule.formula.startswith("places = ")
            assert rule.source, f"{city}: {rule.id} says where it is written"


def test_an_empty_home_has_no_rows_no_forecast_and_says_what_it_lacks(tmp_path: Path) -> None:
    with Node(tmp_path / "home") as node:
        for city in ("chicago", "london"):
            atlas = open_atlas(node, city)
            settings = said(atlas)
            for stage in atlas.settings.stages:
                for make in (school_table, area_table):
                    table = make(atlas, settings, stage, settings.rules[0])
                    assert table.ids == ()
                    assert "are here" in place_words(table, totals_of(table))
            found = outlook_of_city(atlas, settings, None)
            assert found.forecast is None
            assert "projected" in found.words[0]
            assert len(settings.datasets) >= 3
