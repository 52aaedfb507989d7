"""Taking in what a partner tells: whole, in order, checked, or not at all.

The numbers must follow one another and the hashes must go on from the entry that was taken last.
If they don't, the partner's feed lacks an entry or was rewritten: nothing of it is taken in, and
the partner is frozen until people have looked. What can be read but can't be right in form is
refused and asked for again. A batch is one transaction: a process that is killed in the middle has
taken in none of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from interurban.core.alliance import Peer
from interurban.core.errors import BadRequest, InterurbanError, NotFound, PeerDown, Refused
from interurban.policy.audit import last_witnessed, record

from .feed import CHANGES, Entry
from .known import CITY, DATASET, kept
from .strict import Strict
from .tables import known, microseconds, peers
from .telling import Subject
from .told import read_city, read_dataset
from .witnessing import witness_log

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = ["Taken", "sync"]

_PAGE, _PAGES = 500, 50
"""Entries of a page, and pages of a round: what is left is taken in by the next."""

_MOST_KNOWN = 20_000
"""Cities and datasets that one partner may tell of."""

_MOST_SUBJECT, _MOST_AT = 160, 40
_HASH_LENGTH = 64
_FEW_DELETES, _SHARE_OF_DELETES = 5, 0.2


@dataclass(frozen=True, slots=True)
class Taken:
    """What one round brought.

    Parameters
    ----------
    entries: of the feed that were taken in.
    newest: number of the last one.
    witnessed: entries of the partner's audit log whose head was countersigned now; 0 for none.
    """

    entries: int
    newest: int
    witnessed: int = 0


class _Impossible(Exception):
    """Something a partner signed can't be true; why, as the end of a sentence about its feed."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is in the table of one subject: when it came first, and its document as text."""

    first: int
    text: str


def sync(alliance: Alliance, peer: Peer, *, deletes: bool = False) -> Taken:
    """One round: take in what a partner has told since the last one, and witness its log.

    Parameters
    ----------
    deletes: take it in even if it takes away much of what is known.

    Raises
    ------
    PeerDown: it does not answer.
    Refused: it says no; or what it says was not taken in, because it can't be true (it is frozen
        now) or because it deletes too much at once.
    BadRequest: what it says can't be read; nothing of it was taken in.
    """
    try:
        taken, log = _take(alliance, peer, deletes=deletes)
        before = last_witnessed(alliance.home, peer.fingerprint)
        if log <= (before.size if before is not None else 0):
            return taken
        signed = witness_log(alliance, peer)
        return Taken(taken.entries, taken.newest, signed.size if signed is not None else 0)
    except _Impossible as error:
        reason = f"Its feed {error}."
        alliance.peers.freeze(peer.id, reason, who=peer.id)
        raise Refused(
            f"{peer.title} is frozen, and nothing of what it sent was taken in. {reason}",
            advice="Ask the people who run that node what happened. When all is well: "
            f"interurban peer resume {peer.id}",
        ) from error
    except (PeerDown, NotFound):
        raise
    except InterurbanError as error:
        _note(alliance, peer, error)
        raise


def _note(alliance: Alliance, peer: Peer, error: InterurbanError) -> None:
    """Let a failure stand beside the partner, and record it once."""
    if alliance.peers.get(peer.id).is_paired and peer.failure != error.what:
        details = {"reason": error.what[:500]}
        record(
            alliance.home, "peer", "refused what was told",
            who=peer.id, facts={"peer": peer.id}, details=details,
        )  # fmt: skip
    alliance.peers.failed(peer.id, error.what)


def _take(alliance: Alliance, peer: Peer, *, deletes: bool) -> tuple[Taken, int]:
    """Take in all that is new; also the number of entries that the partner's audit log has."""
    with alliance.records.reading() as connection:
        row = connection.execute(
            sa.select(peers.c.feed, peers.c.feed_root).where(peers.c.id == peer.id)
        ).one()
    since, root = row.feed, row.feed_root
    entries, log = _fetch(alliance, peer, since, root)
    if not entries:
        return Taken(0, since), log
    with alliance.records.writing() as connection:
        here = sa.and_(
            peers.c.id == peer.id,
            peers.c.feed == since,
            peers.c.feed_root == root,
            peers.c.standing == "paired",
        )
        last = {"feed": entries[-1].number, "feed_root": entries[-1].hash}
        if not connection.execute(sa.update(peers).where(here).values(last)).rowcount:
            return Taken(0, since), log  # another process took it in, or the partner was frozen
        before = _known(connection, peer)
        after = _applied(peer, before, entries)
        if not deletes:
            _expect_few_deletes(peer, before, after)
        _write(connection, peer, before, after, {(e.kind, e.subject): e.number for e in entries})
    alliance.peers.look_again()
    alliance.known.look_again()
    return Taken(len(entries), entries[-1].number), log


# Fetching


