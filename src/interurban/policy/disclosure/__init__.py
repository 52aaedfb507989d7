"""Disclosure control for tables: hide what tells too much of somebody, and prove that it is hidden.

    from interurban.policy.disclosure import Threshold, protect, tabulate

    made = tabulate(rows, [["borough", "ward"], ["rating"]])
    safe = protect(made, (Threshold(5),))
    safe.to_arrow()

``audit`` attacks a table that somebody published; ``round_*`` and ``perturb`` are the other ways
to keep a table from telling too much. It knows no file, no dataset and no request.
"""

from .attack import Knowledge
from .audit import Audit, audit
from .cell_key import Noise, cell_keys, perturb, record_keys
from .pairs import hide_pairs
from .protect import HIDDEN, Protected, Status, hatched, protect
from .published import read_published
from .rounding import round_controlled, round_conventional, round_random
from .rules import Cells, Dominance, Need, PPercent, Rule, Threshold, needs
from .secondary import Effort, Suppression, information, suppress
from .table import TOTAL, Axis, Table, flat, tree, with_totals
from .tabulate import NOT_STATED, Tabulated, tabulate

__all__ = [
    "HIDDEN",
    "NOT_STATED",
    "TOTAL",
    "Audit",
    "Axis",
    "Cells",
    "Dominance",
    "Effort",
    "Knowledge",
    "Need",
    "Noise",
    "PPercent",
    "Protected",
    "Rule",
    "Status",
    "Suppression",
    "Table",
    "Tabulated",
    "Threshold",
    "audit",
    "cell_keys",
    "flat",
    "hatched",
    "hide_pairs",
    "information",
    "needs",
    "perturb",
    "protect",
    "read_published",
    "record_keys",
    "round_controlled",
    "round_conventional",
    "round_random",
    "suppress",
    "tabulate",
    "tree",
    "with_totals",
]
