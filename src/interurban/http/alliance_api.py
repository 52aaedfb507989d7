"""Partners over HTTP: what nodes send each other, and what people see and do about it.

Nodes are known by the keys that their messages are sealed with, so their addresses ask for no
session and no token. What people change here is for administrators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interurban.alliance.calling import MOST_BYTES, SEALED_HEADER
from interurban.alliance.messages import Sealed, packed
from interurban.alliance.pairing import accept, ask_to_pair, fetch_card
from interurban.alliance.peers import grouped
from interurban.alliance.syncing import sync
from interurban.alliance.witnessing import Watched, watched
from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, TooMuch
from interurban.policy.audit import public_pem

from .bodies import read_object
from .formats import JSON_FORMAT
from .identity import administrator_of
from .members import FLAG, TEXT, read_members
from .methods import by_method
from .negotiation import choose_format
from .partners import Partners
from .provenance import instant
from .request_values import only, single
from .service import json_answer, service

__all__ = ["DEEDS", "routes"]

T = TypeVar("T")

_FRESH = {"Cache-Control": "no-store"}
DEEDS = ("accept", "freeze", "resume", "remove", "sync")
"""What an administrator may do about a partner."""

_AT_ONCE = 40
"""Messages of partners that are worked on at once; each partner has a smaller share of its own."""

_turns = CapacityLimiter(_AT_ONCE)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/alliance/card", card),
        Route("/alliance/{kind}", message, methods=["POST"]),
        by_method("/api/alliance", get=overview),
        by_method("/api/alliance/card", get=other_card),
        by_method("/api/alliance/peers", post=add),
        by_method("/api/alliance/peers/{peer}", post=do),
    ]


# For nodes


async def card(request: Request) -> Response:
    """What this node says of itself, signed: the first thing another node asks for."""
    only(request)
    partners, url = _partners(request), service(request).base(request)
    sealed = await _work(lambda: partners.answering.card(partners.card(url).document()))
    return json_answer(sealed.document(), _FRESH)


async def message(request: Request) -> Response:
    """A sealed message of a partner, and its sealed answer."""
    only(request)
    kind = request.path_params["kind"]
    answering = _partners(request).answering
    address = request.client.host if request.client else ""
    try:
        sealed = Sealed.read(await read_object(request, MOST_BYTES))
    except (BadRequest, TooMuch) as error:
        refusal = error
        await _work(lambda: answering.refuse(kind, refusal, None, address))
        raise
    answer, content = await _work(lambda: answering.answer(kind, sealed, address=address))
    if content is None:
        return json_answer(answer.document(), _FRESH)
    headers = {**_FRESH, SEALED_HEADER: packed(answer)}
    return Response(content, headers=headers, media_type="application/octet-stream")


# For people


async def overview(request: Request) -> Response:
    """The node itself, and its partners."""
    _plain(request)
    partners, url = _partners(request), service(request).base(request)
    return json_answer(await _work(lambda: _overview(partners, url)), _FRESH)


async def other_card(request: Request) -> Response:
    """What the node at an address says of itself, for a person to compare; nothing is stored."""
    choose_format(request, (JSON_FORMAT,))
    only(request, "f", "url")
    administrator_of(request)
    partners, url = _partners(request), single(request, "url")
    found = await _work(lambda: fetch_card(partners.alliance, url))
    return json_answer({**found.document(), "fingerprint": found.fingerprint}, _FRESH)


async def add(request: Request) -> Response:
    """Ask a node to be a partner, whose fingerprint was compared."""
    _plain(request)
    who = str(administrator_of(request).account)
    asked = await read_members(request, {"url": TEXT}, {"fingerprint": TEXT, "id": TEXT})
    partners, own_url = _partners(request), service(request).base(request)

    def work() -> dict[str, Any]:
        alliance = partners.alliance
        found = fetch_card(alliance, asked["url"], asked.get("fingerprint"))
        if "fingerprint" not in asked:
            raise BadRequest(
                f"The node there calls itself {found.title} and has the fingerprint "
                f"{grouped(found.fingerprint)}.",
                advice="If that is what its people read out to you, send it as fingerprint.",
                part="fingerprint",
            )
        own = partners.card(own_url)
        made = ask_to_pair(alliance, found, own, wanted=asked.get("id") or None, who=who)
        return _peer(partners, made)

    answer = json_answer(await _work(work), _FRESH)
    answer.status_code = 201
    return answer


async def do(request: Request) -> Response:
    """Accept, freeze, resume or remove a partner, or ask it now what is new."""
    _plain(request)
    who = str(administrator_of(request).account)
    optional = {"reason": TEXT, "id": TEXT, "deletes": FLAG}
    asked = await read_members(request, {"do": TEXT}, optional)
    partners, peer = _partners(request), request.path_params["peer"]
    if asked["do"] not in DEEDS:
        raise BadRequest(
            f"There is nothing called {asked['do'][:40]!r} to do.",
            advice=f"Known are {', '.join(DEEDS)}.",
            part="do",
        )
    return json_answer(await _work(lambda: _done(partners, peer, asked, who)), _FRESH)


def _done(partners: Partners, peer: str, asked: dict[str, Any], who: str) -> dict[str, Any]:
    alliance = partners.alliance
    peers, reason = alliance.peers, asked.get("reason", "")[:500]
    peers.look_again()
    found = peers.get(peer)
    match asked["do"]:
        case "accept":
            found = accept(alliance, found, wanted=asked.get("id") or None, who=who)
        case "freeze":
            found = peers.freeze(peer, reason or "An administrator froze it.", who)
        case "resume":
            found = peers.resume(peer, who)
        case "remove":
            alliance.agreements.part(peer, reason, who)
            found = peers.remove(peer, who, reason)
        case "sync":
            sync(alliance, found, deletes=asked.get("deletes", False))
            found = peers.get(peer)
    return _peer(partners, found)


def _overview(partners: Partners, url: str) -> dict[str, Any]:
    own = partners.card(url)
    return {
        "node": {
            "title": own.title,
            "fingerprint": own.fingerprint,
            "public_key": own.public.hex(),
            "public_key_pem": public_pem(own.public),
            "url": own.url,
        },
        "peers": [_peer(partners, peer) for peer in partners.alliance.peers.all()],
    }


def _peer(partners: Partners, peer: Peer) -> dict[str, Any]:
    alliance = partners.alliance
    cities, datasets = alliance.known.of(peer.id)
    witnessed, countersigned = watched(alliance.home, peer)
    return {
        "id": peer.id,
        "title": peer.title,
        "url": peer.url,
        "fingerprint": peer.fingerprint,
        "standing": peer.standing,
        "reason": peer.reason,
        "added_at": instant(peer.added_at),
        "seen_at": instant(peer.seen_at),
        "tried_at": instant(peer.tried_at),
        "failure": peer.failure,
        "answers": peer.is_paired and peer.seen_at is not None and not peer.failure,
        "datasets": len(datasets),
        "cities": list(cities),
        "feed": peer.feed,
        "witnessed": _watched(witnessed),
        "countersigned": _watched(countersigned),
    }


def _watched(head: Watched | None) -> dict[str, Any] | None:
    return None if head is None else {"size": head.size, "at": instant(head.at)}


def _plain(request: Request) -> None:
    choose_format(request, (JSON_FORMAT,))
    only(request, "f")


def _partners(request: Request) -> Partners:
    found: Partners = request.app.state.partners
    return found


async def _work(work: Callable[[], T]) -> T:
    """Work beside the questions of people, which partners must not hold up."""
    return await run_sync(work, limiter=_turns)
