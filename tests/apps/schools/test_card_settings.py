"""Sections card, links and layers of a pack: what is wrong is named with its file and line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interurban.apps.schools.card.settings import card_settings, link_datasets
from interurban.apps.schools.layers.settings import layer_settings
from interurban.apps.schools.settings import Settings, settings_of
from interurban.catalog.packs import Packs, load_packs
from interurban.core.errors import ConfigurationError
from interurban.standards.yaml_file import read_yaml_text


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs()


def said(packs: Packs, text: str) -> Settings:
    bundled = settings_of(packs, "london")
    assert bundled is not None
    sections = read_yaml_text(text, "apps/schools.yaml")
    extra = {name: sections.section(name) for name in sections}
    return replace(bundled, extra={name: one for name, one in extra.items() if one is not None})


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_the_bundled_sections_hold(packs: Packs, city: str) -> None:
    settings = settings_of(packs, city)
    assert settings is not None
    assert card_settings(settings, packs).datasets
    assert link_datasets(settings, packs)
    assert len(layer_settings(settings, packs).layers) >= 5


def test_a_city_that_says_nothing_has_cards_of_facts_alone(packs: Packs) -> None:
    nothing = replace(said(packs, "card: {}"), extra={})
    assert card_settings(nothing, packs).datasets == ()
    assert link_datasets(nothing, packs) == ()
    assert layer_settings(nothing, packs).layers == ()


_WIDE = "id: a, title: A, dataset: london.schools, field: pupils"
WRONG = {
    "card: {roll: []}": (1, "card.roll", "not known"),
    "card:\n  rolls: [london.nothing]": (2, "card.rolls", 'no dataset "london.nothing"'),
    "card:\n  rolls: [london.schools]": (2, "card.rolls", "not of the standard school_roll"),
    f"card:\n  measures:\n    - {{{_WIDE}}}": (3, "year", "missing"),
    f"card:\n  measures:\n    - {{{_WIDE}, year: 1}}\n    - {{{_WIDE}, year: 2}}": (
        3,
        "id",
        'two measures "a"',
    ),
    "card:\n  measures:\n    - {dataset: london.schools}": (3, "dataset", "school_measure"),
    "card:\n  sizes:\n    - {dataset: london.schools}": (3, "dataset", "a year or a measure"),
    "card:\n  similar: {count: 0}": (2, "card.similar.count", "at least 1"),
    "links:\n  datasets: [london.schools]": (2, "links.datasets", "school_link"),
}
WRONG_LAYERS = {
    "layers:\n  areas: [london.schools]": (2, "areas", "boundary"),
    "layers:\n  list:\n    - {id: a, title: A, dataset: london.schools, kind: rate}": (
        3,
        "field",
        "must be named",
    ),
    "layers:\n  list:\n    - {id: a, title: A, dataset: london.deprivation, kind: share}": (
        3,
        "kind",
        "not one of rate, stock",
    ),
    "layers:\n  list:\n    - {id: a, title: A, dataset: london.deprivation, kind: rate, "
    "ages: [0, 4]}": (3, "ages", "population_by_age"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_in_card_or_links_is_named_to_the_line(packs: Packs, text: str) -> None:
    line, part, what = WRONG[text]
    settings = said(packs, text)
    read = link_datasets if text.startswith("links") else card_settings
    with pytest.raises(ConfigurationError, match=what) as wrong:
        read(settings, packs)
    assert (wrong.value.file, wrong.value.line) == ("apps/schools.yaml", line)
    assert part in (wrong.value.part or "")


@pytest.mark.parametrize("text", WRONG_LAYERS)
def test_a_mistake_in_layers_is_named_to_the_line(packs: Packs, text: str) -> None:
    line, part, what = WRONG_LAYERS[text]
    with pytest.raises(ConfigurationError, match=what) as wrong:
        layer_settings(said(packs, text), packs)
    assert (wrong.value.file, wrong.value.line) == ("apps/schools.yaml", line)
    assert part in (wrong.value.part or "")
