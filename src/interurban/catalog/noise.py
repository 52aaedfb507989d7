"""Answers with noise about a dataset: which rows they are worked out from, and what they cost.

Nothing that happens before an answer is paid for depends on a row: not whether it is refused, not
what it is refused for. So conditions are of kinds that no value can break, and the cost is booked
before the first row is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal as OneOf

import pyarrow as pa

from interurban.core import query as q
from interurban.core.dataset import Snapshot
from interurban.core.errors import BadRequest, Refused, UnknownField
from interurban.core.standard import Field
from interurban.policy.audit import record
from interurban.policy.privacy import (
    HEAD,
    MIGRATIONS,
    VERSION_TABLE,
    Account,
    Answer,
    Bounded,
    Ledger,
    Mean,
    Mechanism,
    Question,
    Spend,
    band,
    bounded_count,
    bounded_histogram,
    bounded_mean,
    bounded_sum,
    drawn,
    drawn_mean,
    pay,
    scale_for,
)
from interurban.query.parameters import read_parameters
from interurban.standards.spelling import did_you_mean
from interurban.store.control import Records, Tables, file_in

from .node import Node

__all__ = ["ROW", "Asked", "Beforehand", "Statistic", "answer", "beforehand", "grant", "ledger"]

Statistic = OneOf["count", "sum", "mean", "histogram"]

ROW = "row"
"""The unit of who takes each row for another person's."""

_NUMBERS = ("number", "integer")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a dataset.

    Parameters
    ----------
    rho: what the answer may cost of the budget.
    field: what is added up, or what a histogram is of.
    between: bounds of the values of a sum or a mean; what is beyond is taken as the bound.
    values: of a histogram; which occur is the data's own secret.
    unit: the field that says whose a row is, or ``ROW``.
    most: rows of one unit that count.
    grain: values of a sum are rounded to multiples of this.
    narrowed: conditions, as parameters of the URL dialect.
    """

    dataset: str
    statistic: Statistic
    rho: float
    field: str | None = None
    between: tuple[float, float] | None = None
    values: tuple[str, ...] = ()
    unit: str = ROW
    most: int = 1
    grain: float = 1.0
    mechanism: Mechanism = "gaussian"
    narrowed: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What each number of the answer is called."""
        if self.statistic == "histogram":
            return self.values
        return ("rows",) if self.field is None else (f"{self.statistic} of {self.field}",)


@dataclass(frozen=True, slots=True)
class Beforehand:
    """How much noise there will be: each true number lies within ``band`` 95 times of 100.

    Parameters
    ----------
    band: ``None`` of a mean, whose band depends on how many values there are.
    of_parts: of a mean, the bands of its sum and of its number of values.
    """

    band: float | None
    of_parts: tuple[float, float] | None = None


def beforehand(node: Node, asked: Asked) -> Beforehand:
    """The band that an answer will have; it costs nothing and reads no row.

    Raises
    ------
    BadRequest, Refused: it can't be asked, or not by this reader.
    """
    _, snapshot = _read(node, asked)
    bounds = _bounds(asked, snapshot)
    rho = asked.rho / len(bounds)
    bands = [
        band(scale_for(rho, each.sensitivity, asked.mechanism), asked.mechanism) * each.grain
        for each in bounds
    ]
    return Beforehand(bands[0]) if len(bands) == 1 else Beforehand(None, (bands[0], bands[1]))


def answer(node: Node, asked: Asked, reader: str) -> Answer | Mean:
    """Pay for an answer, read its rows, and draw the noise; each spend is in the audit log.

    Parameters
    ----------
    reader: whose budget pays, as the ledger names them.

    Raises
    ------
    BadRequest: it can't be asked.
    Refused: not by this reader, or their budget is spent.
    ConfigurationError: OpenDP is not installed; nothing is booked then.
    """
    query, snapshot = _read(node, asked)
    bounds = _bounds(asked, snapshot)
    question = Question(
        snapshot.dataset, asked.unit, reader, asked.rho, asked.mechanism, _meant(asked, snapshot)
    )
    with ledger(node.home.root) as kept:
        spend = pay(question, bounds[0].sensitivity, kept)
    _record(node.home.root, spend)
    truth = _truth(asked, node, query, bounds)
    if asked.statistic == "mean":
        assert asked.between is not None
        return drawn_mean(question, (truth[0], truth[1]), asked.between, spend)
    return drawn(question, truth[0], spend)


