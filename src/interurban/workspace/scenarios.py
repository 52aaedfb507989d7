"""Several runs from one table: a row for each, its columns parameters of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interurban.core.errors import InvalidInput, TooMuch

from .codes import squeezed
from .graph import Plan
from .parameters import read_parameters
from .uploads import read_file

__all__ = ["MAX_SCENARIOS", "Scenario", "read_scenarios"]

MAX_SCENARIOS = 100
"""Runs of one table."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A run that a row asks for.

    Parameters
    ----------
    title: the row's own, else what it sets (``mortality_scenario high``).
    parameters: what is not to be the default.
    """

    title: str
    parameters: Mapping[str, Any]


def read_scenarios(
    file: Path, plan: Plan, common: Mapping[str, Any] | None = None, title: str = ""
) -> tuple[Scenario, ...]:
    """The runs of a table, all of them checked before any is started.

    Parameters
    ----------
    file: CSV or XLSX whose header is names of parameters and, if there is one, ``title``. A blank
        leaves a parameter as it is without the table.
    common: parameters of all runs, where a row does not say otherwise.
    title: what the titles of all runs begin with.

    Raises
    ------
    UnreadableFile: it is no table.
    TooMuch: it has more than ``MAX_SCENARIOS`` rows.
    InvalidInput: names every row that can't be run, and why.
    """
    table, broken = read_file(file)
    if table.num_rows > MAX_SCENARIOS:
        raise TooMuch(
            f"{file.name} has {table.num_rows:,} rows, and a run is asked for by each.",
            advice=f"Give at most {MAX_SCENARIOS} at once.",
        )
    faults = [f"Row {b.row}: {b.problem}." for b in broken]
    found: list[Scenario] = []
    for at, row in enumerate(table.to_pylist(), start=1):
        number = row.pop("_row", at)
        said = {name: text for name, text in row.items() if text is not None and str(text).strip()}
        own = next((said.pop(name) for name in list(said) if squeezed(name) == "title"), None)
        words = own or ", ".join(f"{name} {value}" for name, value in said.items()) or "as it is"
        parameters = dict(common or {}) | said
        try:
            read_parameters(plan.parameters, parameters)
        except InvalidInput as error:
            faults.append(f"Row {number}: {error.what}")
        found.append(Scenario(f"{title}: {words}" if title else str(words), parameters))
    if not found and not faults:
        faults.append(f"{file.name} has no row.")
    if faults:
        raise InvalidInput(
            " ".join(faults),
            advice="Correct the rows; none was run. The columns are title and parameters, which "
            f"are listed by: interurban models {plan.graph.id}",
            part="scenarios",
        )
    return tuple(found)
