"""`schools what-if`: what would follow from changes to schools, boundaries and homes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from interurban.cli.options import Home, open_node
from interurban.cli.output import screen, show_json, show_table
from interurban.core.errors import BadRequest

__all__ = ["replay", "what_if"]

_Several = Annotated[list[str] | None, typer.Option(metavar="SCHOOL", help="Close a school.")]


def what_if(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago, london.")],
    close: _Several = None,
    resize: Annotated[
        list[str] | None, typer.Option(metavar="SCHOOL=PLACES", help="Give a school places.")
    ] = None,
    merge: Annotated[
        list[str] | None, typer.Option(metavar="SCHOOL=INTO", help="Merge a school into another.")
    ] = None,
    open_: Annotated[
        list[str] | None,
        typer.Option("--open", metavar="NAME=LON,LAT,PLACES", help="Open a school."),
    ] = None,
    homes: Annotated[
        list[str] | None,
        typer.Option(metavar="LON,LAT,HOMES,PUPILS", help="Add homes, with pupils per home."),
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Changes as a JSON list, as over HTTP.")
    ] = None,
    flows: Annotated[str, typer.Option(metavar="DATASET:YEAR", help="A set of flows.")] = "",
    stage: Annotated[str, typer.Option(help="The newest flows of a stage.")] = "",
    hold: Annotated[bool, typer.Option("--hold", help="Full schools take nobody.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="As one long table.")] = False,
    home: Home = None,
) -> None:
    """Who would move, how much further, and which schools would be over full.

    As in: interurban schools what-if london --close 100049.
    """
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.what_if.asking import ask
    from interurban.apps.schools.what_if.changes import read_changes
    from interurban.apps.schools.what_if.document import what_if_csv, what_if_document

    said = [
        *_from_file(changes),
        *({"do": "close", "school": one} for one in close or ()),
        *(_resize(one) for one in resize or ()),
        *(_merge(one) for one in merge or ()),
        *(_open(one) for one in open_ or ()),
        *(_homes(one) for one in homes or ()),
    ]
    asked = read_changes(said)
    with open_node(home) as node:
        atlas = open_atlas(node, city)
        found = ask(atlas, asked, flows, stage, hold=hold)
    before = found.after.before
    if csv:
        sys.stdout.write(what_if_csv(found))
        return
    names = dict(zip(before.schools.ids, before.schools.names, strict=True))
    document = what_if_document(found, asked, names, hold=hold, units=atlas.city.units)
    if json:
        show_json(document)
        return
    for change in document["changes"]:
        screen.print(change["words"])
    screen.print(document["words"], style="bold")
    show_table(
        ["school", "name", "before", "after", "places", "over"],
        [
            [row["id"], row["name"], row["before"], row["after"], row["capacity"], row["over"]]
            for row in (document["receiving"] + document["losing"])[:20]
        ],
        right=("before", "after", "places", "over"),
    )
    show_table(
        ["who", "pupils", "share", "of all"],
        [[row["label"], row["pupils"], row["share"], row["city_share"]] for row in document["who"]],
        right=("pupils", "share", "of all"),
    )
    for line in document["assumptions"]:
        screen.print(f"- {line}", style="dim")


def replay(
    city: Annotated[str, typer.Argument(metavar="CITY", help="As in: chicago.")],
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    home: Home = None,
) -> None:
    """Solve a city's closings of the past, and hold them against what happened."""
    from interurban.apps.schools.reading import open_atlas
    from interurban.apps.schools.what_if.replay import replay as replayed
    from interurban.apps.schools.what_if.replay_document import replay_document

    with open_node(home) as node:
        document = replay_document(replayed(open_atlas(node, city)))
    if json:
        show_json(document)
        return
    screen.print(document["words"])
    names = ("id", "name", "before", "predicted", "happened", "chosen", "naive")
    show_table(
        names, [[row[name] for name in names] for row in document["receiving"]], right=names[2:]
    )
    for line in document["assumptions"]:
        screen.print(f"- {line}", style="dim")


def _from_file(path: Path | None) -> list[dict[str, Any]]:
    import json

    if path is None:
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(
            f"{path} can't be read as JSON.", advice="Write a list of changes.", part="changes"
        ) from error
    return found if isinstance(found, list) else [found]


def _resize(text: str) -> dict[str, Any]:
    school, places = _two(text, "resize")
    return {"do": "resize", "school": school, "places": _number(places, "resize")}


def _merge(text: str) -> dict[str, Any]:
    school, into = _two(text, "merge")
    return {"do": "merge", "schools": [school], "into": into}


def _open(text: str) -> dict[str, Any]:
    name, rest = _two(text, "open")
    lon, lat, places = _numbers(rest, 3, "open")
    return {"do": "open", "name": name, "lon": lon, "lat": lat, "places": places}


def _homes(text: str) -> dict[str, Any]:
    lon, lat, number, each = _numbers(text, 4, "homes")
    return {"do": "homes", "lon": lon, "lat": lat, "homes": number, "pupils_per_home": each}


def _two(text: str, option: str) -> tuple[str, str]:
    first, equals, second = text.partition("=")
    if not equals or not first or not second:
        raise BadRequest(
            f"--{option} {text!r} can't be read.", advice="See --help for its form.", part=option
        )
    return first.strip(), second.strip()


def _numbers(text: str, count: int, option: str) -> list[float]:
    parts = text.split(",")
    if len(parts) != count:
        raise BadRequest(
            f"--{option} takes {count} numbers with commas between.",
            advice="See --help for its form.",
            part=option,
        )
    return [_number(part, option) for part in parts]


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadRequest(
            f"--{option}: {text!r} is no number.", advice="See --help for its form.", part=option
        ) from None
