"""The knobs of the SEND models."""

from __future__ import annotations

from types import MappingProxyType

from interurban.core.model import Parameter

from .plan import CLOSING

__all__ = ["GOAL", "LEARNING", "PROJECTING", "RECENT_FROM_NEVER", "SCENARIO", "SIMULATING"]

RECENT_FROM_NEVER = 26
"""An academic year after the last: all of them are learnt from all years."""

_FIRST_YEAR, _LAST_YEAR = 1801, 2300

LEARNING = (
    Parameter(
        "strict",
        "Allowed moves only",
        "boolean",
        False,
        help="Place children only in settings that the valid states allow. Otherwise, as in Witan, "
        "a setting that anyone of the academic year once moved to stays possible for all of it.",
    ),
    Parameter(
        "leave_out",
        "Past moves to leave out",
        "text",
        "",
        help="Moves that are not learnt from: calendar_year<2015, academic_year>=12; setting=A. "
        "Conditions with a comma all hold; a semicolon starts another.",
        also=("filter-transitions-from",),
    ),
    Parameter(
        "recent_from",
        "Only recent years from academic year",
        "integer",
        RECENT_FROM_NEVER,
        help="From this academic year on, only the most recent calendar years are learnt from; 26 "
        "for none.",
        minimum=-5,
        maximum=RECENT_FROM_NEVER,
        also=("splice-ncy",),
    ),
    Parameter(
        "recent_years",
        "Recent years",
        "integer",
        1,
        help="How many calendar years count as recent.",
        unit="years",
        minimum=1,
        maximum=100,
    ),
)

SCENARIO = (
    Parameter(
        "changes",
        "Changed moves",
        "text",
        "",
        help="What if there were more or fewer of some moves: setting_1=A|B setting_2=C "
        "academic_year_2=0..6 by 1.5. A semicolon starts another. How many children join is not "
        "changed, only where they go.",
        also=("transitions-to-change",),
    ),
    Parameter(
        "whole_children",
        "Whole children",
        "boolean",
        False,
        help="Round changed moves to whole children, as Witan did; small changes of rare moves may "
        "then do nothing.",
    ),
)

PROJECTING = (
    Parameter(
        "changes_hold",
        "The changes hold in",
        "years",
        (_FIRST_YEAR, _LAST_YEAR),
        help="First and last calendar year in which the changed moves count.",
        minimum=_FIRST_YEAR,
        maximum=_LAST_YEAR,
        also=("modify-transitions-date-range",),
        ends=("modify-transitions-from", "modify-transitions-until"),
    ),
    Parameter(
        "closed_setting",
        "Closed setting",
        "text",
        "",
        help="The code of a setting that closes; empty for none.",
        also=("make-setting-invalid",),
    ),
    Parameter(
        "closing",
        "Children of the closed setting",
        "choice",
        "leave",
        help="What happens to the children who are in it.",
        choices=MappingProxyType(CLOSING),
    ),
    Parameter(
        "closed_since",
        "Closed since",
        "integer",
        _FIRST_YEAR,
        help="The first calendar year without the setting.",
        minimum=_FIRST_YEAR,
        maximum=_LAST_YEAR,
    ),
)

SIMULATING = (
    Parameter(
        "simulations",
        "Futures",
        "integer",
        1_000,
        help="How many futures are drawn. 1,000 give steady quantiles.",
        minimum=1,
        maximum=5_000,
    ),
    Parameter(
        "seed",
        "Seed",
        "integer",
        50,
        help="The same seed draws the same futures.",
        minimum=0,
        maximum=2**31 - 1,
        also=("random-seed",),
    ),
)

GOAL = (
    Parameter(
        "goal_moves",
        "Moves to change",
        "text",
        "",
        help="Moves whose number is changed until the goal is met: setting_2=C need_2=T. The goal "
        "counts the children where they lead (setting_2, need_2, academic_year_2).",
    ),
    Parameter(
        "goal_year",
        "Goal for year",
        "integer",
        2030,
        help="The calendar year of the goal.",
        minimum=_FIRST_YEAR,
        maximum=_LAST_YEAR,
    ),
    Parameter(
        "goal_from",
        "At least",
        "number",
        0.0,
        help="The fewest children that meet the goal.",
        unit="children",
        minimum=0,
    ),
    Parameter(
        "goal_to",
        "At most",
        "number",
        100.0,
        help="The most children that meet the goal.",
        unit="children",
        minimum=0,
    ),
)
