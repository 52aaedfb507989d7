"""Two nodes on this machine, served and paired: one owns data, the other asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from interurban.alliance.joined import JoinedNode
from interurban.alliance.syncing import sync
from interurban.core.alliance import Peer
from interurban.workspace.catalogue import Catalogue
from tests.serving import served

OWNER, ASKER = "chicago", "london"
"""What each is called at the other."""


@dataclass(frozen=True)
class Two:
    """Two nodes and where they answer; ``owner`` is a partner of ``asker`` and the other way."""

    owner: JoinedNode
    asker: JoinedNode
    owner_url: str
    asker_url: str

    def peer(self) -> Peer:
        """The owner, as the asker knows it."""
        return self.asker.alliance.peers.get(OWNER)

    def sync(self) -> None:
        """Let the asker hear at once what the owner has."""
        self.owner.alliance.peers.look_again()
        # The first may join a look at the owner that had begun before whatever was changed.
        for _ in range(2):
            sync(self.asker.alliance, self.peer(), deletes=True)
        self.asker.alliance.known.look_again()


def introduce(node: JoinedNode, other: JoinedNode, url: str, name: str) -> None:
    """Enter another node as a partner, as when both sides have said yes."""
    title = f"{name.title()} Datastore"
    public = other.alliance.key.public
    node.alliance.peers.add(title=title, url=url, public=public, standing="paired", wanted=name)


@contextmanager
def two_nodes(owner_home: Path, asker_home: Path, models: Catalogue | None = None) -> Iterator[Two]:
    """The nodes of two data folders, served, paired and in step.

    Parameters
    ----------
    models: what can be run at the asker; its server takes up runs that nobody works on.
    """
    with (
        JoinedNode(owner_home) as owner,
        JoinedNode(asker_home) as asker,
        served(owner) as owner_url,
        served(asker, models=models) as asker_url,
    ):
        introduce(owner, asker, asker_url, ASKER)
        introduce(asker, owner, owner_url, OWNER)
        two = Two(owner, asker, owner_url, asker_url)
        two.sync()
        yield two
