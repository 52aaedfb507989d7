"""Tables that tell nobody's number: `disclose`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest, InvalidInput, NotFound, UnreadableFile

from .options import Home, open_node
from .output import counted, screen, show_table
from .questions import Filter, In, Narrowing, When, Where
from .saving import whole_file

if TYPE_CHECKING:
    import pyarrow as pa

    from interurban.catalog.disclosing import Wanted
    from interurban.policy.disclosure import Audit, Protected, Rule, Table, Tabulated

__all__ = ["disclose"]

_MOST_ROWS = 40
_DEFAULT_AT_LEAST = 5


def disclose(
    data: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A CSV or Parquet file, or the id of a dataset."),
    ],
    rows: Annotated[str, typer.Option("--rows", metavar="COLUMN", help="What the rows are.")],
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="COLUMN", help="What the columns are.")
    ] = None,
    layers: Annotated[
        str | None, typer.Option("--layers", metavar="COLUMN", help="A third way to divide it.")
    ] = None,
    hierarchy: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Levels above the rows that get totals too, the nearest first: borough,region.",
        ),
    ] = None,
    count: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="For how many a row stands; else each is one."),
    ] = None,
    value: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Add this up instead of counting.")
    ] = None,
    contributor: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Whose number the value of a row is.")
    ] = None,
    at_least: Annotated[
        int | None,
        typer.Option(min=2, help="Hide cells of fewer.", show_default="the city's threshold, or 5"),
    ] = None,
    zeros: Annotated[bool, typer.Option("--zeros", help="Hide cells of nobody as well.")] = False,
    dominance: Annotated[
        str | None,
        typer.Option(metavar="N,K", help="Hide sums of which the N largest are over K %: 2,85."),
    ] = None,
    p_percent: Annotated[
        float | None,
        typer.Option(help="Hide sums whose largest part the second could tell to so many %."),
    ] = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published",
            help="The file is a published table, totals included: tell what follows for the "
            "numbers it hides.",
        ),
    ] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="List what can be told of each hidden number.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="Write the table here, as CSV."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, help="How long to look for the least to hide.")
    ] = 20.0,
    filter: Filter = None,  # noqa: A002 - the option's own name
    where: Where = None,
    when: When = None,
    area: In = None,
    home: Home = None,
) -> None:
    """Make a table that tells nobody's number: hide small cells, and what would give them away.

    Hidden numbers are drawn as a hatch with what they may be, and are [c] in the file. That none
    can be told more closely is proved by attacking the table that is shown.
    """
    from interurban.policy import disclosure

    axes = [_levels(rows, hierarchy)] + [[name] for name in (columns, layers) if name]
    narrowing = Narrowing(filter, where or (), when=when, areas=area or ())
    if published:
        file = _file(Path(data))
        table = disclosure.read_published(file, axes, _needed(count or value))
        whole = count is not None
        least = 1.0 if whole and not zeros else 0.0
        found = disclosure.audit(table, disclosure.Knowledge(least, whole=whole))
        _list(table, found)
        _tell(found, at_least or _DEFAULT_AT_LEAST)
        return
    threshold = _DEFAULT_AT_LEAST
    if Path(data).is_file():
        if any(True for _ in narrowing.parameters()):
            raise BadRequest("Only a dataset can be narrowed, not a file.", part="filter")
        rows_ = _file(Path(data))
        made = disclosure.tabulate(rows_, axes, count=count, value=value, contributor=contributor)
    else:
        wanted = _wanted(data, axes, value, contributor, count, narrowing)
        singly = dominance is not None or p_percent is not None
        made, threshold = _of_dataset(replace(wanted, contributions=singly), home)
    rules = _rules(at_least or threshold, zeros, dominance, p_percent)
    safe = disclosure.protect(made, rules, disclosure.Effort(seconds=seconds))
    _draw(safe)
    _say(safe, made.table, zeros=zeros)
    if audit:
        _list(safe.published, safe.audit)
    if output is not None:
        _write(safe.to_arrow(), output)


def _levels(rows: str, hierarchy: str | None) -> list[str]:
    """Levels of the rows' axis, the topmost first."""
    above = [name.strip() for name in (hierarchy or "").split(",") if name.strip()]
    return [*reversed(above), rows]


def _needed(number: str | None) -> str:
    if number is None:
        raise BadRequest(
            "A published table has its numbers in a column, which is not named.",
            advice="Name it with --count or --value.",
            part="count",
        )
    return number


def _wanted(
    data: str,
    axes: list[list[str]],
    value: str | None,
    contributor: str | None,
    count: str | None,
    narrowing: Narrowing,
) -> Wanted:
    from interurban.catalog.disclosing import Wanted

    if "." not in data or "/" in data or Path(data).suffix in (".csv", ".gz", ".parquet"):
        raise NotFound(
            f"There is no file {data}.", advice="Name a file, or a dataset by its id.", part="file"
        )
    if count is not None:
        raise BadRequest(
            "--count names a column of a file; of a dataset, rows are counted.", part="count"
        )
    by = tuple(tuple(levels) for levels in axes)
    return Wanted(data, by, value, contributor, tuple(narrowing.parameters()))


def _of_dataset(wanted: Wanted, home: Path | None) -> tuple[Tabulated, int]:
    """A table of a dataset, and its city's threshold."""
    from interurban.catalog.disclosing import make_table

    with open_node(home) as node:
        made = make_table(node, wanted)
        city = node.city(node.dataset(wanted.dataset).city)
    return made.tabulated, city.suppression_threshold


