"""The register of partners: who they are, how far pairing has come, and what is wrong with them.

Every change by a person, and every freeze, stands in the audit log. An id is never given to
another node: policies and agreements name a partner by it.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from interurban.core.alliance import Peer, Standing
from interurban.core.errors import BadRequest, NotFound, Refused, StoreError
from interurban.policy.audit import fingerprint, record
from interurban.standards.spelling import did_you_mean
from interurban.store.control import Records

from .tables import agreements, feed, instant, known, microseconds, outbox, peers

__all__ = ["GENESIS", "MOST_ASKING", "Peers", "checked_id", "grouped", "peer_of", "slug"]

GENESIS = "0" * 64
"""What stands before the first entry of a feed."""

MOST_ASKING = 20
"""Nodes that may wait to be accepted; anybody can ask."""

_REMOVED = "removed."
"""How the id of a node begins that never was a partner: no partner's can, so its own is free."""

_LOOK_S = 1.0
_SAW_S = 10.0
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MAX_FAILURE = 500


def grouped(code: str) -> str:
    """A fingerprint in groups of four, as people read it to each other."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def slug(title: str) -> str:
    """An id from a title: ``London Datastore`` becomes ``london-datastore``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "partner"


def checked_id(text: str) -> str:
    """An id as policies may name it; BadRequest when it can't be one."""
    if not _ID.fullmatch(text):
        raise BadRequest(
            f"{text[:60]!r} can't be the id of a partner.",
            advice="Use up to 40 small letters, digits and hyphens.",
            part="id",
        )
    return text