def grant(node: Node, dataset: str, unit: str, reader: str, rho: float, who: str) -> Account:
    """Allow a reader so much rho in all, for everything they ever ask of a dataset's units.

    Parameters
    ----------
    who: who allows it, for the audit log.

    Raises
    ------
    UnknownDataset: there is no such dataset.
    InvalidInput: an amount that is none.
    Refused: it lies with a partner, where budgets are as well.
    """
    described = _here(node, dataset)
    with ledger(node.home.root) as kept:
        given = kept.grant(described, unit, reader, rho)
    record(
        node.home.root,
        "policy",
        "granted privacy budget",
        dataset=described,
        who=who,
        facts={"granted_millionths": round(given.granted * _MILLION)},
        details={"reader": reader, "unit": unit},
    )
    return given


@contextmanager
def ledger(home: Path) -> Iterator[Ledger]:
    """The ledger of a data folder."""
    tables = Tables("The privacy ledger", MIGRATIONS, HEAD, VERSION_TABLE)
    records = Records(file_in(home), tables)
    try:
        yield Ledger(records)
    finally:
        records.close()


# What is meant, checked without a row


def _read(node: Node, asked: Asked) -> tuple[q.Query, Snapshot]:
    """The question for rows, and what they are like."""
    snapshot = node.snapshot_beneath_noise(_here(node, asked.dataset))
    _check(asked, snapshot)
    city = node.city(node.dataset(asked.dataset).city)
    if any(name == "as_of" for name, _ in asked.narrowed):
        raise BadRequest(
            "Answers with noise are of the newest version.", advice="Leave it out.", part="as_of"
        )
    narrowed = read_parameters(asked.narrowed, snapshot, city, "count")
    if narrowed.where is not None:
        _check_condition(narrowed.where)
    return replace(narrowed, fields=_wanted(asked) or (snapshot.fields[0].name,)), snapshot


def _here(node: Node, dataset: str) -> str:
    """The id of a dataset of this node's own."""
    described = node.dataset(dataset).id
    if node.partner(described) is not None:
        raise Refused(
            f"{described} lies with a partner, and answers with noise are made where the rows are.",
            advice="Ask its owner for a budget there.",
        )
    return described


def _wanted(asked: Asked) -> tuple[str, ...]:
    named = (asked.field, None if asked.unit == ROW else asked.unit)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def _check(asked: Asked, snapshot: Snapshot) -> None:
    if (asked.statistic == "count") != (asked.field is None):
        needs = "no field" if asked.statistic == "count" else "a field"
        raise BadRequest(f"A {asked.statistic} takes {needs}.", part="field")
    if asked.unit != ROW and _field(snapshot, asked.unit, "unit").type == "geometry":
        raise BadRequest(f"{asked.unit} does not say whose a row is.", part="unit")
    if asked.field is None:
        return
    kind = _field(snapshot, asked.field, "field").type
    if asked.statistic == "histogram" and kind == "geometry":
        raise BadRequest(f"{asked.field} has no values to count by.", part="field")
    if asked.statistic in ("sum", "mean"):
        if kind not in _NUMBERS:
            raise BadRequest(f"{asked.field} is no number.", part="field")
        if asked.between is None:
            raise BadRequest(
                f"A {asked.statistic} is of values between two bounds.",
                advice="Name them, without looking at the data: between 0 and 100.",
                part="between",
            )


def _field(snapshot: Snapshot, name: str, part: str) -> Field:
    found = snapshot.field(name)
    if found is None:
        known = [field.name for field in snapshot.fields]
        raise UnknownField(
            f"{snapshot.dataset} has no field {name[:60]!r}.",
            advice=did_you_mean(name, known),
            part=part,
        )
    return found


