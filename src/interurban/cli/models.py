"""Models and their tables: `models`, `template` and `check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, City, Home
from .output import counted, screen, show_json, show_pairs, show_table
from .saving import save
from .workspace import APPS, ModelId, open_workspace, shown, source_of

if TYPE_CHECKING:
    from interurban.core.model import Graph, Parameter
    from interurban.workspace import Checked, Workspace

__all__ = ["APPS", "check", "models", "template"]


def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Everything about this one.")
    ] = None,
    city: City = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the models; of one, its tables and parameters, and with --city what the city has."""
    with open_workspace(home) as workspace:
        if model is None:
            graphs = [plan.graph for plan in workspace.catalogue.plans.values()]
            if as_json:
                show_json([_summary(graph) for graph in graphs])
                return
            show_table(
                ("model", "version", "title", "takes", "gives"),
                [(g.id, g.version, g.title, len(g.needs), len(g.gives)) for g in graphs],
                right=("takes", "gives"),
            )
            return
        plan = workspace.plan(model)
        if as_json:
            document = _summary(plan.graph) | {"parameters": _knobs(plan.parameters)}
            if city is not None:
                document["coverage"] = _covered(workspace, plan.graph, city)
            show_json(document)
            return
        graph = plan.graph
        show_pairs(
            [
                ("model", f"{graph.id} {graph.version}"),
                ("title", graph.title),
                ("about", graph.summary),
                ("source", graph.source),
            ]
        )
        screen.print()
        show_table(
            ("table", "", "by", "standard", "must be there"),
            [
                (c.name, c.title, ", ".join(c.key), c.standard or "", c.required)
                for c in graph.needs
            ],
        )
        screen.print()
        show_table(
            ("parameter", "default", "unit", "what"),
            [(p.name, shown(p.default), p.unit, p.help or p.title) for p in plan.parameters],
        )
        known_as = _other_names(graph, plan.parameters)
        if known_as:
            screen.print()
            show_table(("table or parameter", "may also be called"), known_as)
        if city is not None:
            screen.print()
            _show_coverage(workspace, graph, city)


def template(
    model: ModelId,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="One of the model's tables.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", dir_okay=False, help="To write: .csv or .xlsx.")
    ],
    dataset: Annotated[
        str | None, typer.Option("--from", metavar="DATASET", help="Filled with this dataset.")
    ] = None,
    home: Home = None,
) -> None:
    """Write a table of a model to fill in: empty, or with what a dataset has."""
    from interurban.workspace import template as made

    with open_workspace(home) as workspace:
        content = made(workspace, model, table, file.suffix.removeprefix(".").lower(), dataset)
    save(file, content)
    screen.print(f"{file} is written. Check it with: interurban check {model} {table} {file}")


def check(
    model: ModelId,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="One of the model's tables.")],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A file, or a dataset's id.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", dir_okay=False, help="Write every problem as CSV."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check a table before a model takes it: every bad row, with its field, value and a hint."""
    with open_workspace(home) as workspace:
        checked = workspace.check(model, table, source_of(source))
    if out is not None:
        from io import BytesIO

        from pyarrow import csv

        sink = BytesIO()
        csv.write_csv(checked.problems.table(), sink)
        save(out, sink.getvalue())
    if as_json:
        show_json(_checked(checked))
    else:
        _show_checked(checked, limit)
    if not checked.ok:
        sys.exit(1)


def _other_names(graph: Graph, parameters: Sequence[Parameter]) -> list[tuple[str, str]]:
    """Tables and parameters that go by other names too, and those names."""
    return [
        *((c.name, ", ".join(c.also)) for c in graph.needs if c.also),
        *((p.name, ", ".join(p.also)) for p in parameters if p.also),
        *((p.name, " and ".join(p.ends)) for p in parameters if p.ends),
    ]


def _show_coverage(workspace: Workspace, graph: Graph, city: str) -> None:
    from interurban.workspace import cover

    found = cover(workspace.node, graph, city)
    show_table(
        ("table", "from", "fields", "missing"),
        [
            (
                t.table,
                ", ".join(t.serving),
                f"{sum(f.there for f in t.fields)} of {len(t.fields)}",
                t.why,
            )
            for t in found.tables
        ],
    )
    can = "runs" if found.runs else "does not run yet"
    screen.print(f"\n{graph.title} {can} in {city}: {found.percent:.0f} % of the fields are there.")


def _covered(workspace: Workspace, graph: Graph, city: str) -> dict[str, Any]:
    from dataclasses import asdict

    from interurban.workspace import cover

    found = cover(workspace.node, graph, city)
    return asdict(found) | {
        "runs": found.runs,
        "percent": found.percent,
        "missing": list(found.missing),
    }


def _show_checked(checked: Checked, limit: int) -> None:
    show_table(
        ("field", "column", "how it was found"),
        [(match.field, match.column, match.how) for match in checked.matches],
    )
    if checked.unused:
        screen.print(f"Not used: {', '.join(checked.unused)}.", style="dim")
    for said in checked.warnings:
        screen.print(f"Warning: {said}", style="yellow")
    screen.print()
    listed = checked.problems.sorted()[:limit]
    if listed:
        show_table(
            ("row", "field", "value", "problem", "what to do"),
            [(p.row, p.field, p.value[:100], p.problem, p.hint) for p in listed],
            right=("row",),
        )
        screen.print()
    found = checked.problems.count
    if found > len(listed):
        screen.print(f"{len(listed)} of {found:,} problems. All of them: --out problems.csv")
    if any(problem.row is not None for problem in listed):
        screen.print(
            "Rows are counted without the header: row 1 is the first under it.", style="dim"
        )
    screen.print(
        f"{counted(checked.rows, 'row')}, {counted(found, 'problem')}: "
        f"{'a model can take it' if checked.ok else 'no model can take it so'}."
    )


def _checked(checked: Checked) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "ok": checked.ok,
        "rows": checked.rows,
        "matches": [asdict(match) for match in checked.matches],
        "unused": list(checked.unused),
        "warnings": list(checked.warnings),
        "problems": checked.problems.count,
        "kinds": dict(checked.problems.kinds),
        "listed": [asdict(problem) for problem in checked.problems.sorted()],
    }


def _summary(graph: Graph) -> dict[str, Any]:
    return {
        "id": graph.id,
        "version": graph.version,
        "title": graph.title,
        "summary": graph.summary,
        "takes": [
            {"table": c.name, "title": c.title, "key": c.key, "value": c.value,
             "standard": c.standard, "where": dict(c.where), "required": c.required,
             "also": c.also}
            for c in graph.needs
        ],
        "gives": [
            {"table": c.name, "title": c.title, "key": c.key, "value": c.value,
             "standard": c.standard}
            for c in graph.gives
        ],
    }  # fmt: skip


def _knobs(parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    plain = ("name", "title", "type", "default", "help", "unit", "minimum", "maximum",
             "also", "ends")  # fmt: skip
    return [
        {name: getattr(p, name) for name in plain} | {"choices": dict(p.choices)}
        for p in parameters
    ]
