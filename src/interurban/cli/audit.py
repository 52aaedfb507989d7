"""The audit log: `audit log`, `audit verify`, `audit proof`, `audit head` and `audit erase`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.core.errors import BadRequest

from .options import AsJson, Home
from .output import counted, screen, show_json, show_pairs, show_table

if TYPE_CHECKING:
    from interurban.policy.audit import Entry, Head, Log

__all__ = ["app"]

app = typer.Typer(
    name="audit",
    help="What was done with data on this node, and the proofs that nothing of it was changed.",
    no_args_is_help=True,
)

Number = Annotated[int, typer.Argument(metavar="ENTRY", min=1, help="Number of an entry.")]


@app.command()
def log(
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only entries of this kind (snapshot, run ...).")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="ID", help="Only entries about this dataset.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the entries of the log, the newest first, with who and what is kept beside them."""
    from interurban.policy.audit import KINDS, opened

    if kind is not None and kind not in KINDS:
        raise BadRequest(
            f"There is no kind of entry {kind!r}.", advice=f"Known are {', '.join(KINDS)}."
        )
    with opened(_root(home)) as kept:
        found = kept.entries(limit=limit, kind=kind, dataset=dataset)
        shown = [_shown(kept, entry) for entry in found]
        size = kept.size()
    if as_json:
        show_json(shown)
        return
    show_table(
        ("entry", "when", "kind", "what", "dataset", "who", "more"),
        [
            (
                e["number"],
                e["at"][:19].replace("T", " "),
                e["kind"],
                e["what"],
                e.get("dataset"),
                e["kept"].get("who"),
                _more(e),
            )
            for e in shown
        ],
        right=("entry",),
    )
    screen.print(f"\n{counted(len(shown), 'entry', 'entries')} of {size:,}.")


@app.command()
def verify(
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", metavar="FILE", dir_okay=False, exists=True,
            help="A head that was kept: the log must go on from it.",
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Work out every hash, root and signature again; ends with code 1 when anything is wrong."""
    from dataclasses import asdict

    from interurban.policy.audit import verify as verify_log

    found = verify_log(_root(home), _head_in(since) if since is not None else None)
    if as_json:
        show_json(asdict(found) | {"ok": found.ok})
    else:
        for problem in found.problems:
            screen.print(str(problem), style="red", soft_wrap=True)
        said = "Everything holds." if found.ok else f"{counted(len(found.problems), 'problem')}."
        screen.print(
            f"{counted(found.entries, 'entry', 'entries')}, {counted(found.heads, 'signed head')}, "
            f"{counted(found.countersignatures, 'countersignature')}. {said}"
        )
    if not found.ok:
        sys.exit(1)


@app.command()
def proof(
    entry: Number,
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="Against the head of so many entries.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Prove that an entry is in the log: the hashes from it to a signed root."""
    from interurban.policy.audit import opened

    with opened(_root(home)) as kept:
        found = kept.proof(entry, size)
    if as_json:
        show_json(found.document())
        return
    document = found.document()
    show_pairs(
        [
            ("entry", found.entry.text),
            ("hash", document["leaf_hash"]),
            ("place", f"{entry} of {found.head.size}"),
            *((f"step {n}", step) for n, step in enumerate(document["path"], 1)),
            ("root", document["head"]["root"]),
            ("signed", f"{document['head']['time']} by node {found.head.node}"),
        ]
    )


@app.command()
def head(
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="The head of so many entries.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest signed head, to be kept: --json > head.json, then verify --since."""
    from interurban.policy.audit import opened

    with opened(_root(home)) as kept:
        found = kept.head(size)
        witnesses = [c.witness for c in kept.countersignatures(found.size)]
    if as_json:
        show_json(found.document())
        return
    document = found.document()
    show_pairs(
        [
            ("entries", found.size),
            ("root", document["root"]),
            ("signed", document["time"]),
            ("node", found.node),
            ("public key", document["public_key"]),
            ("signature", document["signature"]),
            ("countersigned by", ", ".join(witnesses) or "nobody yet"),
        ]
    )


@app.command()
def erase(entry: Number, home: Home = None) -> None:
    """Delete who and what is kept beside an entry; the entry and all proofs stay."""
    from interurban.policy.audit import local_user, opened

    with opened(_root(home)) as kept:
        number = kept.erase(entry, local_user())
    screen.print(f"Nothing is kept beside entry {entry} any more; entry {number} says so.")


def _root(home: Path | None) -> Path:
    from interurban.policy.audit import log_path
    from interurban.store.home import default_home

    root = home if home is not None else default_home()
    if not log_path(root).exists():
        from interurban.core.errors import NotFound

        raise NotFound("There is no audit log here.", advice="It begins with the first load.")
    return root


def _shown(kept: Log, entry: Entry) -> dict[str, Any]:
    beside = {p.name: json.loads(p.value) for p in kept.particulars(entry.number)}
    return {"number": entry.number, **entry.said, "kept": beside}


def _more(entry: dict[str, Any]) -> str:
    told = {**entry.get("facts", {}), **{k: v for k, v in entry["kept"].items() if k != "who"}}
    return ", ".join(f"{name} {value}" for name, value in told.items())


def _head_in(file: Path) -> Head:
    from interurban.policy.audit import read_head

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(
            f"{file} is not a signed head.", advice="Save one with: interurban audit head --json"
        ) from error
    return read_head(document if isinstance(document, dict) else {})
