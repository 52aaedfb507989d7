"""Personal data: `personal-data show`, `sign-off`, `withdraw` and `scan`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from .options import AsJson, Home, open_node
from .output import counted, screen, show_json, show_pairs, show_table

if TYPE_CHECKING:
    from interurban.policy.personal_data import Finding, Report

__all__ = ["app", "tell_findings"]

app = typer.Typer(
    name="personal-data",
    help="What looks like personal data in what was loaded, and who signed it off.",
    no_args_is_help=True,
)

_PUBLISHED = "published by its city: open, with a warning"

DatasetId = Annotated[str, typer.Argument(metavar="DATASET", help="Id of a loaded dataset.")]


@app.command()
def show(
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATASET]", help="Everything found in this one.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the datasets with findings; of one, every finding, with masked examples."""
    from interurban.core.errors import NotFound
    from interurban.policy.personal_data import read_report, reports

    root = _root(home)
    if dataset is None:
        listed = [report for report in reports(root) if report.warnings or report.failed]
        if as_json:
            show_json([_document(report) for report in listed])
            return
        show_table(
            ("dataset", "found", "state"),
            [(r.dataset, _kinds(r.warnings), _state(r)) for r in listed],
        )
        screen.print(f"{counted(len(listed), 'dataset')} with findings.")
        return
    report = read_report(root, dataset)
    if report is None:
        raise NotFound(
            f"{dataset} was not looked at for personal data.",
            advice=f"Look with: interurban personal-data scan {dataset}",
        )
    if as_json:
        show_json(_document(report))
    else:
        _show(report)


@app.command("sign-off")
def sign_off(
    dataset: DatasetId,
    reason: Annotated[
        str, typer.Option("--reason", help="Why this may be open, in a sentence; it is kept.")
    ],
    home: Home = None,
) -> None:
    """Take responsibility for what was found in a file of your own: from now on it is open."""
    from interurban.policy.audit import local_user
    from interurban.policy.personal_data import sign_off as sign

    report = sign(_root(home), dataset, reason, local_user())
    signed = report.sign_offs[-1]
    screen.print(
        f"{counted(len(signed.keys), 'finding')} of {dataset} signed off by {signed.who}. "
        "It is open from now on, as far as its policy lets it be."
    )


@app.command()
def withdraw(dataset: DatasetId, home: Home = None) -> None:
    """Take the sign-off of a file of your own back: it is closed from now on."""
    from interurban.policy.audit import local_user
    from interurban.policy.personal_data import withdraw as take_back

    report = take_back(_root(home), dataset, local_user())
    screen.print(f"Nothing of {dataset} is signed off any more: {_state(report)}.")


@app.command()
def scan(dataset: DatasetId, home: Home = None) -> None:
    """Look again at the newest version of a dataset."""
    from interurban.catalog.after_load import look_for_personal_data, newest_version

    with open_node(home) as node:
        snapshot = newest_version(node.home, dataset)
        zone = node.city(node.dataset(dataset).city).time_zone
        report = look_for_personal_data(node.home, snapshot, zone, again=True)
    if report is None:
        screen.print(f"The rows of {dataset} were made up: there is nobody in them.")
    else:
        _show(report)


def tell_findings(home: Path, datasets: Iterable[str]) -> None:
    """After a load, say what was found, and what is not open until somebody signs it off."""
    from interurban.policy.personal_data import blocked, read_report

    for dataset in datasets:
        report = read_report(home, dataset)
        if report is None:
            continue
        closed = blocked(home, dataset)
        if closed is not None:
            screen.print(Text(f"Not open: {closed.reason}", style="bold yellow"), soft_wrap=True)
            screen.print(Text(closed.advice), soft_wrap=True)
        elif report.open_findings:
            said = f"{dataset} has what looks like personal data: {_kinds(report.open_findings)}."
            screen.print(Text(said, style="yellow"), soft_wrap=True)
            screen.print(f"See it with: interurban personal-data show {dataset}", soft_wrap=True)


def _show(report: Report) -> None:
    show_pairs(
        [
            ("dataset", report.dataset),
            ("version", report.version),
            ("looked at", f"{report.looked_at:,} of {counted(report.rows, 'row')}"),
            ("state", _state(report)),
            *(("signed off", f"{s.at} by {s.who}: {s.reason}") for s in report.sign_offs),
        ]
    )
    if not report.findings:
        return
    screen.print()
    show_table(
        ("fields", "looks like", "rows", "sure", "examples", "why"),
        [
            (", ".join(f.fields), f.kind, f.values, f.confidence, "  ".join(f.examples), f.why)
            for f in report.findings
        ],
        right=("rows",),
    )


def _state(report: Report) -> str:
    match report.state:
        case "failed":
            return f"could not be looked at: {report.failed}"
        case "blocked":
            return "not open until signed off"
        case "signed-off":
            return "signed off"
        case "told":
            return "open, with a warning" if report.own else _PUBLISHED
        case "nothing":
            return "open" if report.findings else "nothing found"


def _kinds(findings: Iterable[Finding]) -> str:
    return ", ".join(dict.fromkeys(f"{f.kind} ({', '.join(f.fields)})" for f in findings))


def _document(report: Report) -> dict[str, Any]:
    return asdict(report) | {"state": _state(report)}


def _root(home: Path | None) -> Path:
    from interurban.store.home import default_home

    return home if home is not None else default_home()
