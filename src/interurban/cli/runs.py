"""Runs of models: `run`, `runs` and `compare`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interurban.core.errors import BadRequest

from .options import AsJson, City, Home
from .output import counted, errors, screen, show_json, show_pairs, show_table
from .progress import bars
from .saving import save
from .workspace import MODELLED, ModelId, brief, open_workspace, shown, source_of

if TYPE_CHECKING:
    from interurban.core.model import Run
    from interurban.workspace import Scenario, Workspace

__all__ = ["compare", "run", "runs"]


def run(
    model: ModelId,
    city: Annotated[str, typer.Option("--city", metavar="ID", help="The city it is of.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter. Repeatable."),
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="TABLE=SOURCE",
            help="What a table is read from: a dataset's id, or a file. Repeatable; without one, "
            "the only dataset of the city that can serve.",
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="What to call it; the same name is a version.")] = "",
    scenarios: Annotated[
        Path | None,
        typer.Option(
            "--scenarios",
            metavar="FILE",
            dir_okay=False,
            exists=True,
            help="A run for each row of this table (.csv or .xlsx): a title and parameters. They "
            "come over those of --set.",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for its end, and show what it gave.")
    ] = True,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not check what models give each other.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Run a model; what it gives are datasets like any other, on the map and in the API.

    The run goes on by itself: the terminal can be closed. See it with `interurban runs`.
    """
    with open_workspace(home) as workspace:
        asked = _asked(workspace, model, _pairs(parameter or (), "set"), title, scenarios)
        ended = []
        for each in asked:
            # One after another: what they have in common is worked out by the first of them.
            begun = workspace.start(
                model,
                city,
                parameters=each.parameters,
                inputs={n: source_of(v) for n, v in _pairs(table or (), "input").items()},
                title=each.title,
                validate=not unchecked,
            )
            ended.append(_waited(workspace, begun) if wait else begun)
        if as_json:
            from interurban.workspace import record_of

            records = [record_of(workspace, one) | {"share": one.share} for one in ended]
            show_json(records[0] if scenarios is None else records)
        elif scenarios is None:
            _show_run(workspace, ended[0])
        else:
            _show_runs(ended, as_json=False)
            for failed in (one for one in ended if one.error):
                errors.print(f"{failed.title}: {failed.error}", style="red", soft_wrap=True)
    if any(one.state in ("failed", "dismissed") for one in ended):
        sys.exit(1)


def runs(
    run_id: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Everything about this one.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="ID")] = None,
    city: City = None,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="TITLE", help="Give it another title.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run the same once more.")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="Stop it.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Delete it and what it gave.")] = False,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="List what is kept of deleted runs.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", dir_okay=False,
            help="Write what it gave: .xlsx, .json, .csv or .parquet.",
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="With --out: only this table.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the runs, newest first; of one, its record, and what can be done with it.

    A run whose process died is taken up again.
    """
    from interurban.workspace import record_of

    with open_workspace(home) as workspace:
        workspace.recover()
        if deleted:
            gone = workspace.deleted()
            show_table(
                ("run", "model", "city", "title", "deleted", "by"),
                [(d.id, d.model, d.city, d.title, d.deleted_at, d.deleted_by) for d in gone],
            )
            return
        if run_id is None:
            if rename or again or dismiss or delete or out:
                raise BadRequest("Which run?", advice="Name it: interurban runs RUN ...")
            _show_runs(workspace.runs(model=model, city=city, limit=limit), as_json=as_json)
            return
        if dismiss:
            workspace.dismiss(run_id)
        if rename is not None:
            workspace.rename(run_id, rename)
        if out is not None:
            _write(workspace, run_id, out, table)
        if delete:
            workspace.delete(run_id)
            screen.print(f"{run_id} is deleted.")
            return
        found = workspace.run(run_id)
        if again:
            found = _waited(workspace, workspace.again(run_id))
        if as_json:
            show_json(record_of(workspace, found) | {"share": found.share})
        else:
            _show_run(workspace, found)


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN", help="The one that is compared with.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The one that is compared.")],
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="Compare this output, row by row.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="A,B", help="Sum the table by these columns.")
    ] = "year",
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs: what went in, what came out, and what drove the difference."""
    from dataclasses import asdict

    from interurban.workspace import compare_runs, compare_table, drivers

    with open_workspace(home) as workspace:
        found = compare_runs(workspace, first, second)
        names = [table] if table is not None else list(found.tables[:1])
        columns = [name for name in by.split(",") if name]
        tables = {name: compare_table(workspace, first, second, name, by=columns) for name in names}
        driving = drivers(workspace, first, second) if found.tables else ()
    changes = [*found.about, *found.inputs, *found.parameters]
    if as_json:
        show_json(
            {
                "changes": [asdict(change) for change in changes],
                "same": found.same,
                "equal": found.equal,
                "tables": {name: rows.to_pylist() for name, rows in tables.items()},
                "drivers": [asdict(d) | {"difference": d.difference} for d in driving],
            }
        )
        return
    if changes:
        show_table(
            ("differs", first, second),
            [(change.name, shown(change.first), shown(change.second)) for change in changes],
        )
    else:
        screen.print("The two runs were asked the same.")
    for name, rows in tables.items():
        screen.print(f"\n{name}" + (" (the same to the byte)" if name in found.equal else ""))
        listed = rows.slice(0, limit).to_pylist()
        show_table(
            tuple(rows.column_names),
            [list(row.values()) for row in listed],
            right=("first", "second", "difference", "percent"),
        )
        if rows.num_rows > limit:
            screen.print(f"{limit} of {counted(rows.num_rows, 'row')}.", style="dim")
    if driving:
        screen.print("\nWhat drove it")
        show_table(
            ("component", "first", "second", "difference"),
            [(d.component, d.first, d.second, d.difference) for d in driving],
            right=("first", "second", "difference"),
        )


