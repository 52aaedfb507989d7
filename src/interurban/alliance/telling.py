"""What a node would tell one partner of itself, at this moment.

It tells of what is loaded here and of nothing else: not of what it only knows from another
partner, nor of files of somebody's own or outputs of runs that the partner may not have. A
published dataset that is closed is named, so that one can ask for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from interurban.catalog.modelled import is_output
from interurban.catalog.node import Node
from interurban.core.alliance import Peer
from interurban.core.dataset import Dataset
from interurban.core.errors import Refused
from interurban.core.policy import ANONYMOUS, Decision, Reader, Rule, in_words
from interurban.policy.rights.evaluate import PEER

from .known import CITY, DATASET
from .told import Access, AccessKind, city_document, dataset_document

if TYPE_CHECKING:
    from .opened import Alliance

__all__ = ["Subject", "as_reader", "told_now"]

Subject = tuple[str, str]
"""Kind and id of what is told."""

_OWN = ("file", "modelled")


def told_now(alliance: Alliance, node: Node, peer: Peer) -> dict[Subject, dict[str, Any]]:
    """Every city and dataset a partner may know of, by kind and id; cities come first.

    Raises
    ------
    StoreError: something can't be read now, so that nothing may be concluded from what is missing.
    """
    described = node.packs
    datasets: dict[Subject, dict[str, Any]] = {}
    for dataset, kind in sorted(node.held().items()):
        is_own = kind in _OWN or is_output(described.datasets[dataset])
        told = _dataset(alliance, node, peer, dataset, is_own=is_own)
        if told is not None:
            datasets[DATASET, dataset] = told
    cities = sorted({described.datasets[dataset].city for _, dataset in datasets})
    told_cities = {(CITY, city): city_document(described.cities[city]) for city in cities}
    return {**told_cities, **datasets}


def as_reader(alliance: Alliance, peer: Peer, dataset: str) -> tuple[Reader, Rule | None]:
    """A partner as policy knows it, and the rule of the agreement that it has a dataset by.

    Where there is an agreement its purpose is what the partner asks for.
    """
    party, now = f"{PEER}{peer.id}", datetime.now(UTC)
    for rule in alliance.agreements.given(dataset):
        if party in rule.to and _in_force(rule, now):
            purpose = rule.purposes[0] if rule.purposes else ANONYMOUS.purpose
            return Reader(account=party, purpose=purpose), rule
    return Reader(account=party), None


def _dataset(
    alliance: Alliance, node: Node, peer: Peer, dataset: str, *, is_own: bool
) -> dict[str, Any] | None:
    reader, agreed = as_reader(alliance, peer, dataset)
    seen = node.seen_by(reader)
    described = seen.dataset(dataset)
    rows = seen.decide(dataset, "read")
    found = rows if rows.permitted else seen.decide(dataset, "aggregate")
    if found.permitted:
        try:
            snapshot = seen.snapshot(dataset)
        except Refused as refusal:  # a policy that can't be carried out
            rows = found = Decision(False, refusal.what)
        else:
            access = _access(rows, found, agreed)
            fields = tuple(field.name for field in snapshot.fields)
            return dataset_document(described, snapshot, access, fields)
    if is_own:
        return None
    why = rows.reason.removeprefix(f"{dataset}: ")
    return dataset_document(described, None, Access("closed", why), _mapped(described))


def _access(rows: Decision, found: Decision, agreed: Rule | None) -> Access:
    of_rows: AccessKind = "part" if found.obligations else "open"
    return Access(
        of_rows if rows.permitted else "statistics",
        found.reason,
        agreed.id.removeprefix("agreement-")
        if agreed is not None and agreed.id == found.rule
        else None,
        tuple(in_words(each) for each in found.obligations),
    )


def _mapped(dataset: Dataset) -> tuple[str, ...]:
    """Names of the fields that a dataset's description gives it."""
    names = (
        name
        for spec in (dataset.live, dataset.mirror)
        if spec is not None and spec.mapping is not None
        for name in spec.mapping.expressions
    )
    return tuple(dict.fromkeys(names))


def _in_force(rule: Rule, at: datetime) -> bool:
    return (rule.not_before is None or rule.not_before <= at) and (
        rule.not_after is None or at < rule.not_after
    )