class Peers:
    """The partners of a node; what another process changes is seen within a second.

    Parameters
    ----------
    home: the data folder, for the audit log.
    records: opens the tables.
    is_begun: whether there are any; asked before they are opened.
    """

    def __init__(
        self, home: Path, records: Callable[[], Records], is_begun: Callable[[], bool]
    ) -> None:
        self._home = home
        self._records = records
        self._is_begun = is_begun
        self._lock = Lock()
        self._kept: tuple[Peer, ...] = ()
        self._looked = -_LOOK_S
        self._changes = 0

    # Who there is

    def all(self) -> tuple[Peer, ...]:
        """Every partner that was not removed, in order of id."""
        return tuple(peer for peer in self._everyone() if peer.standing != "removed")

    def paired(self) -> tuple[Peer, ...]:
        """Those with whom data are exchanged."""
        return tuple(peer for peer in self._everyone() if peer.is_paired)

    def get(self, peer: str) -> Peer:
        """The partner of that id, be it removed; NotFound names the nearest."""
        found = next((each for each in self._everyone() if each.id == peer), None)
        if found is None:
            raise NotFound(
                f"There is no partner {peer[:60]!r}.",
                advice=did_you_mean(peer, [each.id for each in self.all()])
                or "See them with: interurban peer list",
                part="peer",
            )
        return found

    def by_fingerprint(self, code: str) -> Peer | None:
        """The partner with that key, be it removed; ``None`` when nobody has it."""
        return next((each for each in self._everyone() if each.fingerprint == code), None)

    def _everyone(self) -> tuple[Peer, ...]:
        now = time.monotonic()
        if now - self._looked > _LOOK_S:
            with self._lock:
                if now - self._looked > _LOOK_S:
                    before = self._changes
                    self._kept = self._read()
                    self._looked = now
                    if self._changes != before:  # while it was read
                        self._looked = -_LOOK_S
        return self._kept

    def look_again(self) -> None:
        """See at once what was changed meanwhile."""
        self._changes += 1
        self._looked = -_LOOK_S

    def _read(self) -> tuple[Peer, ...]:
        if not self._is_begun():
            return ()
        with self._records().reading() as connection:
            rows = connection.execute(sa.select(peers).order_by(peers.c.id)).all()
        return tuple(peer_of(row) for row in rows)

    # What people do

    def add(
        self,
        *,
        title: str,
        url: str,
        public: bytes,
        standing: Standing,
        wanted: str | None = None,
        who: str | None = None,
    ) -> Peer:
        """Enter a node, or one that was removed again.

        Parameters
        ----------
        wanted: the id it shall have; one made of its title when absent.
        who: the account that does it; the person at this machine when absent.

        Raises
        ------
        BadRequest: the id can't be one, or is another's.
        Refused: too many nodes wait to be accepted.
        """
        code = fingerprint(public)
        row = {
            "title": title,
            "url": url,
            "standing": standing,
            "reason": "",
            "failure": "",
            "tried_at": None,
        }
        try:
            with self._records().writing() as connection:
                entered = connection.execute(
                    sa.select(peers).where(peers.c.fingerprint == code)
                ).first()
                if entered is None:
                    _expect_room(connection, standing)
                    new = {
                        "id": checked_id(wanted) if wanted else _free(connection, slug(title)),
                        "fingerprint": code,
                        "public": public.hex(),
                        "added_at": microseconds(datetime.now(UTC)),
                        "feed": 0,
                        "feed_root": GENESIS,
                    }
                    connection.execute(sa.insert(peers).values(row | new))
                    name = str(new["id"])
                else:
                    name = str(entered.id)
                    here = peers.c.id == name
                    if name.startswith(_REMOVED):
                        name = checked_id(wanted) if wanted else _free(connection, slug(title))
                    connection.execute(sa.update(peers).where(here).values({**row, "id": name}))
        except IntegrityError as error:
            raise BadRequest(
                f"There is, or was, another partner with the id {wanted}.",
                advice="Choose another one with --as.",
                part="id",
            ) from error
        said = {"asked": "asked to pair", "asks": "was asked to pair"}.get(standing, "paired")
        self._noted(said, name, who, url=url, title=title)
        return self.get(name)

    def accept(self, peer: str, who: str | None = None, wanted: str | None = None) -> Peer:
        """Pair with a node that asked, or that said yes; ``wanted`` is another id for it.

        Raises
        ------
        NotFound. Refused: it does not stand so that it can be accepted.
        BadRequest: the id is another's.
        """
        found = self.get(peer)
        if found.is_paired:
            return found
        if found.standing not in ("asked", "asks"):
            raise Refused(
                f"{found.title} is {found.standing}, so it can't be accepted.",
                advice=f"Pair the two nodes again with: interurban peer add {found.url}",
            )
        values: dict[str, Any] = {"standing": "paired", "reason": "", "failure": ""}
        if wanted is not None and wanted != peer:
            values["id"] = checked_id(wanted)
        try:
            self._change(found.id, values, expected=("asked", "asks"))
        except IntegrityError as error:
            raise BadRequest(
                f"There is, or was, another partner with the id {wanted}.", part="id"
            ) from error
        self._noted("paired", wanted or found.id, who)
        return self.get(wanted or found.id)

    def freeze(self, peer: str, reason: str, who: str | None = None) -> Peer:
        """Exchange nothing with a partner until people have looked at it."""
        found = self.get(peer)
        self._change(peer, {"standing": "frozen", "reason": reason}, expected=("paired", "frozen"))
        if (found.standing, found.reason) != ("frozen", reason):
            self._noted("frozen", peer, who, reason=reason)
        return self.get(peer)

    def resume(self, peer: str, who: str | None = None) -> Peer:
        """Go on with a frozen partner: all it tells is read anew, from the first entry.

        Raises
        ------
        Refused: it is not frozen.
        """
        values = {"standing": "paired", "reason": "", "failure": "", **_UNREAD}
        self._change(peer, values, expected=("frozen",), forget=True)
        self._noted("resumed", peer, who)
        return self.get(peer)

    def remove(self, peer: str, who: str | None = None, reason: str = "") -> Peer:
        """Part with a node: what it told is forgotten, and nothing is exchanged any more.

        Its agreements stay on record. It can't ask again by itself, until somebody here adds it; if
        it was never paired its id is free for another.
        """
        found = self.get(peer)
        values = {"standing": "removed", "reason": reason, "failure": "", **_UNREAD}
        with self._records().writing() as connection:
            connection.execute(sa.delete(known).where(known.c.peer == peer))
            connection.execute(sa.delete(outbox).where(outbox.c.peer == peer))
            never = found.standing in ("asked", "asks") and not _is_referred_to(connection, peer)
            if never:
                values["id"] = _REMOVED + found.fingerprint[:16]
            connection.execute(sa.update(peers).where(peers.c.id == peer).values(values))
        self._noted("removed", peer, who, reason=reason)
        return replace(found, standing="removed", reason=reason)

    def moved(self, peer: str, *, title: str, url: str, who: str | None = None) -> None:
        """Note what a partner calls itself now, and the address a person typed for it."""
        found = self.get(peer)
        if (found.title, found.url) != (title, url):
            self._change(peer, {"title": title, "url": url})
            self._noted("moved", peer, who, url=url, title=title)

    # What calls find

    def saw(self, peer: str) -> None:
        """Note that a partner gave a signed answer; it is not written down every time."""
        with suppress(NotFound, StoreError):
            found, now = self.get(peer), datetime.now(UTC)
            last = found.seen_at
            if last is None or found.failure or (now - last).total_seconds() > _SAW_S:
                at = microseconds(now)
                self._change(peer, {"seen_at": at, "tried_at": at, "failure": ""})

    def failed(self, peer: str, failure: str) -> None:
        """Note that a partner was asked and why there was no answer."""
        with suppress(NotFound, StoreError):
            self.get(peer)
            at = microseconds(datetime.now(UTC))
            self._change(peer, {"tried_at": at, "failure": failure[:_MAX_FAILURE]})

    def _change(
        self,
        peer: str,
        values: dict[str, Any],
        expected: tuple[Standing, ...] = (),
        *,
        forget: bool = False,
    ) -> None:
        with self._records().writing() as connection:
            change = sa.update(peers).where(peers.c.id == peer)
            if expected:
                change = change.where(peers.c.standing.in_(expected))
            if not connection.execute(change.values(values)).rowcount:
                raise Refused(
                    f"{peer} does not stand so that this can be done.",
                    advice=f"See how it stands with: interurban peer show {peer}",
                )
            if forget:
                connection.execute(sa.delete(known).where(known.c.peer == peer))
        self.look_again()

    def _noted(self, what: str, peer: str, who: str | None, **details: Any) -> None:
        self.look_again()
        told = {name: value for name, value in details.items() if value}
        record(self._home, "peer", what, who=who, facts={"peer": peer}, details=told)


