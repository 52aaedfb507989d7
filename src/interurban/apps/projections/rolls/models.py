"""The school roll models as the workspace runs them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from interurban.apps.projections import contract_rolls as contract
from interurban.core.model import Model, Result, Tables, Values, Watch

from .back_test import back_test
from .bands import QUANTILES, draw_totals, past_errors, quantiles
from .checks import back_test_sentence, children_warnings, outcome_warnings, past_warnings
from .entry import sum_of_regions
from .inputs import around_of, children_of, rolls_of
from .outputs import (
    bands_table,
    errors_table,
    regional_errors,
    regional_table,
    rolls_table,
    variants_table,
)
from .parameters import (
    AROUND,
    DRAWS,
    PLACES,
    READING,
    SMOOTHING,
    YEARS_AHEAD,
    settings_of,
    smoothing_of,
    whole,
)
from .projection import project
from .regional import project_regions, regional_back_test
from .variants import project_variants

__all__ = ["REGIONAL_ROLLS", "ROLLS", "ROLL_BANDS"]

_SRP = "GLA School Roll Projections"


def _rolls(tables: Tables, values: Values, watch: Watch) -> Result:
    """Central rolls by school and year group."""
    rolls, ahead = rolls_of(tables, values), whole(values, "years_ahead")
    around = around_of(tables, values, rolls, ahead)
    projection = project(rolls, ahead, settings_of(values), around)
    watch(1, 1)
    said = (
        *past_warnings(rolls),
        *children_warnings(rolls, around.children, ahead),
        *outcome_warnings(projection),
    )
    return Result({"projected_rolls": rolls_table(projection)}, said)


def _bands(tables: Tables, values: Values, watch: Watch) -> Result:
    """Bands of schools, areas and the city, the back-test behind them, and variants."""
    rolls, ahead = rolls_of(tables, values), whole(values, "years_ahead")
    settings, around = settings_of(values), around_of(tables, values, rolls, ahead)
    draws, seed = whole(values, "draws"), whole(values, "seed")
    projection = project(rolls, ahead, settings, around)
    errors = past_errors(rolls, ahead, settings, around, _first_half(watch))
    rows = back_test(rolls, ahead, settings, around, seed=seed, errors=errors)
    sentence = back_test_sentence(rows)
    known = errors.known_at(len(rolls.years) - 1, ahead)
    random = np.random.default_rng(seed)
    given = (projection.totals, rolls.totals[:, -1], known, draws, random)
    schools = quantiles(draw_totals(*given))
    drawn = draw_totals(*given, either_way=True)
    names, area = rolls.places_of_areas()
    by_area = quantiles(sum_of_regions(drawn, area, len(names)))
    city = quantiles(drawn.sum(axis=0, keepdims=True))
    watch(2, 2)
    return Result(
        {
            "roll_bands": bands_table(projection, schools, by_area, city, sentence),
            "roll_errors": errors_table(rows, rolls, sentence),
            "roll_variants": variants_table(
                project_variants(rolls, ahead, settings, around, errors)
            ),
        },
        (sentence,),
    )


def _regional(tables: Tables, values: Values, watch: Watch) -> Result:
    """Whole planning areas by year group, every ratio its own trend."""
    rolls, ahead = rolls_of(tables, values), whole(values, "years_ahead")
    rolls.check()
    names, area = rolls.places_of_areas()
    pupils = sum_of_regions(rolls.pupils, area, len(names))
    children = children_of(tables, values, rolls, by_area=True)
    seed, smoothing = whole(values, "seed"), smoothing_of(values)
    regional = project_regions(
        pupils, rolls.years, ahead, children,
        draws=whole(values, "draws"), seed=seed, smoothing=smoothing,
    )  # fmt: skip
    watch(1, 2)
    rows = regional_back_test(
        pupils, rolls.years, min(ahead, 7), children, seed=seed, smoothing=smoothing
    )
    ends = np.quantile(regional.pupils, QUANTILES, axis=-1)
    watch(2, 2)
    return Result(
        {
            "regional_bands": regional_table(rolls, regional, np.asarray(ends)),
            "regional_errors": regional_errors(rows, rolls),
        }
    )


def _first_half(watch: Watch) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        watch(done, 2 * total)

    return tell


_AROUND = (
    contract.CHILDREN,
    contract.TRANSFERS,
    contract.ADMISSION_NUMBERS,
    contract.NEW_HOMES,
    contract.CHILD_YIELDS,
)

ROLLS = Model(
    id="school_rolls_central",
    version="1.2.0",
    title="School rolls",
    summary="Pupils by school and year group in the years ahead.",
    needs=(contract.SCHOOL_ROLLS, *_AROUND),
    gives=(contract.PROJECTED_ROLLS,),
    parameters=(YEARS_AHEAD, *READING, *AROUND, *PLACES),
    compute=_rolls,
    source=_SRP,
)

ROLL_BANDS = Model(
    id="school_roll_bands",
    version="1.4.0",
    title="Bands of school rolls",
    summary="Bands that hold 80 and 95 % of the futures of every school, area and the city, from "
    "the errors of projections from earlier years, the table of those errors, and variants with "
    "fewer and more entrants.",
    needs=(contract.SCHOOL_ROLLS, *_AROUND),
    gives=(contract.ROLL_BANDS, contract.ROLL_ERRORS, contract.ROLL_VARIANTS),
    parameters=(YEARS_AHEAD, *READING, *AROUND, *PLACES, *DRAWS),
    compute=_bands,
    source=f"{_SRP}; errors in the form of the DfE's school places scorecards",
)

REGIONAL_ROLLS = Model(
    id="regional_school_rolls",
    version="1.0.0",
    title="Year groups of whole areas",
    summary="Pupils by planning area and year group, entry from births, all ratios by damped "
    "trends, in resampled draws.",
    needs=(contract.SCHOOL_ROLLS, contract.CHILDREN),
    gives=(contract.REGIONAL_BANDS, contract.REGIONAL_ERRORS),
    parameters=(
        YEARS_AHEAD,
        READING[0],
        next(parameter for parameter in AROUND if parameter.name == "entry_lag"),
        *SMOOTHING,
        *DRAWS,
    ),
    compute=_regional,
    source="GLA sub-regional pupil projections (2024)",
)
