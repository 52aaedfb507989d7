"""What a pack says to the atlas is checked to the last key, and a mistake is named to its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.settings import KEYS, ChildrenSource, Settings, settings_of
from interurban.catalog.packs import load_packs
from interurban.core.errors import ConfigurationError

from . import springfield

MORE = """\
city: springfield
schools: [springfield.newer]
flows:
  - {dataset: springfield.flows, stage: primary, areas: [springfield.areas], hidden_below: 3}
children:
  - {dataset: springfield.scores, areas: [springfield.areas], measure: Score, ages: [5, 17]}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return springfield.write(tmp_path, faulty=False)[0]


def read(*folders: Path, city: str = "springfield") -> Settings:
    settings = settings_of(load_packs(folders), city)
    assert settings is not None
    return settings


def changed(pack: Path, before: str, after: str) -> Path:
    file = pack / "apps" / "schools.yaml"
    text = file.read_text()
    assert text.count(before) >= 1
    file.write_text(text.replace(before, after, 1))
    return file


@pytest.mark.parametrize("city", ["chicago", "london"])
def test_both_cities_say_what_the_atlas_needs(city: str) -> None:
    settings = read(city=city)
    assert len(settings.stages) == 2
    assert settings.schools
    assert settings.flows
    assert settings.children
    assert settings.walking_factor > 1


def test_a_city_that_says_nothing_has_no_atlas(pack: Path) -> None:
    (pack / "apps" / "schools.yaml").unlink()
    assert settings_of(load_packs([pack]), "springfield") is None


@pytest.mark.parametrize(
    ("before", "after", "line", "what"),
    [
        ("class_size: 30", "class_sise: 30", 8, 'not known. Did you mean "class_size"?'),
        ("zones:\n", "zone:\n", 14, 'not known. Did you mean "zones"?'),
        ("springfield.schools]", "springfield.scools]", 9, 'no dataset "springfield.scools"'),
        ("springfield.schools]", "springfield.flows]", 9, "not of the standard school"),
        ("dataset: springfield.flows", "dataset: springfield.rolls", 11, "the standard pupil_flow"),
        ("areas: [springfield.areas,", "areas: [springfield.rolls,", 13, "boundary or attendance"),
        ("    stage: primary", "    stage: middle", 12, "primary"),
        ("year_groups: [0, 6]", "year_groups: [6, 0]", 5, "first must not come after the last"),
        ("ages: [4, 10]", "ages: [4]", 6, "a list of 2 numbers"),
        ("class_size: 30", "class_size: many", 8, "whole number"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    pack: Path, before: str, after: str, line: int, what: str
) -> None:
    file = changed(pack, before, after)
    with pytest.raises(ConfigurationError) as raised:
        read(pack)
    said = str(raised.value)
    assert said.startswith(f"{file}, line {line}")
    assert what in said


def test_a_measure_of_children_needs_its_ages(pack: Path) -> None:
    with (pack / "apps" / "schools.yaml").open("a") as file:
        file.write("children:\n  - dataset: springfield.scores\n    measure: Score\n")
    with pytest.raises(ConfigurationError, match="a measure has ages, and nothing else has"):
        read(pack)


def test_a_pack_without_a_city_adds_to_what_a_city_says(pack: Path, tmp_path: Path) -> None:
    more = added(tmp_path, pack, MORE)
    settings = read(pack, more)
    assert settings.schools == ("springfield.newer", "springfield.schools")
    assert [flow.hidden_below for flow in settings.flows] == [0, 3]
    assert settings.children == (
        ChildrenSource("springfield.scores", ("springfield.areas",), "Score", (5, 17)),
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("city: springfeld\n", "springfeld"),
        ("schools: [springfield.schools]\n", "city"),
        ("city: springfield\nstages: []\n", "line 2, key stages: this key is not known"),
        ("city: springfield\nflows:\n  - {dataset: springfield.no, stage: primary}\n", "line 3"),
    ],
)
def test_what_is_added_is_checked_as_well(pack: Path, tmp_path: Path, text: str, what: str) -> None:
    more = added(tmp_path, pack, text)
    with pytest.raises(ConfigurationError) as raised:
        read(pack, more)
    assert what in str(raised.value)
    assert str(more) in str(raised.value)


def added(folder: Path, pack: Path, text: str) -> Path:
    more = folder / "more"
    for name in ("datasets", "apps"):
        (more / name).mkdir(parents=True)
    schools = (pack / "datasets" / "schools.yaml").read_text()
    newer = schools.replace("springfield.schools", "springfield.newer").replace("[schools]", "[]")
    (more / "datasets" / "newer.yaml").write_text(newer)
    (more / "apps" / "schools.yaml").write_text(text)
    return more


def test_the_documentation_describes_every_key(repository: Path) -> None:
    page = (repository / "docs" / "adding-a-city.md").read_text(encoding="utf-8")
    section = page.split("## apps/schools.yaml")[1].split("\n## ")[0]
    described = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert described == set(KEYS)


def test_the_documented_atlas_is_one(repository: Path, pack: Path) -> None:
    page = (repository / "docs" / "adding-a-city.md").read_text(encoding="utf-8")
    section = page.split("## apps/schools.yaml")[1]
    text = section.split("```yaml\n")[1].split("```")[0]
    children = (pack / "datasets" / "areas.yaml").read_text()
    children = children.replace("boundary@1", "population_by_age@1").replace("areas", "children")
    mapping = "mapping: {area_id: id, age_group: \"'0 to 15'\"}\n"
    children = children.partition("mapping:")[0] + mapping
    (pack / "datasets" / "children.yaml").write_text(children)
    (pack / "apps" / "schools.yaml").write_text(text)
    settings = read(pack)
    assert [walk.metres for walk in settings.stages[0].walking] == [3219, 4828]
    assert settings.zones[0].exact_m == 50
