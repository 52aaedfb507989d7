"""Coordinates of both cities become WGS84, longitude first."""

from __future__ import annotations

import pytest

from interurban.core.errors import MappingError

from .conftest import LONDON, Run, Unreadable


def _xy(text: str) -> tuple[float, float]:
    x, y = text.removeprefix("POINT (").removesuffix(")").split()
    return float(x), float(y)


def test_point_takes_longitude_first(run: Run) -> None:
    point = run("point(lon, lat)", None, lon="-87.733658025", lat="41.855882121")
    assert _xy(point) == (-87.733658025, 41.855882121)
    assert run("point(lon, lat)", None, lon=(-87.5, "DOUBLE"), lat=(41.5, "DOUBLE")) == (
        "POINT (-87.5 41.5)"
    )


def test_half_a_coordinate_is_no_place(run: Run) -> None:
    assert run("point(lon, lat)", None, lon="", lat="41.855882121") is None
    with pytest.raises(Unreadable):
        run("point(lon, lat)", None, lon="west", lat="41.8")


def test_illinois_feet_become_degrees(run: Run) -> None:
    point = run("point_in('EPSG:3435', e, n)", None, e="1165166.51552093", n="1872509.02087899")
    assert _xy(point) == pytest.approx((-87.66975672568209, 41.80576343586902), abs=2e-5)


def test_british_grid_becomes_degrees(run: Run) -> None:
    point = run("point_in('EPSG:27700', e, n)", None, e="530171", n="179738", city=LONDON)
    assert _xy(point) == pytest.approx((-0.1261, 51.5015), abs=2e-4)


def test_the_origin_of_a_grid_stays_0_0(run: Run) -> None:
    assert run("point_in('EPSG:3435', e, n)", None, e="0", n="0") == "POINT (0 0)"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("(41.857908, -87.669147)", (-87.669147, 41.857908)),
        ("2505 E. 73rd St.\nChicago, IL\n(41.76155535, -87.56208363)", (-87.56208363, 41.76155535)),
        ("POINT (-87.74 41.80)", (-87.74, 41.80)),
        ("Point (-0.1 51.5)", (-0.1, 51.5)),
        ("41.857908, -87.669147", (-87.669147, 41.857908)),
    ],
)
def test_point_from_text(run: Run, text: str, place: tuple[float, float]) -> None:
    assert _xy(run("point_from_text(x)", text)) == place


@pytest.mark.parametrize("text", ["Chicago, IL", "(41.8)", "(a, b)", "POINT (1", "((41.8,"])
def test_text_without_a_point_cannot_be_read(run: Run, text: str) -> None:
    with pytest.raises(Unreadable):
        run("point_from_text(x)", text)


def test_shape_in_reads_well_known_text_of_the_files(run: Run) -> None:
    acton = "Point (519483.61075180512852967 179598.01440079271560535)"
    assert _xy(run("shape_in('EPSG:27700', x)", acton, city=LONDON)) == pytest.approx(
        (-0.2801, 51.5027), abs=3e-4
    )
    assert run("shape_in('EPSG:4326', x)", "LINESTRING Z (0 0 5, 1 1 5)") == "LINESTRING (0 0, 1 1)"


def test_the_sources_own_geometry_is_carried_over(run: Run) -> None:
    metres = "POINT (530171 179738)"
    shape = run(
        "geometry", None, field_type="geometry", crs="EPSG:27700", geometry=(metres, "GEOMETRY")
    )
    assert _xy(shape) == pytest.approx((-0.1261, 51.5015), abs=2e-4)


def test_an_unknown_reference_system_is_refused(run: Run) -> None:
    for crs in ("EPSG:999999", "feet", "+proj=utm", "/etc/passwd"):
        with pytest.raises(MappingError, match="no coordinate reference system"):
            run(f"point_in('{crs}', x, x)", "1")


def test_text_is_no_geometry(run: Run) -> None:
    with pytest.raises(MappingError, match="a geometry must stand here; this is VARCHAR"):
        run("x", "POINT (0 0)", field_type="geometry")


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("41°52'58.4\"N", 41 + 52 / 60 + 58.4 / 3600),
        ("87° 37′ 23″ W", -(87 + 37 / 60 + 23 / 3600)),
        ("S 33 52 04", -(33 + 52 / 60 + 4 / 3600)),
        ("41:52:58", 41 + 52 / 60 + 58 / 3600),
        ("41°52.5' N", 41 + 52.5 / 60),
        ("87.63° W", -87.63),
        ("-87,63°", -87.63),
        ("41.88", 41.88),
    ],
)
def test_angle_reads_degrees_minutes_and_seconds(run: Run, text: str, degrees: float) -> None:
    assert run("angle(x)", text) == pytest.approx(degrees)


@pytest.mark.parametrize("text", ["north", "N", "41 somewhere", "1 2 3 4"])
def test_what_is_no_angle_cannot_be_read(run: Run, text: str) -> None:
    with pytest.raises(Unreadable):
        run("angle(x)", text)


@pytest.mark.parametrize(
    "text",
    [
        "POINT (-87.6 41.9)",
        "SRID=4326;POINT(-87.6 41.9)",
        '{"type": "Point", "coordinates": [-87.6, 41.9, 12]}',
        "01010000006666666666E655C03333333333F34440",
        "0101000020E61000006666666666E655C03333333333F34440",
    ],
)
def test_a_shape_is_read_from_any_usual_text(run: Run, text: str) -> None:
    assert _xy(run("shape_in('EPSG:4326', x)", text)) == pytest.approx((-87.6, 41.9))
