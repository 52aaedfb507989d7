"""Partner nodes: `peer add`, `accept`, `list`, `show`, `sync`, `freeze`, `resume`, `remove`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interurban.core.errors import BadRequest, InterurbanError

from .options import AsJson, Home
from .output import counted, errors, screen, show_error, show_json, show_pairs, show_table

if TYPE_CHECKING:
    from interurban.alliance.opened import Alliance
    from interurban.alliance.pairing import Card
    from interurban.core.alliance import Peer

__all__ = ["app"]

app = typer.Typer(
    name="peer",
    help="Nodes of other cities that this one shares with.",
    no_args_is_help=True,
)

PeerId = Annotated[str, typer.Argument(metavar="ID", help="A partner, as `peer list` names it.")]
Url = Annotated[
    str, typer.Argument(metavar="URL", help="Where the other node is: https://data.example.org")
]
Fingerprint = Annotated[
    str | None,
    typer.Option(
        "--fingerprint",
        metavar="CODE",
        help="What the other side's people read out; it must be the node's own.",
    ),
]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="ID", help="What policies here shall name it by (peer:ID)."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="The fingerprints were compared; don't ask.")
]
OwnUrl = Annotated[
    str | None,
    typer.Option(
        "--own-url", envvar="INTERURBAN_PUBLIC_URL", metavar="URL",
        help="Where partners reach this node.",
    ),
]  # fmt: skip
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in plain words.")]


@app.command()
def add(
    url: Url,
    fingerprint: Fingerprint = None,
    wanted: As = None,
    yes: Yes = False,
    own_url: OwnUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Ask a node to be a partner, or say yes to one that asked.

    Its fingerprint is shown: compare it by telephone with what `interurban peer fingerprint` says
    there. The two are partners when somebody has done so on both sides.
    """
    from interurban.alliance.calling import reach_of
    from interurban.alliance.pairing import ask_to_pair, fetch_card
    from interurban.sources.transport_guard import Scope

    with _alliance(home) as alliance:
        card = fetch_card(alliance, url, fingerprint)
        if fingerprint is None and not yes:
            _compare(card.title, card.url, card.fingerprint)
        if card.url.startswith("http:") and reach_of(card.url) is Scope.PUBLIC:
            errors.print(
                "What the two nodes send each other is signed, and by http anybody on the way can "
                "read it: use https.",
                style="yellow",
                soft_wrap=True,
            )
        own = _own_card(alliance, home, own_url)
        peer = ask_to_pair(alliance, card, own, wanted=wanted)
        if as_json:
            show_json(_document(alliance, peer))
        elif peer.is_paired:
            _paired(peer)
        else:
            screen.print(f"{peer.title} was asked, and is called {peer.id} here.", markup=False)
            screen.print(
                "Its people accept with: interurban peer accept, once they have compared your "
                "fingerprint:",
                style="dim",
                soft_wrap=True,
            )
            screen.print(_grouped(own.fingerprint), style="bold")


