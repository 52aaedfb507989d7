"""Which yearly figures a synthetic city has: of its people, homes, schools and their pupils."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa

from .demography import (
    migration_flow,
    population_by_age,
    population_by_single_year,
    population_change,
)
from .ground import Ground
from .households import dwelling_stock, household_statistic, population
from .needs import send_cost, send_population, send_state, send_transition
from .rolls import pupil_flow, school, school_capacity, school_roll
from .schooling import (
    area_lookup,
    attendance_zone,
    last_distance,
    school_link,
    school_measure,
    school_programme,
    travel_time,
)
from .vital import vital_rate

__all__ = ["FIGURES", "last_mid_year"]

FIGURES: dict[str, Callable[[Ground, int], pa.Table]] = {
    "area_lookup": area_lookup,
    "attendance_zone": attendance_zone,
    "dwelling_stock": dwelling_stock,
    "household_statistic": household_statistic,
    "last_distance": last_distance,
    "migration_flow": migration_flow,
    "population": population,
    "population_by_age": population_by_age,
    "population_by_single_year": population_by_single_year,
    "population_change": population_change,
    "pupil_flow": pupil_flow,
    "school": school,
    "school_capacity": school_capacity,
    "school_link": school_link,
    "school_measure": school_measure,
    "school_programme": school_programme,
    "school_roll": school_roll,
    "send_cost": send_cost,
    "send_population": send_population,
    "send_state": send_state,
    "send_transition": send_transition,
    "travel_time": travel_time,
    "vital_rate": vital_rate,
}
"""The maker of each standard's table, by the standard's name; it is given the last mid-year."""


def last_mid_year(until: date) -> int:
    """The year of the last mid-year (30 June) on record, when ``until`` is the day after it."""
    return until.year if (until.month, until.day) > (6, 30) else until.year - 1