def _asked(
    workspace: Workspace,
    model: str,
    parameters: dict[str, str],
    title: str,
    scenarios: Path | None,
) -> tuple[Scenario, ...]:
    """The runs that are asked for: one, or those of a table, which are all checked first."""
    from interurban.workspace import Scenario, read_scenarios

    if scenarios is None:
        return (Scenario(title, parameters),)
    return read_scenarios(scenarios, workspace.plan(model), parameters, title)


def _waited(workspace: Workspace, begun: Run) -> Run:
    with bars() as drawn, drawn.group() as group:
        return workspace.wait(
            begun.id,
            progress=lambda known: group.advance(
                known.title[:32], size=known.progress, total=100, step=known.state
            ),
        )


def _show_runs(found: Sequence[Run], *, as_json: bool) -> None:
    if as_json:
        names = ("id", "title", "version", "model", "model_version", "city", "state", "progress",
                 "created_at", "ended_at", "who", "share", "error")  # fmt: skip
        show_json([{name: getattr(each, name) for name in names} for each in found])
        return
    show_table(
        ("run", "title", "version", "model", "city", "state", "started"),
        [
            (
                each.id, each.title, str(each.version), each.model, each.city,
                f"{each.state} {each.progress} %" if each.state == "running" else each.state,
                each.created_at,
            )
            for each in found
        ],
    )  # fmt: skip


def _show_run(workspace: Workspace, known: Run) -> None:
    show_pairs(
        [
            ("run", known.id),
            ("title", f"{known.title}, version {known.version}"),
            ("data", MODELLED if known.outputs else None),
            ("model", f"{known.model} {known.model_version}"),
            ("city", known.city),
            ("state", known.state + (f", {known.progress} %" if known.state == "running" else "")),
            ("started", known.created_at),
            ("ended", known.ended_at),
            ("who", known.who),
            ("code", known.code_version),
            ("share", known.share),
        ]
    )
    screen.print()
    show_table(("parameter", "value"), [(name, shown(v)) for name, v in known.parameters.items()])
    for title, pins in (("input", known.inputs), ("output", known.outputs)):
        if pins:
            screen.print()
            show_table(
                (title, "from" if title == "input" else "dataset", "version", "content"),
                [
                    (name, p.dataset, str(p.version) if p.version else "", brief(p.content_hash))
                    for name, p in pins.items()
                ],
            )
    for said in known.warnings:
        screen.print(f"Warning: {said}", style="yellow")
    if known.error:
        errors.print(f"Error: {known.error}", style="red", soft_wrap=True)
        for name, path in workspace.problems(known.id).items():
            errors.print(f"Every problem of {name}: {path}", soft_wrap=True)


def _write(workspace: Workspace, run_id: str, file: Path, table: str | None) -> None:
    from interurban.workspace import export_run

    form = file.suffix.removeprefix(".").lower()
    content = export_run(workspace, run_id, form, () if table is None else (table,))
    save(file, content)
    errors.print(f"{file} is written. {MODELLED}", soft_wrap=True)


def _pairs(written: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in written:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise BadRequest(
                f"--{option} {text} has no name and value.",
                advice=f"Write it as --{option} NAME=VALUE.",
                part=option,
            )
        pairs[name.strip()] = value
    return pairs