def _check_condition(node: q.Filter) -> None:
    """Refuse what a value could break: an error would tell that a row with it is there."""
    match node:
        case q.And(parts) | q.Or(parts):
            for part in parts:
                _check_condition(part)
        case q.Not(part):
            _check_condition(part)
        case q.Compare(_, left, right):
            _check_operands(left, right)
        case q.Between(operand, low, high):
            _check_operands(operand, low, high)
        case q.InList(operand, values):
            _check_operands(operand, *values)
        case q.IsNull(operand):
            _check_operands(operand)
        case q.During() | q.Text():
            pass
        case _:
            raise _too_clever("patterns and shapes")


def _check_operands(*operands: q.Operand) -> None:
    for operand in operands:
        if isinstance(operand, q.Call):
            _check_operands(operand.operand)
        elif isinstance(operand, q.Arithmetic):
            raise _too_clever("arithmetic")


def _too_clever(what: str) -> BadRequest:
    return BadRequest(
        f"Conditions of answers with noise compare fields with values, without {what}.",
        advice="Choose a place with bbox, near or in, and a time with datetime.",
        part="filter",
    )


def _bounds(asked: Asked, snapshot: Snapshot) -> tuple[Bounded, ...]:
    """What is counted of no rows: how far one unit can move each number, and its grain."""
    kinds = {each.name: each.type for each in snapshot.fields}
    columns = {
        name: pa.array([], pa.float64() if kinds[name] in _NUMBERS else pa.string())
        for name in _wanted(asked)
    }
    return _bounded(asked, pa.table(columns))


def _meant(asked: Asked, snapshot: Snapshot) -> dict[str, object]:
    found: dict[str, object] = {
        "kind": asked.statistic,
        "field": asked.field,
        "between": asked.between,
        "values": asked.values,
        "grain": asked.grain,
        "most": asked.most,
        "version": snapshot.version,
        "release": snapshot.release,
        "narrowed": sorted(asked.narrowed),
    }
    return {name: value for name, value in found.items() if value not in (None, (), [], "")}


# What is read


def _truth(
    asked: Asked, node: Node, query: q.Query, bounds: tuple[Bounded, ...]
) -> tuple[Bounded, ...]:
    """True numbers. Where each row is another's they add up batch by batch, in bounded memory."""
    wanted = list(_wanted(asked))
    batches = node.rows_beneath_noise(query).batches
    if asked.unit != ROW:
        read = [batch.select(wanted) for batch in batches]
        return _bounded(asked, pa.Table.from_batches(read)) if read else bounds
    found = bounds
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        more = _bounded(asked, rows)
        found = tuple(
            replace(one, numbers=tuple(map(sum, zip(one.numbers, other.numbers, strict=True))))
            for one, other in zip(found, more, strict=True)
        )
    return found


def _bounded(asked: Asked, rows: pa.Table) -> tuple[Bounded, ...]:
    unit = None if asked.unit == ROW else asked.unit
    if asked.statistic == "count" or asked.field is None:
        return (bounded_count(rows, unit, asked.most),)
    if asked.statistic == "histogram":
        return (bounded_histogram(rows, asked.field, asked.values, unit, asked.most),)
    low, high = asked.between or (math.nan, math.nan)
    if asked.statistic == "sum":
        return (bounded_sum(rows, asked.field, low, high, unit, asked.most, asked.grain),)
    return bounded_mean(rows, asked.field, low, high, unit, asked.most, asked.grain)


def _record(home: Path, spend: Spend) -> None:
    record(
        home,
        "privacy-spend",
        "paid for an answer",
        dataset=spend.dataset,
        who=spend.reader,
        facts={
            "spend": spend.number,
            "mechanism": spend.mechanism,
            "rho_millionths": math.ceil(round(spend.rho * _MILLION, 3)),
            "remaining_millionths": math.floor(round(spend.remaining * _MILLION, 3)),
        },
        details={"unit": spend.unit, "question": spend.query_hash},
    )
