"""ODRL 2.2: reading policies, and reporting on a request in a state of the world.

``evaluate`` follows the formal semantics of the W3C ODRL Community Group, as the test suite of
SolidLab states them case by case: for every rule, what was attempted, which of its premises hold,
how its duties stand, and whether it is active. ``outcome`` then says what that means for who asked.
"""

from .documents import read_json_ld, read_turtle
from .evaluation import evaluate
from .outcomes import Outcome, outcome
from .reports import DutyState, PolicyReport, Premise, RuleReport, to_graph

__all__ = [
    "DutyState",
    "Outcome",
    "PolicyReport",
    "Premise",
    "RuleReport",
    "evaluate",
    "outcome",
    "read_json_ld",
    "read_turtle",
    "to_graph",
]
