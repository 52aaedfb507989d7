"""Links between England's schools: most are stated twice, many are far from the city."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.imports import gias_links
from interurban.apps.schools.imports.imported import Imported
from interurban.apps.schools.imports.recognising import read_files
from interurban.apps.schools.imports.sheets import read_sheets
from interurban.catalog.packs import load_packs
from interurban.core.errors import UnreadableFile

HEADER = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"


def read(folder: Path, *rows: str) -> Imported:
    file = folder / "links_edubasealldata20250422.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="cp1252")
    sheets = read_sheets(file)
    assert gias_links.recognises(sheets)
    return gias_links.read_links_file(sheets)


@pytest.mark.parametrize(
    ("words", "kind", "manner"),
    [
        ("Predecessor", "predecessor", "replaced"),
        ("Successor - Split School", "successor", "split"),
        ("Successor - merged", "successor", "merged"),
        ("Predecessor - amalgamated", "predecessor", "merged"),
        ("Result of Amalgamation", "predecessor", "merged"),
        ("Sixth Form Centre Link", "other", "sixth form"),
        ("Merged - change in age range", "other", "merged"),
        ("Expansion", "other", "expanded"),
        ("Closure", "other", "other"),
    ],
)
def test_types_of_links_become_words_of_the_standard(
    tmp_path: Path, words: str, kind: str, manner: str
) -> None:
    (link,) = read(tmp_path, f'100012,100021,"Rhyl École",{words},31-08-2021').table.to_pylist()
    assert (link["kind"], link["manner"], link["words"]) == (kind, manner, words)
    assert (str(link["date"]), link["linked_name"]) == ("2021-08-31", "Rhyl École")


def test_links_are_those_of_known_schools_and_of_what_these_lead_to(tmp_path: Path) -> None:
    links = read(
        tmp_path,
        "1,2,B,Successor,",
        "3,2,B,Successor,",
        "4,3,C,Successor,",
        "8,9,Z,Successor,",
        "8,,nobody,Successor,",
    )
    assert links.found == ("1 rows name no second school or no kind of link, and were left out.",)
    kept = gias_links.of_schools(links, {"1", "77"}, "London")
    assert kept.table["school_id"].to_pylist() == ["1", "3", "4"]
    assert kept.found[0].startswith("3 of 4 links are of schools that the atlas of London knows")
    with pytest.raises(UnreadableFile, match="None of the 4 links is of a school"):
        gias_links.of_schools(links, {"77"}, "Chicago")


def test_links_are_not_of_another_country_whatever_its_ids(tmp_path: Path) -> None:
    read(tmp_path, "400009,400011,B,Successor,")
    file = tmp_path / "links_edubasealldata20250422.csv"
    with pytest.raises(UnreadableFile, match="is of another country than Chicago"):
        read_files([(file, file.name)], load_packs().cities["chicago"])


def test_the_day_of_the_file_is_its_vintage(tmp_path: Path) -> None:
    links = read(tmp_path, "1,2,B,Successor,")
    assert (links.vintage, links.name) == ("22 April 2025", "school_links_2025_04")
