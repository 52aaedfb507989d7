"""A model: a typed, pure function with contracts; a graph of models; and one recorded run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from .cube import Cube
from .standard import Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "PARAMETER_TYPES",
    "Graph",
    "Loop",
    "Model",
    "ModelNode",
    "Parameter",
    "Pinned",
    "Result",
    "Run",
    "TableContract",
    "Value",
    "Values",
    "Watch",
]

PARAMETER_TYPES = ("integer", "number", "boolean", "choice", "text", "years", "areas")
"""Kinds of a parameter. ``years``: first and last, both in; ``areas``: codes, none for all."""

Value = bool | int | float | str | tuple[int, int] | tuple[str, ...]
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A knob of a model.

    Parameters
    ----------
    type: one of ``PARAMETER_TYPES``.
    minimum, maximum: bounds of a number, both in; ``years`` keeps them for both its years.
    choices: what a ``choice`` may be: value to words for people.
    help: one or two sentences a planner understands.
    also: other names it goes by, such as that of the model it comes from.
    ends: of ``years``: names under which its first and its last year may be given alone.
    """

    name: str
    title: str
    type: str
    default: Value
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    also: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableContract:
    """What a table must be for a model to take it, or is when a model gives it.

    Parameters
    ----------
    name: what the model calls it (``historic_births``).
    fields: its columns, with types, ranges and code lists.
    key: the columns that tell rows apart; no two rows share them. Empty: rows are records.
    value: the one number column; a table with it goes to the model as a ``Cube`` over ``key``
        (dimensions in that order), one without as an Arrow table.
    complete: key columns of which every combination must be there: the values that are found
        and, where a field has a code list or whole-number bounds, all of those.
    standard: the standard whose datasets can be taken (``population_by_age@1``), and that outputs
        are committed on; ``None`` for what only passes from model to model.
    where: values that fixed columns of the standard must have (``component`` is ``births``): a
        dataset on the standard may hold more, those rows are the ones taken.
    required: a model runs without a table that is not.
    also: other names it goes by, such as that of the model it comes from.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    value: str | None = None
    complete: tuple[str, ...] = ()
    standard: str | None = None
    where: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    description: str = ""
    required: bool = True
    also: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or ``None``."""
        return next((f for f in self.fields if f.name == name), None)


Tables = Mapping[str, "Cube | pa.Table"]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a model gives back.

    Parameters
    ----------
    tables: by the names of the contracts it gives.
    warnings: sentences for people about what was odd in the input or came out odd.
    """

    tables: Tables
    warnings: tuple[str, ...] = ()


class Watch(Protocol):
    """How a model says how far it is, and learns that it is to stop."""

    def __call__(self, done: int, total: int) -> None:
        """Say progress; raises ``RunCancelled`` when the run is to stop."""


Compute = Callable[[Tables, Values, Watch], Result]


@dataclass(frozen=True, slots=True)
class Model:
    """A typed function in the catalogue.

    ``compute`` is pure: the same tables and parameters (a seed among them) give the same bytes. It
    is given the tables it declares and nothing else, and only those it declares are kept.

    Parameters
    ----------
    id: lower case with underscores (``cohort_component``).
    version: semantic version; raised whenever the same input would give another output.
    needs, gives: contracts of its inputs and outputs.
    source: where its formulas come from.
    """

    id: str
    version: str
    title: str
    summary: str
    needs: tuple[TableContract, ...]
    gives: tuple[TableContract, ...]
    parameters: tuple[Parameter, ...]
    compute: Compute
    source: str = ""


@dataclass(frozen=True, slots=True)
class ModelNode:
    """A model's place in a graph.

    Parameters
    ----------
    name: unique in the graph.
    after: nodes (and loops) whose outputs it takes; its inputs come from them by name. The graph's
        own inputs are there for every node.
    fixed: parameters of the model that the graph settles; the others are the graph's own.
    """

    name: str
    model: Model
    after: tuple[str, ...] = ()
    fixed: Values = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Loop:
    """Nodes that are run again and again until a predicate holds.

    Parameters
    ----------
    nodes: the body, a graph of its own; its ends' outputs are the round's.
    carries: output of a round to the input of the next that it becomes.
    until: asked after each round with the round's outputs and the parameters.
    limit: rounds after which the loop is refused as one that never ends.
    """

    name: str
    nodes: tuple[ModelNode, ...]
    carries: Mapping[str, str]
    until: Callable[[Tables, Values], bool]
    after: tuple[str, ...] = ()
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class Graph:
    """Models joined by their tables; what a person runs.

    Parameters
    ----------
    needs: contracts of the tables that come from outside.
    gives: contracts of the tables that are committed.
    """

    id: str
    version: str
    title: str
    summary: str
    needs: tuple[TableContract, ...]
    gives: tuple[TableContract, ...]
    nodes: tuple[ModelNode | Loop, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A snapshot that a run reads: the dataset, its version and the hash of its content."""

    dataset: str
    version: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded execution of a model.

    Parameters
    ----------
    state: ``accepted``, ``running``, ``successful``, ``failed`` or ``dismissed``, as OGC API -
        Processes has them.
    inputs: table name to the snapshot it was read from.
    outputs: table name to the snapshot it was committed as.
    code_version: of Interurban.
    warnings: what the model had to say; ``error`` is the sentence it failed with.
    progress: 0 to 100.
    version: counts up among the runs of one title, city and model.
    share: an id that can't be guessed, for links.
    """

    id: str
    model: str
    model_version: str
    city: str
    title: str
    state: str
    parameters: Values
    inputs: Mapping[str, Pinned]
    outputs: Mapping[str, Pinned]
    code_version: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    who: str = ""
    progress: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""
    version: int = 1
    share: str = ""

    @property
    def seed(self) -> int | None:
        """The seed of its draws, of a model that makes any."""
        seed = self.parameters.get("seed", self.parameters.get("random_seed"))
        return seed if isinstance(seed, int) and not isinstance(seed, bool) else None
