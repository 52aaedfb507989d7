"""What readers under obligations may have of a snapshot, and what the audit log says of it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

from interurban.core.dataset import Snapshot
from interurban.core.errors import Refused
from interurban.core.policy import CoarsePlace, Obligation, OnlyAggregates, SmallCounts
from interurban.policy.audit import Event, local_user, opened
from interurban.store.home import Home

__all__ = ["areas_named", "record_release", "refuse_older"]

_OF_ONE_VERSION = (OnlyAggregates, SmallCounts)
"""What is hidden by these in one version could be told from what is shown in another."""

_LOOKED_AT = 1_000


def areas_named(obligations: Iterable[Obligation]) -> list[str]:
    """The boundary datasets that obligations move places into."""
    return [o.area for o in obligations if isinstance(o, CoarsePlace) and o.area is not None]


def refuse_older(version: Snapshot, newest: Snapshot, obligations: Sequence[Obligation]) -> None:
    """Refuse a version that would tell what obligations hide in the newest one.

    Raises
    ------
    Refused: it is not the newest, and two versions may not be compared.
    """
    if version.version != newest.version and any(
        isinstance(one, _OF_ONE_VERSION) for one in obligations
    ):
        raise Refused(
            f"Of {version.dataset} only the newest version may be asked: the difference of "
            "two would tell what each of them hides.",
            advice="Leave as_of out.",
        )


def record_release(home: Home, release: Snapshot) -> None:
    """Record a release that was written, unless it was before: releases are a cache.

    Raises
    ------
    StoreError: it can't be recorded.
    """
    # How many rows are left, and a name that follows from the obligations alone, would tell of
    # what is hidden.
    name = hmac.new(home.secret("releases").encode(), release.release.encode(), "sha256")
    facts: dict[str, int | str] = {"version": release.version, "release": name.hexdigest()[:16]}
    event = Event(
        "release",
        "written",
        release.dataset,
        local_user(),
        facts=facts,
        details={
            "conditions": list(release.conditions),
            "content": release.content_hash,
            "rows": release.rows,
        },
    )
    with opened(home.root) as log:
        known = log.entries(limit=_LOOKED_AT, kind="release", dataset=release.dataset)
        if not any(entry.said["facts"] == facts for entry in known):
            log.append([event])
