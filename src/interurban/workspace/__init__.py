"""The workspace: contracts of tables, graphs of models, and runs that are kept.

>>> from interurban.workspace import Catalogue, Workspace
>>> workspace = Workspace(interurban.open(), Catalogue.discover("interurban.apps"))
>>> run = workspace.wait(workspace.start("growth", "london").id)
"""

from __future__ import annotations

from .catalogue import Catalogue
from .compare import Change, Comparison, Driver, compare_runs, compare_table, drivers
from .contracts import Checked, check_table
from .coverage import GraphCoverage, TableCoverage, cover
from .exports import FORMATS, export_run, record_of
from .graph import Plan, compile_graph
from .headers import ColumnMatch
from .problems import Problem, Problems
from .runs import Workspace
from .scenarios import Scenario, read_scenarios
from .templates import template
from .uploads import check_file

__all__ = [
    "FORMATS",
    "Catalogue",
    "Change",
    "Checked",
    "ColumnMatch",
    "Comparison",
    "Driver",
    "GraphCoverage",
    "Plan",
    "Problem",
    "Problems",
    "Scenario",
    "TableCoverage",
    "Workspace",
    "check_file",
    "check_table",
    "compare_runs",
    "compare_table",
    "compile_graph",
    "cover",
    "drivers",
    "export_run",
    "read_scenarios",
    "record_of",
    "template",
]