_UNREAD: dict[str, Any] = {"feed": 0, "feed_root": GENESIS}


def peer_of(row: Any) -> Peer:
    """A row of the partners' table."""
    return Peer(
        id=row.id,
        title=row.title,
        url=row.url,
        public=bytes.fromhex(row.public),
        fingerprint=row.fingerprint,
        standing=row.standing,
        added_at=instant(row.added_at),
        reason=row.reason,
        seen_at=None if row.seen_at is None else instant(row.seen_at),
        tried_at=None if row.tried_at is None else instant(row.tried_at),
        failure=row.failure,
        feed=row.feed,
    )


def _expect_room(connection: sa.Connection, standing: Standing) -> None:
    if standing != "asks":
        return
    asking = sa.select(sa.func.count()).select_from(peers).where(peers.c.standing == "asks")
    if (connection.scalar(asking) or 0) >= MOST_ASKING:
        raise Refused(
            f"{MOST_ASKING} nodes wait to be accepted already.",
            advice="Ask the people of this node to accept or remove some.",
        )


def _free(connection: sa.Connection, wanted: str) -> str:
    taken = set(connection.scalars(sa.select(peers.c.id)))
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted[:36]}-{number}" in taken:
        number += 1
    return f"{wanted[:36]}-{number}"


def _is_referred_to(connection: sa.Connection, peer: str) -> bool:
    """Whether anything was ever told to a node or agreed with it."""
    return any(
        connection.scalar(sa.select(table.c.peer).where(table.c.peer == peer).limit(1))
        for table in (agreements, feed)
    )
