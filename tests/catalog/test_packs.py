"""City packs: the bundled ones hold, a third city needs no code, a mistake is named to the line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.third_city import city_with

from interurban.catalog.pack_dataset import BASEMAPS, DATASET_KEYS, FREQUENCIES, THEMES
from interurban.catalog.packs import Packs, load_packs
from interurban.core.dataset import Unpivot
from interurban.core.errors import ConfigurationError, MappingError
from interurban.sources import CONNECTORS, Fetching, open_source
from interurban.standards import check_mapping, load_standards

CITY = city_with(
    "{name: wards, dataset: springfield.wards, singular: ward, valid_from: 2023-05-15}"
)
WARDS = """\
id: springfield.wards
title: Wards
summary: The ten wards of the city.
theme: boundaries
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: once
standard: boundary
aliases: [wards]
mirror: {type: files, path: wards.geojson}
mapping:
  area_id: WARD
  name: concat('Ward ', WARD)
  geometry: geometry
"""
LIGHTS = """\
id: springfield.lights
title: Street lights
summary: Lights that a resident said were out.
theme: services
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: daily
standard: service_request@1
aliases: [lights, street lights]
roles: {category: lamp}
live:
  type: socrata
  domain: data.example.org
  dataset: abcd-1234
  mapping:
    requested_datetime: to_time(created)
mirror:
  type: files
  path: lights.csv
  mapping:
    requested_datetime: to_time(Created, '%m/%d/%Y')
  extra:
    pole: {sql: whole(Pole), type: integer, title: Pole, unit: poles}
mapping:
  service_request_id: id
  service_name: "'Street light'"
extra:
  lamp: clean(lamp)
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "springfield"
    (folder / "datasets").mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY)
    (folder / "datasets" / "wards.yaml").write_text(WARDS)
    (folder / "datasets" / "lights.yaml").write_text(LIGHTS)
    return folder


@pytest.fixture(scope="module")
def bundled() -> Packs:
    return load_packs()


def test_both_cities_bring_their_datasets(bundled: Packs) -> None:
    assert set(bundled.cities) == {"chicago", "london"}
    for city in bundled.cities:
        assert sum(d.city == city for d in bundled.datasets.values()) >= 25


def test_every_bundled_dataset_is_complete(bundled: Packs) -> None:
    for dataset in bundled.datasets.values():
        licences = {licence.id for licence in bundled.cities[dataset.city].licences}
        assert dataset.licence in licences
        assert dataset.standard is None or dataset.standard in load_standards()
        assert dataset.mirror is not None or dataset.live is not None


def test_every_bundled_mapping_holds(bundled: Packs) -> None:
    standards, checked = load_standards(), 0
    for dataset in bundled.datasets.values():
        for source in (dataset.live, dataset.mirror):
            if source is not None and source.mapping is not None:
                standard = standards[dataset.standard] if dataset.standard else None
                check_mapping(source.mapping, standard)
                checked += 1
    assert checked > 150


def test_every_mirror_file_is_there(bundled: Packs, shared_data: Path) -> None:
    paths = {d.id: d.mirror.options["path"] for d in bundled.datasets.values() if d.mirror}
    assert [name for name, path in paths.items() if not (shared_data / path).is_file()] == []


def test_a_third_city_needs_a_folder_and_no_code(pack: Path) -> None:
    packs = load_packs([pack])
    city = packs.cities["springfield"]
    assert city.bounds == (-89.8, 39.6, -89.5, 39.9)
    assert str(city.boundaries[0].valid_from) == "2023-05-15"
    lights = packs.datasets["springfield.lights"]
    assert lights.standard == "service_request@1"
    assert lights.roles is not None
    assert (lights.roles.category, lights.roles.time) == ("lamp", "requested_datetime")
    assert set(packs.cities) == {"chicago", "london", "springfield"}


def test_a_folder_of_packs_does_as_well(pack: Path) -> None:
    assert "springfield.wards" in load_packs([pack.parent]).datasets