@app.command()
def accept(
    peer: PeerId,
    fingerprint: Fingerprint = None,
    wanted: As = None,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say yes to a node that asked, after comparing its fingerprint."""
    from interurban.alliance.pairing import accept as accept_peer
    from interurban.alliance.pairing import expect_fingerprint

    with _alliance(home) as alliance:
        found = alliance.peers.get(peer)
        if fingerprint is not None:
            expect_fingerprint(found.url, found.fingerprint, fingerprint)
        elif not (yes or found.is_paired):
            _compare(found.title, found.url, found.fingerprint)
        accepted = accept_peer(alliance, found, wanted=wanted)
        if as_json:
            show_json(_document(alliance, accepted))
        else:
            _paired(accepted)


@app.command("list")
def list_peers(home: Home = None, as_json: AsJson = False) -> None:
    """List the partners, and how each one fares."""
    with _alliance(home) as alliance:
        found = alliance.peers.all()
        if as_json:
            show_json([_document(alliance, peer) for peer in found])
            return
        if not found:
            screen.print("There is no partner yet. Ask one with: interurban peer add URL")
            return
        show_table(
            ("partner", "title", "address", "state", "datasets", "last answer", "note"),
            [
                (
                    peer.id, peer.title, peer.url, _STATES[peer.standing],
                    len(alliance.known.of(peer.id)[1]), _ago(peer.seen_at),
                    peer.reason or peer.failure,
                )
                for peer in found
            ],
            right=("datasets",),
        )  # fmt: skip


@app.command()
def show(peer: PeerId, home: Home = None, as_json: AsJson = False) -> None:
    """Show a partner: its key, what it told, whose logs were witnessed, and what clashes."""
    from interurban.alliance.witnessing import watched

    with _alliance(home) as alliance:
        found = alliance.peers.get(peer)
        cities, datasets = alliance.known.of(peer)
        theirs, ours = watched(alliance.home, found)
        clashes = [each for each in _conflicts(alliance, home) if each.peer == peer]
        if as_json:
            document = _document(alliance, found)
            show_json(document | {"conflicts": [asdict(each) for each in clashes]})
            return
        show_pairs(
            [
                ("partner", found.id),
                ("title", found.title),
                ("address", found.url),
                ("fingerprint", _grouped(found.fingerprint)),
                ("state", _STATES[found.standing]),
                ("why", found.reason),
                ("added", found.added_at.astimezone()),
                ("last answer", _ago(found.seen_at)),
                ("failure", found.failure),
                ("cities", cities),
                ("datasets", len(datasets)),
                ("entries taken in", found.feed),
                ("its log, signed here", f"{theirs.size:,} entries" if theirs else "not yet"),
                ("our log, signed there", f"{ours.size:,} entries" if ours else "not yet"),
            ]
        )
        for clash in clashes:
            of = f"{clash.taken_from}'s" if clash.taken_from else "this node's own"
            screen.print(
                f"The {clash.kind} {clash.subject} is told as well, and {of} is shown.",
                style="yellow",
                soft_wrap=True,
                markup=False,
            )


@app.command()
def sync(
    peer: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this partner; all when absent.")
    ] = None,
    deletes: Annotated[
        bool, typer.Option("--deletes", help="Take it in even if it takes away much.")
    ] = False,
    home: Home = None,
) -> None:
    """Ask partners now what is new; a served node does so by itself every two seconds."""
    from interurban.alliance.syncing import sync as sync_with

    with _alliance(home) as alliance:
        wanted = [alliance.peers.get(peer)] if peer is not None else alliance.peers.paired()
        failed = False
        for found in wanted:
            try:
                taken = sync_with(alliance, found, deletes=deletes)
            except InterurbanError as error:
                failed = True
                show_error(error)
                continue
            news = f"took in {counted(taken.entries, 'change')}" if taken.entries else "nothing new"
            seen = f"; witnessed its log of {taken.witnessed:,}" if taken.witnessed else ""
            screen.print(f"{found.title}: {news}{seen}.", markup=False)
        if not wanted:
            screen.print("There is no partner yet.")
        if failed:
            raise typer.Exit(1)


@app.command()
def freeze(peer: PeerId, reason: Reason, home: Home = None) -> None:
    """Exchange nothing with a partner until somebody has looked."""
    with _alliance(home) as alliance:
        found = alliance.peers.freeze(peer, reason)
    screen.print(
        f"Nothing is exchanged with {found.title} any more. Go on with: interurban peer resume "
        f"{peer}",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def resume(peer: PeerId, home: Home = None) -> None:
    """Go on with a frozen partner; all it tells is read anew."""
    with _alliance(home) as alliance:
        found = alliance.peers.resume(peer)
    screen.print(f"{found.title} is a partner again.", markup=False)


@app.command()
def remove(peer: PeerId, reason: Reason = "", yes: Yes = False, home: Home = None) -> None:
    """Part with a node: what it told is forgotten, and agreements with it end."""
    with _alliance(home) as alliance:
        found = alliance.peers.get(peer)
        if not yes:
            typer.confirm(f"Part with {found.title}?", abort=True)
        alliance.agreements.part(found.id, reason)
        alliance.peers.remove(peer, reason=reason)
    screen.print(f"{found.title} is no partner any more.", markup=False)


@app.command()
def fingerprint(home: Home = None, as_json: AsJson = False) -> None:
    """Show this node's fingerprint, to be read out to the other side's people."""
    from interurban.policy.audit import public_pem

    with _alliance(home) as alliance:
        key = alliance.key
    if as_json:
        show_json({"fingerprint": key.fingerprint, "public_key": key.public.hex()})
        return
    screen.print(_grouped(key.fingerprint), style="bold")
    screen.print(public_pem(key.public).strip(), style="dim")


_STATES = {
    "asked": "asked; they have not said yes",
    "asks": "asks; nobody here has said yes",
    "paired": "partner",
    "frozen": "frozen",
    "removed": "removed",
}


@contextmanager
def _alliance(home: Path | None) -> Iterator[Alliance]:
    from interurban.alliance.opened import Alliance
    from interurban.store.home import default_home

    with Alliance(home or default_home()) as opened:
        yield opened


def _own_card(alliance: Alliance, home: Path | None, own_url: str | None) -> Card:
    from interurban.alliance.pairing import own_card
    from interurban.catalog.node import Node

    with Node(home) as node:
        title = os.environ.get("INTERURBAN_TITLE", "")
        return own_card(alliance, node, title=title, url=own_url or "")


def _conflicts(alliance: Alliance, home: Path | None) -> Any:
    from interurban.catalog.node import Node

    with Node(home) as node:
        return alliance.known.conflicts(node.held())


def _compare(title: str, url: str, code: str) -> None:
    """Show who it is, and have a person say that it is who it should be."""
    import sys

    errors.print(f"{title}, at {url}", markup=False, soft_wrap=True)
    errors.print(f"Its fingerprint is {_grouped(code)}", markup=False, soft_wrap=True)
    if not sys.stdin.isatty():
        raise BadRequest(
            "Nobody is here to compare the fingerprint.",
            advice="Give what the other side's people read out with --fingerprint.",
            part="fingerprint",
        )
    typer.confirm("Is that what the other side's people read out to you?", abort=True, err=True)


def _paired(peer: Peer) -> None:
    screen.print(f"{peer.title} is a partner now; policies name it peer:{peer.id}.", markup=False)
    if peer.failure:
        screen.print(f"It could not be told yet: {peer.failure}", style="dim", markup=False)


def _document(alliance: Alliance, peer: Peer) -> dict[str, Any]:
    cities, datasets = alliance.known.of(peer.id)
    shown = {name: value for name, value in asdict(peer).items() if name != "public"}
    return {
        **shown,
        "public_key": peer.public.hex(),
        "cities": list(cities),
        "datasets": list(datasets),
    }


def _grouped(code: str) -> str:
    from interurban.alliance.peers import grouped

    return grouped(code)


def _ago(at: datetime | None) -> str:
    """How long ago, in the largest unit that fits."""
    if at is None:
        return "never"
    seconds = (datetime.now(UTC) - at).total_seconds()
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), name)} ago"
    return "just now"