def _fetch(alliance: Alliance, peer: Peer, since: int, root: str) -> tuple[list[Entry], int]:
    """Every entry after one, each page checked as it comes, and the size of the audit log."""
    found: list[Entry] = []
    log = 0
    for _ in range(_PAGES):
        answer = alliance.calls.ask(peer, "feed", {"since": since})
        told = Strict(answer.body, "the answer about the feed")
        told.only("entries", "newest", "root", "log")
        newest, newest_root = told.whole("newest"), told.text("root", _HASH_LENGTH)
        log = told.whole("log")
        if newest < since:
            raise _Impossible(f"ends at entry {newest}, and this node has taken {since} of it")
        page = [_entry(each) for each in told.objects("entries", _PAGE)]
        for entry in page:
            if entry.number != since + 1:
                raise _Impossible(f"has a gap: entry {entry.number} came after {since}")
            if entry.before != root:
                raise _Impossible(f"was rewritten: entry {entry.number} does not follow {since}")
            since, root = entry.number, entry.hash
        found += page
        if since < newest and not page:
            raise _Impossible(f"has a gap: nothing came after entry {since} of {newest}")
        if since > newest or (since == newest and root != newest_root):
            raise _Impossible(f"was rewritten: its entry {newest} is not the one it had")
        if since == newest:
            break
    return found, log


def _entry(told: Strict) -> Entry:
    told.only("number", "change", "kind", "subject", "document", "before", "at")
    change = told.one_of("change", CHANGES)
    document = told.raw("document")
    if (document is None) != (change == "delete"):
        raise told.refuse("document", "does not go with the change")
    told.instant("at")
    return Entry(
        told.whole("number", 1),
        change,
        told.one_of("kind", (CITY, DATASET)),
        told.text("subject", _MOST_SUBJECT, some=True),
        document,
        told.text("before", _HASH_LENGTH),
        told.text("at", _MOST_AT),
    )


# Taking in


def _known(connection: sa.Connection, peer: Peer) -> dict[Subject, _Told]:
    rows = connection.execute(sa.select(known).where(known.c.peer == peer.id))
    return {
        (row.kind, row.subject): _Told(json.loads(row.document)["first"], row.document)
        for row in rows
    }


def _applied(
    peer: Peer, before: Mapping[Subject, _Told], entries: list[Entry]
) -> dict[Subject, _Told]:
    """What is known after some entries; each must fit what is known before it."""
    after = dict(before)
    now = microseconds(datetime.now(UTC))
    for entry in entries:
        subject = (entry.kind, entry.subject)
        if (subject in after) == (entry.change == "insert"):
            raise _Impossible(
                f"can't be followed: entry {entry.number} is of a {entry.kind} that "
                f"{'was' if subject in after else 'was not'} told before"
            )
        if entry.document is None:
            del after[subject]
            continue
        _check(peer, entry, after)
        first = before[subject].first if subject in before else now
        after[subject] = _Told(first, kept(entry.document, first))
    if len(after) > _MOST_KNOWN:
        raise BadRequest(f"{peer.title} tells of more than {_MOST_KNOWN:,} cities and datasets.")
    return after


def _check(peer: Peer, entry: Entry, told: Mapping[Subject, _Told]) -> None:
    if entry.kind == CITY:
        read_city(entry.document, entry.subject)
        return
    read = read_dataset(entry.document, entry.subject, peer)
    if (CITY, read.dataset.city) not in told:
        raise BadRequest(
            f"{peer.title} told of {entry.subject}, and not of its city.",
            advice="Nothing of it was taken in.",
        )


def _expect_few_deletes(
    peer: Peer, before: Mapping[Subject, _Told], after: Mapping[Subject, _Told]
) -> None:
    gone = sum(subject not in after for subject in before)
    if gone > _FEW_DELETES and gone > _SHARE_OF_DELETES * len(before):
        raise Refused(
            f"{peer.title} takes away {gone} of the {len(before)} things it told, which is much at "
            "once, so nothing was taken in.",
            advice="Ask its people. If that is so, confirm it with: "
            f"interurban peer sync {peer.id} --deletes",
            part="deletes",
        )


def _write(
    connection: sa.Connection,
    peer: Peer,
    before: Mapping[Subject, _Told],
    after: Mapping[Subject, _Told],
    numbers: Mapping[Subject, int],
) -> None:
    for subject in numbers:
        kind, name = subject
        here = sa.and_(known.c.peer == peer.id, known.c.kind == kind, known.c.subject == name)
        told = after.get(subject)
        if told is None:
            connection.execute(sa.delete(known).where(here))
            continue
        values: dict[str, Any] = {"number": numbers[subject], "document": told.text}
        if subject in before:
            connection.execute(sa.update(known).where(here).values(values))
        else:
            row = {"peer": peer.id, "kind": kind, "subject": name, **values}
            connection.execute(sa.insert(known).values(row))
