"""What the audit log says of releases: in which form a version left for some readers."""

from __future__ import annotations

import hmac

from interurban.core.dataset import Snapshot
from interurban.policy.audit import Event, local_user, opened
from interurban.store.home import Home

__all__ = ["record_release"]

_LOOKED_AT = 1_000


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
