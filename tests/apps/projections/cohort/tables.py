"""The past of some areas as the tables that the graphs take."""

from __future__ import annotations

import numpy as np

from interurban.apps.projections.cohort.axes import AGES, FLOWS, SEXES
from interurban.apps.projections.cohort.cubes import by_age, by_sex
from interurban.apps.projections.cohort.history import History, National
from interurban.core.cube import Cube


def tables_of(history: History, national: National, mothers_year: int) -> dict[str, Cube]:
    """Tables as the workspace hands them over, mothers' ages 15 to 44."""
    years, areas = history.flow_years, history.areas
    mothers = history.births_by_mother[:, 15:45, np.newaxis]
    born_at = tuple(range(15, 45))
    fertile = ~np.isnan(national.fertility[0])
    fertility = national.fertility[:, fertile].T[np.newaxis] * 1e3
    mortality = np.moveaxis(national.mortality, 0, -1)[np.newaxis] * 1e5
    return {
        "historic_population": by_age(areas, history.population_years, history.population),
        "historic_births": by_sex(areas, years, history.births),
        "births_by_mother": Cube(
            ("area_id", "age", "year"), (areas, born_at, (mothers_year,)), mothers
        ),
        "historic_deaths": by_age(areas, years, history.deaths),
        **{flow: by_age(areas, years, history.flows[flow]) for flow in FLOWS},
        "national_fertility": Cube(
            ("scenario", "age", "year"),
            (
                ("principal-2012",),
                tuple(np.array(AGES)[fertile].tolist()),
                tuple(range(2001, 2001 + len(national.fertility))),
            ),
            fertility,
        ),
        "national_mortality": Cube(
            ("scenario", "sex", "age", "year"),
            (
                ("principal",),
                SEXES,
                tuple(range(-1, 90)),
                tuple(range(2001, 2001 + len(national.mortality))),
            ),
            mortality,
        ),
    }
