"""How two nodes become partners: each one's people compare the other's fingerprint and say yes.

A node says of itself who it is in a *card*, signed by its key. Whoever begins fetches the other's
card and has a person compare the fingerprint with what the other side's people read out; only then
anything is stored or sent. The other node stores that it was asked, and does nothing until
somebody there has done the same. Keys are the partners: whatever else a card says is only words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from interurban import __version__
from interurban.catalog.node import Node
from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, InterurbanError, Refused
from interurban.policy.audit import fingerprint
from interurban.sources.transport_guard import Scope

from .calling import reach_of
from .messages import Message
from .peers import grouped
from .strict import Strict

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = [
    "Card",
    "accept",
    "ask_to_pair",
    "checked_url",
    "expect_fingerprint",
    "fetch_card",
    "own_card",
    "read_card",
    "remind",
    "take_asking",
]

_MAX_URL, _MAX_TITLE, _MAX_CITIES = 2_000, 200, 200
_CITY = re.compile(r"[a-z0-9_]{1,64}")
_CODE = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Card:
    """What a node says of itself.

    Parameters
    ----------
    title: what its people call it.
    url: where partners reach it; empty when it does not know.
    cities: id and name of each city that it has data of.
    public: its key, 32 bytes.
    """

    title: str
    url: str
    cities: tuple[tuple[str, str], ...]
    version: str
    public: bytes

    @property
    def fingerprint(self) -> str:
        """By which people compare the key."""
        return fingerprint(self.public)

    def document(self) -> dict[str, Any]:
        """As JSON, without the key: that stands under the message."""
        return {
            "title": self.title,
            "url": self.url,
            "cities": [{"id": city, "name": name} for city, name in self.cities],
            "version": self.version,
        }


def own_card(alliance: Alliance, node: Node, *, title: str = "", url: str = "") -> Card:
    """What this node says of itself.

    Parameters
    ----------
    title: as its people set it; the names of the cities it has data of when empty.
    url: where partners reach it.
    """
    cities = node.cities
    held = sorted({node.packs.datasets[dataset].city for dataset in node.held()})
    named = tuple((city, cities[city].name) for city in held)
    title = title or " and ".join(name for _, name in named) or "Interurban"
    return Card(title[:_MAX_TITLE], url.rstrip("/"), named, __version__, alliance.key.public)


def read_card(document: Mapping[str, Any], public: bytes) -> Card:
    """Read what ``Card.document`` wrote; BadRequest when it is not that."""
    told = Strict(document, "the card of the node")
    told.only("title", "url", "cities", "version")
    cities = tuple(
        (each.text("id", 64, _CITY), each.text("name", _MAX_TITLE))
        for each in told.objects("cities", _MAX_CITIES)
    )
    title = told.text("title", _MAX_TITLE, some=True)
    if not title.isprintable():
        raise told.refuse("title", "has characters that can't be shown")
    url = told.text("url", _MAX_URL)
    return Card(title, checked_url(url) if url else "", cities, told.text("version", 40), public)


def checked_url(text: str) -> str:
    """The address of a node, without a slash at the end.

    Raises
    ------
    BadRequest: it is none of http or https, names a user, or leads where no node is.
    """
    bare = text.strip().rstrip("/")
    try:
        parts = urlsplit(bare)
        good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and not (parts.query or parts.fragment)
            and len(bare) <= _MAX_URL
            and bare.isprintable()
            and " " not in bare
        )
        httpx.URL(bare)
    except (ValueError, httpx.InvalidURL):
        good = False
    if not good:
        raise BadRequest(
            f"{text[:100]!r} is no address of a node.",
            advice="Write it whole, as https://data.example.org",
            part="url",
        )
    if "@" in parts.netloc:
        raise BadRequest(
            "The address of a node names no user and no password.",
            advice="Leave them out: nodes know each other by their keys.",
            part="url",
        )
    if reach_of(bare) is Scope.FORBIDDEN:
        raise BadRequest(
            f"{parts.hostname} lies where machines keep their own secrets; no node is there.",
            part="url",
        )
    return bare


def fetch_card(alliance: Alliance, url: str, expected: str | None = None) -> Card:
    """The card of the node at an address that a person typed; nothing is stored.

    Parameters
    ----------
    expected: the fingerprint that the other side's people read out, blanks allowed.

    Raises
    ------
    BadRequest: the address or the fingerprint can't be one.
    PeerDown: no node answers there.
    Refused: it is this node itself, or its key is another than it should be.
    """
    url = checked_url(url)
    message, public = alliance.calls.card(url)
    card = read_card(message.body, public)
    if public == alliance.key.public:
        raise Refused(
            f"The node at {url} is this one.",
            advice="Give the address of the other one.",
            part="url",
        )
    if expected is not None:
        expect_fingerprint(url, card.fingerprint, expected)
    _expect_same_key(alliance, url, card.fingerprint, card.title)
    return Card(card.title, url, card.cities, card.version, public)


def expect_fingerprint(url: str, found: str, expected: str) -> None:
    """Let pass a node whose fingerprint is what its people read out, blanks allowed.

    Raises
    ------
    BadRequest: what was read out is no fingerprint. Refused: it is another one.
    """
    wanted = re.sub(r"[\s:-]", "", expected).lower()
    if not _CODE.fullmatch(wanted):
        raise BadRequest(
            "A fingerprint has 40 characters from 0 to 9 and a to f.",
            advice="Read it from: interurban peer fingerprint",
            part="fingerprint",
        )
    if found != wanted:
        raise Refused(
            f"The node at {url} has the fingerprint {grouped(found)}, not {grouped(wanted)}.",
            advice="Somebody may stand between you: compare again by telephone.",
            part="fingerprint",
        )


def ask_to_pair(
    alliance: Alliance,
    card: Card,
    own: Card,
    *,
    wanted: str | None = None,
    who: str | None = None,
) -> Peer:
    """Say yes to a node whose fingerprint a person compared, and tell it.

    Where that node asked before, or had said yes before, the two are paired now.

    Parameters
    ----------
    card: as ``fetch_card`` gave it; own: what this node says of itself, with its address.
    wanted: the id it shall have here.
    who: the account that does it; the person at this machine when absent.

    Raises
    ------
    BadRequest: this node does not know its own address, or the id can't be.
    PeerDown, Refused: the other node can't be told, or says no; nothing was stored then.
    """
    _expect_own_url(own, card)
    peers = alliance.peers
    peers.look_again()
    known = peers.by_fingerprint(card.fingerprint)
    if known is not None and known.standing == "frozen":
        raise Refused(
            f"{known.title} is frozen: {known.reason}",
            advice=f"When all is well: interurban peer resume {known.id}",
        )
    answer = alliance.calls.first(card.url, card.public, "pair", own.document())
    says_yes = answer.body.get("standing") == "paired"
    if known is None or known.standing == "removed":
        peer = peers.add(
            title=card.title,
            url=card.url,
            public=card.public,
            standing="asked",
            wanted=wanted,
            who=who,
        )
    else:
        peers.moved(known.id, title=card.title, url=card.url, who=who)
        peer = peers.get(known.id)
    if peer.standing == "asks" or (peer.standing == "asked" and says_yes):
        new_id = wanted if known is not None and peer.standing == "asks" else None
        return peers.accept(peer.id, who, wanted=new_id)
    return peer


def accept(
    alliance: Alliance, peer: Peer, *, wanted: str | None = None, who: str | None = None
) -> Peer:
    """Say yes to a node that asked, after a person compared its fingerprint, and tell it.

    If it does not answer now it learns of it when it asks the next time.

    Raises
    ------
    Refused: it did not ask. BadRequest: the id can't be one.
    """
    if peer.is_paired:
        return peer
    if peer.standing != "asks":
        raise Refused(
            f"{peer.title} did not ask to pair; it is {peer.standing}.",
            advice="Somebody there has to say yes first."
            if peer.standing == "asked"
            else f"Begin with: interurban peer add {peer.url}",
        )
    _expect_same_key(alliance, peer.url, peer.fingerprint, peer.title)
    return remind(alliance, alliance.peers.accept(peer.id, who, wanted=wanted))


def remind(alliance: Alliance, peer: Peer) -> Peer:
    """Greet a node that somebody here said yes to; one that has said yes as well answers.

    Nothing is raised: when it does not answer, that stands beside it.
    """
    try:
        alliance.calls.first(peer.url, peer.public, "hello", {})
    except InterurbanError as error:
        alliance.peers.failed(peer.id, error.what)
        return peer
    alliance.peers.saw(peer.id)
    return alliance.peers.accept(peer.id, who=peer.id) if peer.standing == "asked" else peer


def take_asking(alliance: Alliance, message: Message, public: bytes) -> dict[str, str]:
    """Answer a node that asks to pair: how it stands here now.

    Raises
    ------
    BadRequest: its card can't be read, or names no address.
    Refused: another key is known at that address; it is frozen; or too many wait.
    """
    card = read_card(message.body, public)
    if not card.url:
        raise BadRequest(
            "The card names no address, so this node could not ask yours.",
            advice="Set INTERURBAN_PUBLIC_URL at your node.",
            part="url",
        )
    peers = alliance.peers
    peers.look_again()
    known = peers.by_fingerprint(card.fingerprint)
    _expect_same_key(alliance, card.url, card.fingerprint, card.title)
    if known is not None and known.standing == "frozen":
        raise Refused(
            "Nothing is exchanged with your node until people have looked at it.",
            advice=f"The reason is: {known.reason}",
            part="from",
        )
    if known is not None and known.standing == "removed":
        raise Refused(
            "The people of this node have parted with yours.",
            advice="Ask them to add it again.",
            part="from",
        )
    if known is None:
        made = peers.add(
            title=card.title, url=card.url, public=public, standing="asks", who="unknown"
        )
        return {"standing": made.standing}
    if known.standing == "asked":
        # Somebody here compared this key before; now its own people say yes.
        return {"standing": peers.accept(known.id, who=known.id).standing}
    return {"standing": known.standing}


def _expect_same_key(alliance: Alliance, url: str, code: str, title: str) -> None:
    """Refuse a node that comes with another key than the partner at its address has."""
    for peer in alliance.peers.all():
        if peer.url == url and peer.fingerprint != code and peer.standing != "asks":
            raise Refused(
                f"{title} at {url} comes with the key {grouped(code)}, and {peer.title} there is "
                f"known by {grouped(peer.fingerprint)}.",
                advice="Ask its people by telephone. If they changed their key, remove the "
                f"partner first: interurban peer remove {peer.id}",
                part="public_key",
            )


def _expect_own_url(own: Card, card: Card) -> None:
    if not own.url:
        raise BadRequest(
            "This node does not know the address at which partners reach it.",
            advice="Set INTERURBAN_PUBLIC_URL, or name it with --own-url.",
            part="own_url",
        )
    checked_url(own.url)
    if own.url == card.url:
        raise Refused(f"{own.url} is the address of this node.", part="url")
    if reach_of(own.url) is Scope.LOOPBACK and reach_of(card.url) is not Scope.LOOPBACK:
        raise BadRequest(
            f"{own.url} is this machine's name for itself; {card.title} can't reach it there.",
            advice="Set INTERURBAN_PUBLIC_URL to the address that others use.",
            part="own_url",
        )