def _file(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            return pq.read_table(path)
        return pacsv.read_csv(path)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.", part="file") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(
            f"{path.name} can't be read as a table: {error}",
            advice="Give a CSV file with a line of names, or a Parquet file.",
        ) from error


def _rules(
    at_least: int, zeros: bool, dominance: str | None, p_percent: float | None
) -> tuple[Rule, ...]:
    from interurban.policy.disclosure import Dominance, PPercent, Threshold

    rules: list[Rule] = [Threshold(at_least, zeros)]
    if dominance is not None:
        largest, _, percent = dominance.partition(",")
        try:
            rules.append(Dominance(int(largest), float(percent)))
        except ValueError as error:
            raise InvalidInput(
                f"--dominance {dominance} is not two numbers.",
                advice="Write how many, and their share: 2,85.",
                part="dominance",
            ) from error
    if p_percent is not None:
        rules.append(PPercent(p_percent))
    return tuple(rules)


def _draw(safe: Protected) -> None:
    """The table as it may be shown: totals last, and what does not fit is told."""
    axes = safe.published.axes
    across = axes[1] if len(axes) > 1 else None
    nodes = [*range(1, len(axes[0])), 0]
    over = [*range(1, len(across)), 0] if across is not None else [0]
    behind = (0,) * max(len(axes) - 2, 0)

    def cell(row: int, column: int) -> tuple[int, ...]:
        return (row, column, *behind) if across is not None else (row,)

    shown = nodes
    if len(nodes) > _MOST_ROWS:
        struck = [n for n in nodes if any(safe.audit.hidden[cell(n, c)] for c in over)]
        shown = [*[n for n in struck if n][: _MOST_ROWS - 1], 0]
    texts = {c: [safe.text(cell(row, c)) for row in shown] for c in over}
    labels = {c: across.label(c) if across is not None else "" for c in over}
    first = ["  " * (len(axes[0].paths[row]) - 1) + axes[0].label(row) for row in shown]
    room = screen.width - max(map(len, first)) - 1
    fitting: list[int] = []
    for column in [0, *over[:-1]] if len(over) > 1 else over:
        room -= max(len(labels[column]), *map(len, texts[column])) + 2
        if room >= 0 or not fitting:
            fitting.append(column)
    kept = [column for column in over if column in fitting]
    names = [labels[column] for column in kept]
    show_table(
        [axes[0].levels[-1], *names],
        [[name, *(texts[c][n] for c in kept)] for n, name in enumerate(first)],
        right=names,
    )
    for left, what in ((len(nodes) - len(shown), "row"), (len(over) - len(kept), "column")):
        if left:
            screen.print(f"{counted(left, 'more ' + what)}: write all with -o.", style="dim")
    if behind:
        screen.print(f"Totals over {axes[2].levels[-1]}: write all with -o.", style="dim")


def _say(safe: Protected, truth: Table, *, zeros: bool) -> None:
    """What was hidden, why, and what anybody can still tell."""
    import numpy as np

    from interurban.policy.disclosure import Knowledge, audit
    from interurban.policy.disclosure import Table as Made

    found = safe.suppression
    primary, secondary = int(found.primary.sum()), int(found.secondary.sum())
    if not primary:
        screen.print("No cell has to be hidden.")
        return
    least = 1.0 if safe.whole and not zeros else 0.0
    alone = Made(truth.axes, np.where(found.primary, np.nan, truth.values))
    told = int(audit(alone, Knowledge(least, whole=safe.whole)).recovered.sum())
    screen.print(
        f"{counted(primary, 'cell')} hidden by the rules, and {secondary:,} beside them: with the "
        f"first alone, {told:,} could be told exactly; now none can."
    )
    narrowest = safe.audit.narrowest
    if np.isfinite(narrowest):
        screen.print(f"The closest that anybody can tell a hidden number is {narrowest:,.6g} wide.")
    if found.gap > 1e-3:
        screen.print(
            f"Time was short: up to {found.gap:.0%} of what is hidden beside them may be needless.",
            style="dim",
        )


def _list(table: Table, audit: Audit) -> None:
    """Every hidden number, and between what it lies for anybody who reads the table."""
    import numpy as np

    names = [axis.levels[-1] for axis in table.axes]
    rows = []
    for cell in np.flatnonzero(audit.hidden.reshape(-1)):
        low, high = audit.low.reshape(-1)[cell], audit.high.reshape(-1)[cell]
        ends = [f"{low:,.10g}", f"{high:,.10g}" if np.isfinite(high) else "any number"]
        width = f"{high - low:,.10g}" if np.isfinite(high) else "endless"
        rows.append([*table.labels(int(cell)), *ends, width])
    show_table([*names, "at least", "at most", "width"], rows, right=["at least", "width"])


def _tell(found: Audit, at_least: int) -> None:
    """How much of a published table is hidden in name only."""
    import numpy as np

    hidden, close = int(found.hidden.sum()), int(found.closer_than(at_least).sum())
    screen.print(
        f"{counted(hidden, 'hidden number')}: {int(found.recovered.sum()):,} can be told exactly, "
        f"{close:,} to within less than {at_least}."
    )
    if hidden and np.isfinite(found.narrowest):
        screen.print(f"The narrowest is {found.narrowest:,.6g} wide.")


def _write(table: pa.Table, output: Path) -> None:
    import pyarrow.csv as pacsv

    with whole_file(output, "output") as scratch:
        pacsv.write_csv(table.drop_columns(["value"]), scratch)
    screen.print(f"{counted(table.num_rows, 'cell')} written to {output}.")
