"""What a pack says to the atlas is checked to the last key, and a mistake is named to its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.settings import (
    KEYS,
    ChildrenSource,
    Settings,
    ZoneSource,
    settings_of,
)
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


SECOND = """\
  - id: secondary
    name: Secondary
    phases: [secondary]
    year_groups: [7, 11]
    ages: [11, 15]
    class_size: 30
schools: [springfield.schools]
"""


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        ("id: secondary", "id: primary", "line 9, key stages[1].id", "Give each stage its own id."),
        ("id: secondary", "id: a/b", "line 9, key stages[1].id", "Use small letters, digits"),
        ("[secondary]", "[secundary]", "line 11, key stages[1].phases", 'mean "secondary"?'),
        ("[7, 11]", "[-3, -1]", "line 12, key stages[1].year_groups", "from the youngest on"),
        ("[7, 11]", "[7.5, 11]", "line 12, key stages[1].year_groups", "whole numbers"),
        (
            "phases: [secondary]\n    year_groups: [7, 11]",
            "phases: [primary]\n    year_groups: [6, 11]",
            "line 12, key stages[1].year_groups",
            'year group 6 of primary schools is in the stage "primary" too',
        ),
        ("class_size: 30\nschools", "class_size: 0\nschools", "line 14", "at least one pupil"),
        ("schools: [s", "school_year: termly\nschools: [s", "line 15", "calendar, across"),
        ("schools: [s", "\tschools: [s", "line 15", "this is not YAML"),
        ("schools: [s", "schools: &a [*a, s", "line 15, key schools", "a list of texts"),
        ("schools: [springfield.schools]", "schools: springfield.schools", "line 15", "[one, two]"),
        ("[springfield.schools]", "[springfield.schols]", "line 15", 'mean "springfield.schools"'),
        ("[springfield.schools]", "[springfield.rolls]", "line 15", "it is of school_roll@1"),
    ],
)
def test_a_mistake_comes_with_what_to_do(
    pack: Path, before: str, after: str, where: str, what: str
) -> None:
    changed(pack, "schools: [springfield.schools]\n", SECOND)
    file = changed(pack, before, after)
    with pytest.raises(ConfigurationError) as raised:
        read(pack)
    said = str(raised.value)
    assert said.startswith(f"{file}, {where}")
    assert what in said


def test_stages_may_share_year_groups_when_no_school_is_of_both(pack: Path) -> None:
    changed(pack, "schools: [springfield.schools]\n", SECOND.replace("[7, 11]", "[5, 11]"))
    assert [stage.year_groups for stage in read(pack).stages] == [(0, 6), (5, 11)]


def test_a_school_year_may_lie_in_one_calendar_year(pack: Path) -> None:
    assert not read(pack).calendar_years
    changed(pack, "stages:", "school_year: calendar\nstages:")
    assert read(pack).calendar_years


def test_the_schools_of_a_zone_stand_apart_as_the_pack_says(pack: Path) -> None:
    changed(pack, "stage: primary}", "stage: primary, split: ','}")
    zones = read(pack).zones[0]
    assert zones.schools_in("19K938, 19K159") == ("19K938", "19K159")
    assert zones.schools_in(None) == ("",)
    assert ZoneSource("springfield.zones", "primary").schools_in("A,B") == ("A,B",)


def test_flows_of_one_dataset_stand_once(pack: Path) -> None:
    again = "flows:\n  - {dataset: springfield.flows, stage: primary, areas: [springfield.areas]}\n"
    changed(pack, "flows:\n", again)
    with pytest.raises(ConfigurationError, match=r"springfield\.flows already stands above"):
        read(pack)
