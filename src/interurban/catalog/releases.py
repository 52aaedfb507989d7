"""What readers under obligations may have of a snapshot, and what the audit log says of it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence

from interurban.core.city import City
from interurban.core.dataset import Snapshot
from interurban.core.errors import ConfigurationError, Refused
from interurban.core.policy import CoarsePlace, Obligation, OnlyAggregates, SmallCounts
from interurban.policy.audit import Event, local_user, opened
from interurban.policy.disclosure import hide_pairs
from interurban.store.engine import Engine
from interurban.store.home import Home

__all__ = ["Releases", "areas_named"]

_OF_ONE_VERSION = (OnlyAggregates, SmallCounts)
"""What is hidden by these in one version could be told from what is shown in another."""

_LOOKED_AT = 1_000


class Releases:
    """The releases of a home's snapshots: the engine builds each once, and the log is told."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home = home
        self._engine = engine

    def of(
        self,
        version: Snapshot,
        obligations: Sequence[Obligation],
        city: City,
        areas: Mapping[str, Snapshot],
    ) -> Snapshot:
        """What obligations leave of a snapshot; built now if it was not before.

        Parameters
        ----------
        obligations: at least one.
        areas: the snapshot of each boundary dataset that they name.

        Raises
        ------
        Refused: of this dataset only the newest version may be asked, or they can't be carried
            out.
        """
        newest = self._engine.history()[version.dataset][-1].version
        if version.version != newest and any(isinstance(o, _OF_ONE_VERSION) for o in obligations):
            raise Refused(
                f"Of {version.dataset} only the newest version may be asked: the difference of "
                "two would tell what each of them hides.",
                advice="Leave as_of out.",
            )
        try:
            return self._engine.released(version, obligations, city, areas, hide_pairs, self._tell)
        except ConfigurationError as error:
            raise Refused(
                f"The policy of {version.dataset} can't be carried out, so nobody reads by it.",
                advice="Tell the publisher.",
            ) from error

    def is_being_built(
        self,
        version: Snapshot,
        obligations: Sequence[Obligation],
        areas: Mapping[str, Snapshot],
    ) -> bool:
        """Whether a reader would wait for what obligations leave of a snapshot."""
        return bool(obligations) and self._engine.is_being_released(version, obligations, areas)

    def _tell(self, release: Snapshot) -> None:
        """Record a release that was written, unless it was before: releases are a cache.

        Raises
        ------
        StoreError: it can't be recorded.
        """
        # How many rows are left, and a name that follows from the obligations alone, would tell of
        # what is hidden.
        key = self._home.secret("releases").encode()
        name = hmac.new(key, release.release.encode(), "sha256")
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
        with opened(self._home.root) as log:
            known = log.entries(limit=_LOOKED_AT, kind="release", dataset=release.dataset)
            if not any(entry.said["facts"] == facts for entry in known):
                log.append([event])


def areas_named(obligations: Iterable[Obligation]) -> list[str]:
    """The boundary datasets that obligations move places into."""
    return [o.area for o in obligations if isinstance(o, CoarsePlace) and o.area is not None]
