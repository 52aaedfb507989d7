"""Answers with noise, and what they cost: `dp count`, `dp sum`, `dp histogram`, `dp ledger` ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest

from .options import AsJson, Home, open_node
from .output import screen, show_json, show_table
from .questions import Filter, In, Narrowing, When, Where, narrowed

if TYPE_CHECKING:
    import pyarrow as pa

    from interurban.catalog.node import Node
    from interurban.policy.privacy import Answer, Bounded, Ledger, Mechanism, Question

__all__ = ["app"]

app = typer.Typer(
    name="dp",
    help="Answers with noise that hides any one person (differential privacy), and their ledger.",
    no_args_is_help=True,
)

_ROW = "row"

DatasetId = Annotated[str, typer.Argument(metavar="DATASET", help="Id of a loaded dataset.")]
Unit = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar="COLUMN",
        help="The column that says whose a row is; without it, each row is another person's.",
    ),
]
Most = Annotated[int, typer.Option("--most", min=1, help="Rows of one person that count, at most.")]
Rho = Annotated[float, typer.Option("--rho", help="What the answer may cost of the budget.")]
Laplace = Annotated[
    bool, typer.Option("--laplace", help="Discrete Laplace noise instead of Gaussian.")
]
For = Annotated[
    str, typer.Option("--for", metavar="READER", help="Whose budget pays: an account's id.")
]
Preview = Annotated[
    bool, typer.Option("--preview", help="Only tell how much noise there would be; it is free.")
]


@app.command()
def grant(dataset: DatasetId, reader: For, rho: Rho, unit: Unit = None, home: Home = None) -> None:
    """Allow a reader so much rho in all, for everything they ever ask of a dataset's units."""
    from interurban.policy.privacy import epsilon

    with open_node(home) as node, _ledger(node.home.root) as ledger:
        known = node.snapshot(dataset).dataset
        given = ledger.grant(known, unit or _ROW, reader, rho)
    screen.print(
        f"{reader} may spend {given.granted:g} in all on {given.unit} of {known}, "
        f"{given.remaining:g} of it is left."
    )
    screen.print(
        f"As (epsilon, delta): {epsilon(given.granted):.2f} at one in a million.", style="dim"
    )