def test_live_and_mirror_share_a_mapping_and_have_their_own(pack: Path) -> None:
    lights = load_packs([pack]).datasets["springfield.lights"]
    assert lights.live is not None
    assert lights.live.mapping is not None
    assert lights.mirror is not None
    assert lights.mirror.mapping is not None
    assert lights.live.options == {"domain": "data.example.org", "dataset": "abcd-1234"}
    assert lights.live.mapping.expressions["requested_datetime"].sql == "to_time(created)"
    assert "pole" not in lights.live.mapping.expressions
    mirrored = lights.mirror.mapping.expressions
    assert mirrored["requested_datetime"].sql == "to_time(Created, '%m/%d/%Y')"
    assert mirrored["requested_datetime"].line == 22
    assert mirrored["service_request_id"].line == 26
    assert mirrored["pole"].field is not None
    assert (mirrored["pole"].field.type, mirrored["pole"].field.extra) == ("integer", True)
    assert mirrored["lamp"].field is not None
    assert mirrored["lamp"].field.title == "Lamp"


def test_a_folder_may_add_datasets_to_a_known_city(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    text = LIGHTS.replace("springfield.", "chicago.").replace("licence: open", "licence: mit")
    (tmp_path / "datasets" / "lights.yaml").write_text(text)
    assert load_packs([tmp_path]).datasets["chicago.lights"].city == "chicago"


def test_a_dataset_may_have_no_standard_and_no_mapping(pack: Path) -> None:
    text = WARDS.partition("standard:")[0].replace("wards", "poles")
    (pack / "datasets" / "poles.yaml").write_text(text + "mirror: {type: files, path: x.csv}\n")
    poles = load_packs([pack]).datasets["springfield.poles"]
    assert poles.mirror is not None
    assert poles.mirror.mapping is None
    assert poles.roles is None


WRONG_CITY = [
    ("units: imperial", "units: yards", '9, key units: "yards" is not one of metric, imperial.'),
    (
        "units: imperial",
        "unit: imperial",
        "9, key unit: this key is not known.",
    ),
    ("time_zone: America/Chicago", "time_zone: America/Chicgo", "4, key time_zone: there is no"),
    ("EPSG:26971", "EPSG:4326", "5, key crs: EPSG:4326 is not in metres."),
    ("EPSG:26971", "EPSG:3435", "5, key crs: EPSG:3435 is not in metres."),
    ("EPSG:26971", "EPSG:1", "5, key crs: there is no coordinate reference system"),
    ("[-89.8, 39.6, -89.5, 39.9]", "[39.6, -89.8, 39.9, -89.5]", "7, key region: the region must"),
    (
        "[-89.8, 39.6, -89.5, 39.9]",
        "[-89.8, 39.6, -89.5]",
        "6, key bounds: this must be a list",
    ),
    (
        "suppression_threshold: 5",
        "suppression_threshold: few",
        "10, key suppression_threshold:",
    ),
    ("locale: en-US", "locale: english", '8, key locale: "english" is no locale.'),
    ("2023-05-15", "May 2023", "14, key boundaries[0].valid_from: this must be a date."),
    ("springfield.wards", "springfield.ward", "14, key boundaries[0].dataset: there is no dataset"),
    (
        "springfield.wards",
        "springfield.lights",
        "14, key boundaries[0].dataset: spring",
    ),
    (
        "locale: en-US",
        "locale: en-US\nname: Twice",
        "9, key name: this key already stands in",
    ),
    ("locale: en-US", "locale: [en", "this is not YAML"),
    ("name: Springfield", "name: 5", "2, key name: this must be a text. Put it in quotes."),
    ("name: Springfield", "name: !!python/object:os.system x", "2, key name: this must be a text."),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_CITY)
def test_a_wrong_city_is_named_with_file_line_and_key(
    pack: Path, old: str, new: str, message: str
) -> None:
    (pack / "city.yaml").write_text(CITY.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as raised:
        load_packs([pack])
    assert str(raised.value).startswith(str(pack / "city.yaml"))
    assert message in str(raised.value)


WRONG_DATASET = [
    ("theme: services", "theme: service", '4, key theme: "service" is not one of boundaries,'),
    ("frequency: daily", "frequency: often", "8, key frequency:"),
    ("licence: open", "licence: opne", '6, key licence: "opne" is not one of open'),
    ("service_request@1", "service_reqest", "9, key standard: There is no standard"),
    ("service_request@1", "service_request@7", "9, key standard:"),
    ("springfield.lights", "chicago.lights", "1, key id: a dataset of this pack begins with"),
    ("springfield.lights", "springfield", '1, key id: "springfield" is no id'),
    ("springfield.lights", "springfield.wards", '1, key id: the id "springfield.wards" already'),
    ("[lights, street lights]", "[lights, wards]", '10, key aliases: "wards" already means'),
    ("[lights, street lights]", "[lights, 5]", "10, key aliases: this must be a list of texts."),
    ("[lights, street lights]", "lights", "10, key aliases: this must be a list."),
    ("category: lamp", "category: lamps", '11, key roles.category: no field "lamps" is mapped.'),
    ("category: lamp", "colour: lamp", "11, key roles.colour: this key is not known."),
    ("type: socrata", "type: socrates", '13, key live.type: "socrates" is not one of'),
    ("title: Street lights\n", "", "1, key title: this key is missing."),
    (
        "theme: services",
        "them: services",
        "4, key them: this key is not known.",
    ),
    (
        "  lamp: clean(lamp)",
        "  status: clean(lamp)",
        '29, key extra.status: "status" is a field',
    ),
    (
        "  lamp: clean(lamp)",
        "  limit: clean(lamp)",
        "29, key extra.limit: a field cannot be",
    ),
    ("  lamp: clean(lamp)", "  Lamp: clean(lamp)", "29, key extra.Lamp: a field cannot be"),
    (
        "  lamp: clean(lamp)",
        "  lamp: {sql: x, kind: y}",
        "29, key extra.lamp.kind: this key",
    ),
    ("  lamp: clean(lamp)", "  lamp: {title: x}", "29, key extra.lamp.sql: this key is missing."),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_DATASET)
def test_a_wrong_dataset_is_named_with_file_line_and_key(
    pack: Path, old: str, new: str, message: str
) -> None:
    # Read last, so that a twin of another file is found here.
    file = pack / "datasets" / "x_lights.yaml"
    (pack / "datasets" / "lights.yaml").unlink()
    file.write_text(LIGHTS.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as raised:
        load_packs([pack])
    assert str(raised.value).startswith(str(file))
    assert message in str(raised.value)


PEOPLE = """\
id: springfield.people
title: People
summary: How many people live in each ward, by year.
theme: people
publisher: City of Springfield
licence: open
attribution: City of Springfield
frequency: yearly
mirror:
  type: files
  path: people.csv
  unpivot:
    pattern: 'y(?P<year>\\d{4})'
    value: people
    blanks: drop
extra:
  people: whole(people)
"""


def test_columns_become_rows_as_a_source_says(pack: Path) -> None:
    (pack / "datasets" / "people.yaml").write_text(PEOPLE)
    mirror = load_packs([pack]).datasets["springfield.people"].mirror
    assert mirror is not None
    assert mirror.options == {"path": "people.csv"}
    assert mirror.unpivot == Unpivot(value="people", pattern=r"y(?P<year>\d{4})", blanks="drop")


WRONG_UNPIVOT = [
    ("    value: people\n", "", "13, key mirror.unpivot.value: this key is missing."),
    ("value: people", "values: people", "14, key mirror.unpivot.values: this key is not known."),
    ("blanks: drop", "blanks: zero", '15, key mirror.unpivot.blanks: "zero" is not one of'),
    ("(?P<year>", "(?P<year", "13, key mirror.unpivot.pattern: this is not a regular expression"),
    ("(?P<year>\\d{4})", "\\d{4}", "13, key mirror.unpivot.name: the headers would be lost."),
    ("value: people", "value: year", "14, key mirror.unpivot.value: a new column cannot be called"),
    (
        "pattern: 'y(?P<year>\\d{4})'",
        "columns: [2011, 2012]",
        "13, key mirror.unpivot.columns: this must be a list of texts. Put numbers in quotes.",
    ),
    (
        "blanks: drop",
        "columns: ['2011']",
        "15, key mirror.unpivot.columns: which columns become rows is said by columns or by",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_UNPIVOT)
def test_a_wrong_unpivot_is_named_with_file_line_and_key(
    pack: Path, old: str, new: str, message: str
) -> None:
    file = pack / "datasets" / "people.yaml"
    file.write_text(PEOPLE.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as raised:
        load_packs([pack])
    assert str(raised.value).startswith(f"{file}, line {message}")


def test_columns_that_are_not_in_the_file_are_named_with_file_line_and_key(
    pack: Path, tmp_path: Path
) -> None:
    file = pack / "datasets" / "people.yaml"
    file.write_text(PEOPLE)
    (tmp_path / "people.csv").write_text("ward,2011,2012\n1,5,6\n")
    dataset = load_packs([pack]).datasets["springfield.people"]
    assert dataset.mirror is not None
    with pytest.raises(MappingError) as raised:
        open_source(dataset.mirror, Fetching(work=tmp_path / "work", mirror=tmp_path))
    assert str(raised.value) == (
        f"{file}, line 13, key mirror.unpivot.pattern: no column's header matches it. "
        "It has: ward, 2011, 2012."
    )


WRONG_MAPPING = [
    (
        "service_name: \"'Street light'\"",
        "service_nam: x",
        "27, key mapping.service_nam: the",
    ),
    (
        "to_time(created)",
        "to_tyme(created)",
        "17, key mapping.requested_datetime: a mapping may",
    ),
    ("clean(lamp)", "read_csv(lamp)", '29, key extra.lamp: a mapping may not call "read_csv".'),
    ("whole(Pole)", "(select 1)", "24, key extra.pole: a subquery may not stand in a mapping."),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG_MAPPING)
def test_a_wrong_mapping_is_named_with_file_line_and_key(
    pack: Path, old: str, new: str, message: str
) -> None:
    file = pack / "datasets" / "lights.yaml"
    file.write_text(LIGHTS.replace(old, new, 1))
    with pytest.raises(MappingError) as raised:
        load_packs([pack])
    assert str(raised.value).startswith(f"{file}, line ")
    assert message in str(raised.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such folder"):
        load_packs([tmp_path / "nowhere"])


def test_the_documented_city_is_a_pack(repository: Path, tmp_path: Path) -> None:
    city, wards, *_ = _yaml_blocks(repository / "docs" / "adding-a-city.md")
    (tmp_path / "datasets").mkdir()
    (tmp_path / "city.yaml").write_text(city)
    (tmp_path / "datasets" / "wards.yaml").write_text(wards)
    assert load_packs([tmp_path]).cities["springfield"].boundaries[0].singular == "ward"


def test_the_documented_dataset_is_one(repository: Path, tmp_path: Path) -> None:
    (lights,) = _yaml_blocks(repository / "docs" / "adding-a-dataset.md")
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "lights.yaml").write_text(lights)
    assert load_packs([tmp_path]).datasets["chicago.lights"].standard == "service_request@1"


def test_the_documentation_names_every_key_and_choice(repository: Path) -> None:
    page = (repository / "docs" / "adding-a-dataset.md").read_text()
    for word in (*DATASET_KEYS, *THEMES, *FREQUENCIES, *BASEMAPS, *CONNECTORS):
        assert f"`{word}`" in page, word


def test_the_documented_wide_table_is_a_source(repository: Path, pack: Path) -> None:
    page = (repository / "docs" / "sources.md").read_text()
    source = page.split("## Wide tables")[1].split("```yaml\n")[1].split("```")[0]
    text = PEOPLE.partition("mirror:")[0] + "standard: crime_count@1\n" + source
    (pack / "datasets" / "people.yaml").write_text(text)
    people = load_packs([pack]).datasets["springfield.people"]
    assert people.mirror is not None
    assert people.mirror.unpivot is not None


def _yaml_blocks(page: Path) -> list[str]:
    return [block.split("```")[0] for block in page.read_text().split("```yaml\n")[1:]]
