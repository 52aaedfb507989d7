"""Answers with noise, and what they cost: `dp count`, `dp sum`, `dp histogram`, `dp ledger` ..."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest

from .options import AsJson, Home, open_node
from .output import screen, show_json, show_table
from .questions import Filter, In, Narrowing, When, Where

if TYPE_CHECKING:
    from interurban.catalog.noise import Asked, Statistic
    from interurban.policy.privacy import Answer, Mean

__all__ = ["app"]

app = typer.Typer(
    name="dp",
    help="Answers with noise that hides any one person (differential privacy), and their ledger.",
    no_args_is_help=True,
)

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
    from interurban.catalog.noise import ROW
    from interurban.catalog.noise import grant as allow
    from interurban.policy.audit import local_user
    from interurban.policy.privacy import epsilon

    with open_node(home) as node:
        known = node.snapshot(dataset).dataset
        given = allow(node, known, unit or ROW, reader, rho, local_user())
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
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    asked = _asked(dataset, "count", narrowing, rho, unit, most, laplace=laplace)
    _ask(asked, reader, preview=preview, as_json=as_json, home=home)


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
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    asked = _asked(
        dataset, "sum", narrowing, rho, unit, most,
        laplace=laplace, field=field, between=_two(between), grain=grain,
    )  # fmt: skip
    _ask(asked, reader, preview=preview, as_json=as_json, home=home)


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
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    asked = _asked(
        dataset, "mean", narrowing, rho, unit, most,
        laplace=laplace, field=field, between=_two(between), grain=grain,
    )  # fmt: skip
    _ask(asked, reader, preview=False, as_json=as_json, home=home)


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
    named = tuple(value.strip() for value in values.split(",") if value.strip())
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    asked = _asked(
        dataset, "histogram", narrowing, rho, unit, most,
        laplace=laplace, field=field, values=named,
    )  # fmt: skip
    _ask(asked, reader, preview=preview, as_json=as_json, home=home)


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

    from interurban.catalog.noise import ledger

    with open_node(home) as node, ledger(node.home.root) as kept:
        accounts = [a for a in kept.accounts() if dataset in (None, a.dataset)]
        spends = kept.spends(dataset)
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


def _asked(
    dataset: str,
    statistic: Statistic,
    narrowing: Narrowing,
    rho: float,
    unit: str | None,
    most: int,
    *,
    laplace: bool,
    field: str | None = None,
    between: tuple[float, float] | None = None,
    values: tuple[str, ...] = (),
    grain: float = 1.0,
) -> Asked:
    from interurban.catalog.noise import ROW, Asked

    return Asked(
        dataset, statistic, rho, field, between, values, unit or ROW, most, grain,
        "laplace" if laplace else "gaussian", tuple(narrowing.parameters()),
    )  # fmt: skip


def _ask(asked: Asked, reader: str, *, preview: bool, as_json: bool, home: Path | None) -> None:
    """Pay for an answer and show it with its band, or only tell the band."""
    from interurban.catalog.noise import answer, beforehand
    from interurban.policy.privacy import Mean

    with open_node(home) as node:
        if preview:
            wide = beforehand(node, asked).band
            assert wide is not None
            _tell_band(wide, asked.rho, "would be")
            return
        told = answer(node, asked, reader)
    if isinstance(told, Mean):
        _show_mean(told, asked.field, as_json=as_json)
    else:
        _show(told, asked.names, as_json=as_json)


def _show_mean(told: Mean, field: str | None, *, as_json: bool) -> None:
    spend = told.spend
    if as_json:
        show_json(
            {
                "mean": told.mean,
                "at_least": told.at_least,
                "at_most": told.at_most,
                "rho": spend.rho,
                "remaining": spend.remaining,
                "mechanism": spend.mechanism,
            }
        )
        return
    screen.print(
        f"The mean of {field} is {told.mean:,.6g}, and the true one between {told.at_least:,.6g} "
        f"and {told.at_most:,.6g} 95 times of 100."
    )
    screen.print(f"{spend.reader} has {spend.remaining:g} left on {spend.unit}.", style="dim")


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