@app.command()
def count(
    dataset: DatasetId,
    reader: For,
    rho: Rho,
    unit: Unit = None,
    most: Most = 1,
    laplace: Laplace = False,
    preview: Preview = False,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    when: When = None,
    area: In = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """How many rows there are, give or take the noise."""
    from interurban.policy.privacy import bounded_count

    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    _ask(
        dataset,
        narrowing,
        (unit,),
        {"kind": "count", "most": most},
        lambda rows: bounded_count(rows, unit, most),
        ("rows",),
        reader,
        rho,
        "laplace" if laplace else "gaussian",
        preview=preview,
        as_json=as_json,
        home=home,
    )


@app.command("sum")
def add_up(
    dataset: DatasetId,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The number to add up.")],
    between: Annotated[
        str,
        typer.Option(metavar="LOW,HIGH", help="Values beyond are taken as the bound: 0,100."),
    ],
    reader: For,
    rho: Rho,
    grain: Annotated[float, typer.Option(help="Values are rounded to multiples of this.")] = 1.0,
    unit: Unit = None,
    most: Most = 1,
    laplace: Laplace = False,
    preview: Preview = False,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    when: When = None,
    area: In = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """The sum of a number, give or take the noise."""
    from interurban.policy.privacy import bounded_sum

    low, high = _two(between)
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    _ask(
        dataset,
        narrowing,
        (field, unit),
        {"kind": "sum", "field": field, "between": [low, high], "grain": grain, "most": most},
        lambda rows: bounded_sum(rows, field, low, high, unit, most, grain),
        (f"sum of {field}",),
        reader,
        rho,
        "laplace" if laplace else "gaussian",
        preview=preview,
        as_json=as_json,
        home=home,
    )


@app.command()
def mean(
    dataset: DatasetId,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The number to average.")],
    between: Annotated[
        str,
        typer.Option(metavar="LOW,HIGH", help="Values beyond are taken as the bound: 0,100."),
    ],
    reader: For,
    rho: Rho,
    grain: Annotated[float, typer.Option(help="Values are rounded to multiples of this.")] = 1.0,
    unit: Unit = None,
    most: Most = 1,
    laplace: Laplace = False,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    when: When = None,
    area: In = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """The mean of a number, and between what it lies 95 times of 100."""
    from interurban.policy.privacy import answer_mean, bounded_mean

    low, high = _two(between)
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    what = {"kind": "mean", "field": field, "between": [low, high], "grain": grain, "most": most}
    kind: Mechanism = "laplace" if laplace else "gaussian"
    with open_node(home) as node:
        question, rows = _asked(node, dataset, narrowing, (field, unit), what, reader, rho, kind)
        truth = bounded_mean(rows(), field, low, high, unit, most, grain)
        with _ledger(node.home.root) as ledger:
            told = answer_mean(question, truth, (low, high), ledger)
    if as_json:
        show_json(
            {
                "mean": told.mean,
                "at_least": told.at_least,
                "at_most": told.at_most,
                "rho": told.spend.rho,
                "remaining": told.spend.remaining,
                "mechanism": told.spend.mechanism,
            }
        )
        return
    screen.print(
        f"The mean of {field} is {told.mean:,.6g}, and the true one between {told.at_least:,.6g} "
        f"and {told.at_most:,.6g} 95 times of 100."
    )
    screen.print(f"{reader} has {told.spend.remaining:g} left on {told.spend.unit}.", style="dim")


@app.command()
def histogram(
    dataset: DatasetId,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The field to count by.")],
    values: Annotated[
        str,
        typer.Option(
            metavar="A,B,C", help="Its values; which of them occur is the data's own secret."
        ),
    ],
    reader: For,
    rho: Rho,
    unit: Unit = None,
    most: Most = 1,
    laplace: Laplace = False,
    preview: Preview = False,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    when: When = None,
    area: In = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """How many rows have each of the values named, give or take the noise."""
    from interurban.policy.privacy import bounded_histogram

    named = tuple(value.strip() for value in values.split(",") if value.strip())
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    _ask(
        dataset,
        narrowing,
        (field, unit),
        {"kind": "histogram", "field": field, "values": list(named), "most": most},
        lambda rows: bounded_histogram(rows, field, named, unit, most),
        named,
        reader,
        rho,
        "laplace" if laplace else "gaussian",
        preview=preview,
        as_json=as_json,
        home=home,
    )


@app.command("ledger")
def list_ledger(
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATASET]", help="Only of this one.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """List budgets, what is left of them, and every answer that was paid for."""
    from dataclasses import asdict

    with open_node(home) as node, _ledger(node.home.root) as ledger:
        accounts = [a for a in ledger.accounts() if dataset in (None, a.dataset)]
        spends = ledger.spends(dataset)
    if as_json:
        show_json(
            {"accounts": [asdict(a) for a in accounts], "spends": [asdict(s) for s in spends]}
        )
        return
    if not accounts:
        screen.print("No reader has a privacy budget. Give one with: interurban dp grant")
        return
    numbers = ("granted", "remaining", "rho")
    show_table(
        ["dataset", "unit", "reader", "granted", "remaining"],
        [[a.dataset, a.unit, a.reader, a.granted, a.remaining] for a in accounts],
        right=numbers,
    )
    if spends:
        screen.print()
        show_table(
            ["when", "dataset", "unit", "reader", "mechanism", "rho", "remaining", "question"],
            [
                [s.spent_at, s.dataset, s.unit, s.reader, s.mechanism, s.rho, s.remaining,
                 s.query_hash[:12]]
                for s in spends
            ],
            right=numbers,
        )  # fmt: skip


def _ask(
    dataset: str,
    narrowing: Narrowing,
    columns: tuple[str | None, ...],
    what: dict[str, object],
    bound: Callable[[pa.Table], Bounded],
    names: tuple[str, ...],
    reader: str,
    rho: float,
    mechanism: Mechanism,
    *,
    preview: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    """Read the rows, bound them, pay, and show the answer with its band."""
    from interurban.policy.privacy import answer, band_before

    with open_node(home) as node:
        question, rows = _asked(node, dataset, narrowing, columns, what, reader, rho, mechanism)
        if preview:
            bounds = bound(_rows(iter(()), [name for name in columns if name]))
            wide = band_before(question, bounds.sensitivity, bounds.grain)
            _tell_band(wide, rho, "would be")
            return
        truth = bound(rows())
        with _ledger(node.home.root) as ledger:
            answered = answer(question, truth, ledger)
    _show(answered, names, as_json=as_json)


def _asked(
    node: Node,
    dataset: str,
    narrowing: Narrowing,
    columns: tuple[str | None, ...],
    what: dict[str, object],
    reader: str,
    rho: float,
    mechanism: Mechanism,
) -> tuple[Question, Callable[[], pa.Table]]:
    """The question as the ledger knows it, and what reads its rows."""
    from interurban.core.query import Query
    from interurban.policy.privacy import Question

    wanted = [name for name in dict.fromkeys(columns) if name]
    snapshot = node.snapshot(dataset)
    chosen = replace(narrowing, fields=",".join(wanted) or snapshot.fields[0].name)
    asked = narrowed(node, Query(snapshot.dataset), chosen, None, "items")
    meant = {**what, "version": snapshot.version, "narrowed": sorted(chosen.parameters())}
    unit = columns[-1] or _ROW
    question = Question(snapshot.dataset, unit, reader, rho, mechanism, meant)
    return question, lambda: _rows(node.rows(asked).batches, wanted)


def _rows(batches: Iterator[pa.RecordBatch], wanted: list[str]) -> pa.Table:
    import pyarrow as pa

    read = list(batches)
    if read:
        return pa.Table.from_batches(read)
    return pa.table({name: pa.array([], pa.float64()) for name in wanted})


def _show(answered: Answer, names: tuple[str, ...], *, as_json: bool) -> None:
    spend = answered.spend
    if as_json:
        show_json(
            {
                "answers": dict(zip(names, answered.numbers, strict=True)),
                "band_95": answered.band,
                "rho": spend.rho,
                "remaining": spend.remaining,
                "mechanism": spend.mechanism,
            }
        )
        return
    rows = [
        [name, f"{number:,.10g}", f"± {answered.band:,.10g}"]
        for name, number in zip(names, answered.numbers, strict=True)
    ]
    show_table(["", "with noise", "95 of 100"], rows, right=["with noise", "95 of 100"])
    _tell_band(answered.band, spend.rho, "is")
    screen.print(f"{spend.reader} has {spend.remaining:g} left on {spend.unit}.", style="dim")


def _tell_band(wide: float, rho: float, verb: str) -> None:
    told = f"Each number {verb} within {wide:,.10g} of the truth 95 times of 100"
    screen.print(f"{told}, for a rho of {rho:g}.")


def _two(between: str) -> tuple[float, float]:
    low, _, high = between.partition(",")
    try:
        return float(low), float(high)
    except ValueError as error:
        raise BadRequest(
            f"--between {between} is not two numbers.", advice="Write 0,100.", part="between"
        ) from error


@contextmanager
def _ledger(home: Path) -> Iterator[Ledger]:
    """The ledger of a data folder."""
    from interurban.policy.privacy import HEAD, MIGRATIONS, VERSION_TABLE, Ledger
    from interurban.store.control import Records, Tables, file_in

    tables = Tables("The privacy ledger", MIGRATIONS, HEAD, VERSION_TABLE)
    records = Records(file_in(home), tables)
    try:
        yield Ledger(records)
    finally:
        records.close()
