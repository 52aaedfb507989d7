"""The validation report finds every fault that is there, links to its row, and invents none."""

from __future__ import annotations

from pathlib import Path

import pytest

from interurban.apps.schools.reading import Atlas, open_atlas
from interurban.apps.schools.validation.report import Report, validate
from interurban.catalog.node import Node
from interurban.core.query import Query

from .springfield import opened


def _report(folder: Path, *, faulty: bool) -> tuple[Atlas, Report]:
    node = opened(folder, faulty=faulty)
    atlas = open_atlas(node, "springfield")
    return atlas, validate(atlas)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Report]:
    return _report(tmp_path_factory.mktemp("faulty"), faulty=True)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Report]:
    return _report(tmp_path_factory.mktemp("sound"), faulty=False)


def test_a_city_without_a_fault_passes_every_check(sound: tuple[Atlas, Report]) -> None:
    _, report = sound
    assert {check.id: check.result for check in report.checks if check.result != "passed"} == {}
    assert report.passed == len(report.checks)
    assert report.lacking == ()


PLANTED = {
    "zones-cover": ("0.33 square miles beside",),
    "zones-overlap": ("Z1 and Z2 overlap by",),
    "zones-unserved": ("Gamma School takes children of a zone",),
    "zones-school-inside": ("Beta School stands 0.",),
    "zones-school-open": ("Z3 is served by S99",),
    "schools-once": ("repeats",),
    "schools-points": ("Delta School (S4) and Delta Primary (S5)",),
    "schools-placed": ("Epsilon School has no place", "Eta School has no place"),
    "schools-in-area": ("Zeta School lies 9.6 miles from N2",),
    "in-region": ("1100000",),
    "schools-ages": ("Theta School is for ages 11 to 5",),
    "schools-dates": ("Grades is '11-May'",),
    "schools-capacity": ("S1 states no places, or 0", "S2 has 100 pupils and 50 places (200%)"),
    "schools-pupils": ("Iota School is open and has 0 pupils",),
    "flows-totals": ("N1 in 2020: the flows add up to 10, the total is 8",),
    "codes-vintage": ("N2 is a code of Areas of 2020", "O1 is a code of Areas of 2010"),
    "succession": ("S11 (S11) is not open",),
    "succession-circles": ("S20 and S21",),
    "ids-reused": ("S3: This id had no pupils for a time before 2019",),
}


@pytest.mark.parametrize("check", PLANTED)
def test_every_planted_fault_is_found_and_no_other(
    faulty: tuple[Atlas, Report], check: str
) -> None:
    _, report = faulty
    found = next(one for one in report.checks if one.id == check)
    texts = sorted(fault.text for fault in found.faults)
    assert len(texts) == len(PLANTED[check]), texts
    for text, part in zip(texts, sorted(PLANTED[check]), strict=True):
        assert part in text


def test_every_check_has_a_planted_fault(faulty: tuple[Atlas, Report]) -> None:
    _, report = faulty
    assert {check.id for check in report.checks} == set(PLANTED)


def test_every_fault_leads_to_a_row_that_is_there(faulty: tuple[Atlas, Report]) -> None:
    atlas, report = faulty
    for check in report.checks:
        for fault in check.faults:
            if fault.item:
                found = atlas.node.feature(Query(fault.dataset), fault.item)
                assert sum(batch.num_rows for batch in found.batches) == 1, fault
                assert fault.link == f"/collections/{fault.dataset}/items/{fault.item}"
            else:
                assert atlas.node.rejects(fault.dataset), fault
                assert fault.link == f"/collections/{fault.dataset}/rejects"


def test_a_closed_school_that_went_on_as_an_open_one_is_no_fault(
    faulty: tuple[Atlas, Report],
) -> None:
    _, report = faulty
    found = next(one for one in report.checks if one.id == "succession")
    assert "2 are not among the open schools of today: 1 went on as others" in found.note


def test_nothing_passes_where_nothing_is_loaded(tmp_path: Path) -> None:
    with Node(tmp_path / "home") as node:
        report = validate(open_atlas(node, "chicago"))
    assert {check.result for check in report.checks} == {"not applicable"}
    assert "chicago.school_profiles" in report.lacking
    assert report.words().startswith("Nothing is here to be checked.")
